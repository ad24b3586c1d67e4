"""What the tables of the job market refuse, what goes with a row that is removed, and the sums kept in escrows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "a client who does the job",
        "UPDATE freelance.jobs SET freelancer_id = client_id",
        "ck_jobs_freelancer_id_is_another",
        "freelancerId must be another person than the client",
    ),
    Refused(
        "a job that ended before it began",
        "UPDATE freelance.jobs SET completed_at = started_at - interval '1 s' WHERE started_at IS NOT NULL",
        "ck_jobs_completed_at_not_before_started_at",
        "completedAt must not be before started at",
    ),
    Refused(
        "two applications of one freelancer for a job",
        "INSERT INTO freelance.applications (job_id, freelancer_id, proposed_amount)"
        " SELECT job_id, freelancer_id, 1 FROM freelance.applications",
        "uq_applications_job_id_freelancer_id",
        "freelancerId is already taken by another application with the same job",
    ),
    Refused(
        "two escrows of a job",
        "INSERT INTO freelance.escrows (job_id, client_id, amount) SELECT job_id, client_id, 1 FROM freelance.escrows",
        "uq_escrows_job_id",
        "jobId is already taken by another escrow",
    ),
    Refused(
        "an escrow for no job",
        "INSERT INTO freelance.escrows (job_id, client_id, amount)"
        " SELECT uuidv7(), client_id, 1 FROM freelance.escrows LIMIT 1",
        "fk_escrows_job_id",
        "jobId names no job",
    ),
    Refused(
        "a job removed while its money is held",
        "DELETE FROM freelance.jobs WHERE id = (SELECT job_id FROM freelance.escrows WHERE status = 'PENDING' LIMIT 1)",
        "fk_escrows_job_id",
        "id is still referred to by escrows",
    ),
    Refused(
        "a client removed who offers jobs",
        "DELETE FROM identity.users WHERE id IN (SELECT client_id FROM freelance.jobs WHERE status = 'DRAFT') "
        "AND id NOT IN (SELECT submitted_by_id FROM freelance.dispute_evidences) "
        "AND id NOT IN (SELECT opened_by_id FROM freelance.disputes) "
        "AND id NOT IN (SELECT client_id FROM freelance.escrows)",
        "fk_jobs_client_id",
        "id is still referred to by jobs",
    ),
    Refused(
        "a milestone twice at one place",
        "UPDATE freelance.milestones SET position = 1 WHERE position = 2",
        "uq_milestones_job_id_position",
        "position is already taken by another milestone with the same job",
    ),
    Refused(
        "a fee above the amount",
        "UPDATE freelance.escrows SET fee = amount + 1",
        "ck_escrows_fee_fits",
        "fee must not be above the amount",
    ),
    Refused(
        "more paid out than there was",
        "INSERT INTO freelance.escrow_movements (escrow_id, type, party, amount, currency)"
        " SELECT id, 'RELEASED', 'FREELANCER', -1, currency FROM freelance.escrows WHERE status = 'RELEASED'",
        "ck_escrows_held_amount_is_paid_in",
        "heldAmount must not be below zero: more is paid out than was paid in",
    ),
    Refused(
        "a line of the ledger taken away that paid for the others",
        "DELETE FROM freelance.escrow_movements WHERE type = 'FUNDED'",
        "ck_escrows_held_amount_is_paid_in",
        "heldAmount must not be below zero: more is paid out than was paid in",
    ),
    Refused(
        "money paid out above zero",
        "UPDATE freelance.escrow_movements SET amount = -amount WHERE type = 'FEE'",
        "ck_escrow_movements_amount_has_its_sign",
        "amount must be above zero if paid in, and below zero if paid out",
    ),
    Refused(
        "a fee for the freelancer",
        "UPDATE freelance.escrow_movements SET party = 'FREELANCER' WHERE type = 'FEE'",
        "ck_escrow_movements_party_fits_type",
        "party must fit the type: a client pays in and is refunded, a freelancer is paid, the platform takes the fee",
    ),
    Refused(
        "a split that nobody decided",
        "UPDATE freelance.escrow_movements SET dispute_id = NULL WHERE type = 'SPLIT'",
        "ck_escrow_movements_dispute_id_is_given",
        "disputeId must be given for a part of a split",
    ),
    Refused(
        "an escrow removed with its ledger",
        "UPDATE finance.payments SET escrow_id = NULL; DELETE FROM freelance.escrows"
        " WHERE status = 'FUNDED' AND id NOT IN (SELECT escrow_id FROM freelance.disputes)",
        "fk_escrow_movements_escrow_id",
        "id is still referred to by escrow movements",
    ),
    Refused(
        "a person who reviews themselves",
        "UPDATE freelance.reviews SET reviewee_id = reviewer_id",
        "ck_reviews_reviewee_id_is_another",
        "revieweeId must be another person",
    ),
    Refused(
        "two reviews of a job from one side",
        "INSERT INTO freelance.reviews (job_id, reviewer_id, reviewee_id, rating)"
        " SELECT job_id, reviewer_id, reviewee_id, 5 FROM freelance.reviews",
        "uq_reviews_job_id_reviewer_id",
        "reviewerId is already taken by another review with the same job",
    ),
    Refused(
        "a skill that is proven twice",
        "INSERT INTO freelance.skill_verifications (user_id, skill)"
        " SELECT user_id, skill FROM freelance.skill_verifications",
        "uq_skill_verifications_user_id_skill",
        "skill is already taken by another skill verification with the same user",
    ),
    Refused(
        "a person who vouches for themselves",
        "UPDATE freelance.skill_verifications SET verified_by_id = user_id",
        "ck_skill_verifications_verified_by_id_is_another",
        "verifiedById must be another person",
    ),
    Refused(
        "a skill that was verified at no time",
        "UPDATE freelance.skill_verifications SET verified_at = NULL WHERE status = 'VERIFIED'",
        "ck_skill_verifications_verified_at_is_given",
        "verifiedAt must be given once verified",
    ),
    Refused(
        "two open disputes over one job",
        "INSERT INTO freelance.disputes (job_id, escrow_id, opened_by_id, respondent_id, reason, description,"
        " disputed_amount) SELECT job_id, escrow_id, opened_by_id, respondent_id, reason, description, 1"
        " FROM freelance.disputes WHERE status = 'OPEN'",
        "uq_disputes_job_id",
        "jobId is already taken by another dispute",
    ),
    Refused(
        "a mediator who is one of the two sides",
        "UPDATE freelance.disputes SET mediator_id = respondent_id",
        "ck_disputes_mediator_id_is_neutral",
        "mediatorId must be neither of the two sides",
    ),
    Refused(
        "a dispute that was resolved without saying how",
        "UPDATE freelance.disputes SET status = 'RESOLVED', resolved_at = created_at WHERE status = 'OPEN'",
        "ck_disputes_resolution_is_given",
        "resolution must be given once resolved, and only then",
    ),
    Refused(
        "a dispute that was given up at no time",
        "UPDATE freelance.disputes SET status = 'WITHDRAWN' WHERE status = 'OPEN'",
        "ck_disputes_resolved_at_is_given",
        "resolvedAt must be given at the end, and only then",
    ),
    Refused(
        "a split into less than there is",
        "UPDATE freelance.disputes SET freelancer_amount = freelancer_amount - 0.01 WHERE resolution = 'SPLIT'",
        "ck_disputes_freelancer_amount_adds_up",
        "freelancerAmount must make up the disputed amount together with the client's",
    ),
    Refused(
        "a release of which the client gets a part",
        "UPDATE freelance.disputes SET resolution = 'RELEASE' WHERE resolution = 'SPLIT'",
        "ck_disputes_client_amount_fits_resolution",
        "clientAmount must fit the resolution: nothing if released, all if refunded, a part if split",
    ),
    Refused(
        "evidence that is neither said nor shown",
        "UPDATE freelance.dispute_evidences SET statement = NULL, file_url = NULL",
        "ck_dispute_evidences_statement_or_file",
        "statement must be given if there is no file",
    ),
    Refused(
        "a file whose hash is none",
        "UPDATE freelance.dispute_evidences SET sha256 = 'cafe' WHERE sha256 IS NOT NULL",
        "ck_dispute_evidences_sha256_form",
        "sha256 must be 64 hexadecimal digits in lower case",
    ),
    Refused(
        "two courses of one slug in a business",
        "UPDATE freelance.courses SET slug = 'accessible-react' WHERE slug = 'dbt-in-a-week'",
        "uq_courses_business_id_slug",
        "slug is already taken by another course with the same business",
    ),
    Refused(
        "a course that was published at no time",
        "UPDATE freelance.courses SET status = 'PUBLISHED' WHERE status = 'DRAFT'",
        "ck_courses_published_at_is_given",
        "publishedAt must be given once published",
    ),
    Refused(
        "a course removed that people learn from",
        "DELETE FROM freelance.courses WHERE slug = 'accessible-react'",
        "fk_enrollments_course_id",
        "id is still referred to by enrollments",
    ),
    Refused(
        "a person who enrolls twice",
        "INSERT INTO freelance.enrollments (course_id, user_id) SELECT course_id, user_id FROM freelance.enrollments",
        "uq_enrollments_course_id_user_id",
        "userId is already taken by another enrollment with the same course",
    ),
    Refused(
        "a course that was completed at no time",
        "UPDATE freelance.enrollments SET completed_at = NULL WHERE status = 'COMPLETED'",
        "ck_enrollments_completed_at_is_given",
        "completedAt must be given once completed, and only then",
    ),
    Refused(
        "a course that was completed halfway",
        "UPDATE freelance.enrollments SET progress = 50 WHERE status = 'COMPLETED'",
        "ck_enrollments_progress_is_full",
        "progress must be 100 once completed",
    ),
]

MOVE = "INSERT INTO freelance.escrow_movements (escrow_id, type, party, amount, currency, dispute_id)"
SUMS = "SELECT held_amount, released_amount, refunded_amount FROM freelance.escrows WHERE id = $1"


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def one(sample: Connection, query: str, *values: object) -> tuple[Any, ...]:
    """The only row of `query`."""
    row = await sample.fetchrow(query, *values)
    assert row is not None
    return tuple(row)


async def test_an_escrow_holds_what_its_movements_add_up_to(sample: Connection) -> None:
    dispute, escrow, amount = await one(
        sample,
        "SELECT d.id, e.id, e.amount FROM freelance.escrows AS e JOIN freelance.disputes AS d ON d.escrow_id = e.id"
        " WHERE held_amount = e.amount LIMIT 1",
    )
    third = (amount / 3).quantize(Decimal("0.01"))
    await sample.execute(f"{MOVE} VALUES ($1, 'FEE', 'PLATFORM', -1, 'USD', NULL)", escrow)
    await sample.execute(
        f"{MOVE} VALUES ($1, 'SPLIT', 'FREELANCER', $2, 'USD', $3), ($1, 'SPLIT', 'CLIENT', $2, 'USD', $3)",
        *(escrow, -third, dispute),
    )
    assert await one(sample, SUMS, escrow) == (amount - 1 - 2 * third, third, third)
    await sample.execute("DELETE FROM freelance.escrow_movements WHERE dispute_id = $1", dispute)
    assert await one(sample, SUMS, escrow) == (amount - 1, 0, 0)


async def test_one_statement_may_fund_and_pay_many_escrows(sample: Connection) -> None:
    await sample.execute("DELETE FROM freelance.escrow_movements")
    await sample.execute(
        f"{MOVE} SELECT id, 'RELEASED', 'FREELANCER', -amount, currency, NULL::uuid FROM freelance.escrows"
        " UNION ALL SELECT id, 'FUNDED', 'CLIENT', amount, currency, NULL FROM freelance.escrows"
    )
    wrong = "SELECT count(*) FROM freelance.escrows WHERE held_amount <> 0 OR released_amount <> amount"
    assert await sample.fetchval(wrong) == 0


async def test_a_dispute_takes_its_evidence_along(sample: Connection) -> None:
    (dispute,) = await one(sample, "SELECT id FROM freelance.disputes WHERE status = 'OPEN' LIMIT 1")
    await sample.execute("DELETE FROM freelance.disputes WHERE id = $1", dispute)
    left = "SELECT count(*) FROM freelance.dispute_evidences WHERE dispute_id = $1"
    assert await sample.fetchval(left, dispute) == 0


async def test_a_job_may_be_disputed_again_once_the_quarrel_is_settled(sample: Connection) -> None:
    await sample.execute(
        "INSERT INTO freelance.disputes (job_id, escrow_id, opened_by_id, respondent_id, reason, description,"
        " disputed_amount) SELECT job_id, escrow_id, opened_by_id, respondent_id, reason, description, 1"
        " FROM freelance.disputes WHERE status IN ('RESOLVED', 'WITHDRAWN')"
    )


async def test_a_draft_takes_its_stages_along(sample: Connection) -> None:
    (job,) = await one(sample, "SELECT id FROM freelance.jobs WHERE status = 'DRAFT' LIMIT 1")
    await sample.execute(
        "INSERT INTO freelance.milestones (job_id, position, title, amount) VALUES ($1, 1, 'All', 9)", job
    )
    await sample.execute("DELETE FROM freelance.jobs WHERE id = $1", job)
    assert await sample.fetchval("SELECT count(*) FROM freelance.milestones WHERE job_id = $1", job) == 0


async def test_a_course_counts_who_enrolled_and_who_completed_it(sample: Connection) -> None:
    (course,) = await one(sample, "SELECT id FROM freelance.courses WHERE status = 'DRAFT'")
    await sample.execute(
        "INSERT INTO freelance.enrollments (course_id, user_id) SELECT $1, id FROM identity.users LIMIT 3", course
    )
    await sample.execute(
        "UPDATE freelance.enrollments SET status = 'COMPLETED', progress = 100, completed_at = enrolled_at"
        " WHERE id = (SELECT id FROM freelance.enrollments WHERE course_id = $1 LIMIT 1)",
        course,
    )
    counts = "SELECT enrollment_count, completion_count, completion_rate FROM freelance.courses WHERE id = $1"
    assert await one(sample, counts, course) == (3, 1, Decimal("33.33"))
    await sample.execute("DELETE FROM freelance.enrollments WHERE course_id = $1", course)
    assert await one(sample, counts, course) == (0, 0, None)


async def test_a_proof_outlives_its_course(sample: Connection) -> None:
    proof, enrollment = await one(
        sample, "SELECT id, enrollment_id FROM freelance.skill_verifications WHERE enrollment_id IS NOT NULL LIMIT 1"
    )
    await sample.execute("DELETE FROM freelance.enrollments WHERE id = $1", enrollment)
    kept = "SELECT enrollment_id, status FROM freelance.skill_verifications WHERE id = $1"
    assert await one(sample, kept, proof) == (None, "VERIFIED")


@pytest.mark.parametrize("words", ["storefronts", "graphql", "building"])
async def test_jobs_are_found_by_words_and_skills(sample: Connection, words: str) -> None:
    found = await sample.fetch(
        "SELECT title FROM freelance.jobs WHERE search_vector @@ websearch_to_tsquery('english', $1)", words
    )
    assert ("Build a storefront on GraphQL",) in [tuple(row) for row in found]
