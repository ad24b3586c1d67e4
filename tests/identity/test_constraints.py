"""What the tables of people refuse, and what goes with a row that is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two people with one address",
        "UPDATE identity.users SET email = 'ada@azora.example' WHERE username = 'admin'",
        "uq_users_email",
        "email is already taken by another user",
    ),
    Refused(
        "two people with one name to sign in with",
        "UPDATE identity.users SET username = 'ada' WHERE username = 'admin'",
        "uq_users_username",
        "username is already taken by another user",
    ),
    Refused(
        "two roles of one person in a business",
        "INSERT INTO identity.memberships (business_id, user_id) SELECT business_id, user_id FROM identity.memberships",
        "uq_memberships_business_id_user_id",
        "userId is already taken by another membership with the same business",
    ),
    Refused(
        "a person removed whose identity was checked",
        "DELETE FROM identity.aml_checks; DELETE FROM identity.users WHERE id ="
        " (SELECT user_id FROM identity.kyc_verifications WHERE status = 'PENDING' LIMIT 1)",
        "fk_kyc_verifications_user_id",
        "id is still referred to by kyc verifications",
    ),
    Refused(
        "a session of a customer that names none",
        "UPDATE identity.login_sessions SET type = 'CUSTOMER', customer_id = NULL",
        "ck_login_sessions_customer_id_fits_type",
        "customerId must be given for customers, and only for them",
    ),
    Refused(
        "a session that ends before it begins",
        "UPDATE identity.login_sessions SET expires_at = created_at - interval '1 s'",
        "ck_login_sessions_expires_at_not_before_created_at",
        "expiresAt must not be before created at",
    ),
    Refused(
        "a session that was ended for no reason",
        "UPDATE identity.login_sessions SET revoked_at = last_seen_at WHERE revoked_at IS NULL",
        "ck_login_sessions_revoked_reason_is_given",
        "revokedReason must be given once revoked, and only then",
    ),
    Refused(
        "a refresh token that prolongs nothing",
        "UPDATE identity.tokens SET session_id = NULL WHERE purpose = 'REFRESH'",
        "ck_tokens_session_id_is_given",
        "sessionId must be given for a refresh token",
    ),
    Refused(
        "a used token taken back",
        "UPDATE identity.tokens SET revoked_at = used_at WHERE used_at IS NOT NULL",
        "ck_tokens_revoked_at_is_unused",
        "revokedAt must not be set on a token that was used",
    ),
    Refused(
        "two checks of one identity",
        "INSERT INTO identity.kyc_verifications (user_id, document_type)"
        " SELECT user_id, document_type FROM identity.kyc_verifications",
        "uq_kyc_verifications_user_id",
        "userId is already taken by another kyc verification",
    ),
    Refused(
        "an approved identity that nobody looked at",
        "UPDATE identity.kyc_verifications SET status = 'APPROVED', reviewed_at = NULL, expires_at = NULL",
        "ck_kyc_verifications_reviewed_at_is_given",
        "reviewedAt must be given once decided",
    ),
    Refused(
        "a paper that was rejected for no reason",
        "UPDATE identity.kyc_verifications SET rejection_reason = NULL WHERE status = 'REJECTED'",
        "ck_kyc_verifications_rejection_reason_is_given",
        "rejectionReason must be given when rejected",
    ),
    Refused(
        "a flagged check without a reason",
        "UPDATE identity.aml_checks SET is_flagged = true WHERE NOT is_flagged",
        "ck_aml_checks_reason_is_given",
        "reason must be given when flagged",
    ),
    Refused(
        "an outcome of a check that found nothing",
        "UPDATE identity.aml_checks SET outcome = 'CONFIRMED', reviewed_at = checked_at WHERE NOT is_flagged",
        "ck_aml_checks_outcome_is_of_flagged",
        "outcome must not be given unless flagged",
    ),
    Refused(
        "an outcome that was never decided",
        "UPDATE identity.aml_checks SET reviewed_at = NULL WHERE outcome IS NOT NULL",
        "ck_aml_checks_reviewed_at_is_given",
        "reviewedAt must be given with the outcome, and only then",
    ),
    Refused(
        "two answers to one question",
        "INSERT INTO identity.gdpr_consents (user_id, purpose, is_granted, source)"
        " SELECT user_id, purpose, false, source FROM identity.gdpr_consents WHERE purpose = 'TERMS'",
        "uq_gdpr_consents_business_id_user_id_customer_id_purpose",
        "purpose is already taken by another gdpr consent with the same business and user and customer",
    ),
    Refused(
        "an answer of nobody",
        "UPDATE identity.gdpr_consents SET user_id = NULL, customer_id = NULL",
        "ck_gdpr_consents_user_id_or_customer",
        "userId must be given if there is no customer",
    ),
    Refused(
        "a claim that is over at no time",
        "UPDATE identity.privacy_requests SET completed_at = NULL WHERE status = 'COMPLETED'",
        "ck_privacy_requests_completed_at_is_given",
        "completedAt must be given at the end, and only then",
    ),
    Refused(
        "a claim rejected for no reason",
        "UPDATE identity.privacy_requests SET rejection_reason = NULL WHERE status = 'REJECTED'",
        "ck_privacy_requests_rejection_reason_is_given",
        "rejectionReason must be given when rejected",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def a_person(sample: Connection) -> object:
    """Somebody who is in nothing yet."""
    return await sample.fetchval(
        "INSERT INTO identity.users (email, first_name, last_name)"
        " VALUES ('new@mail.example', 'New', 'Here') RETURNING id"
    )


async def test_a_person_takes_sessions_tokens_and_answers_along_and_leaves_events(sample: Connection) -> None:
    person = await a_person(sample)
    session = await sample.fetchval(
        "INSERT INTO identity.login_sessions (user_id, token_hash, expires_at)"
        " VALUES ($1, 'x', 'tomorrow') RETURNING id",
        person,
    )
    token = "INSERT INTO identity.tokens (user_id, session_id, purpose, token_hash, expires_at)"
    await sample.execute(f"{token} VALUES ($1, $2, 'REFRESH', 'x', 'tomorrow')", person, session)
    consent = "INSERT INTO identity.gdpr_consents (user_id, purpose, is_granted, source)"
    await sample.execute(f"{consent} VALUES ($1, 'TERMS', true, 'SIGN_UP')", person)
    request = "INSERT INTO identity.privacy_requests (user_id, email, type, due_at)"
    await sample.execute(f"{request} VALUES ($1, 'new@mail.example', 'ERASURE', 'tomorrow')", person)
    event = "INSERT INTO identity.security_events (user_id, session_id, type) VALUES ($1, $2, 'LOGIN') RETURNING id"
    happened = await sample.fetchval(event, person, session)

    await sample.execute("DELETE FROM identity.users WHERE id = $1", person)

    for table in ("login_sessions", "tokens", "gdpr_consents"):
        assert await sample.fetchval(f"SELECT count(*) FROM identity.{table} WHERE user_id = $1", person) == 0
    row = await sample.fetchrow("SELECT user_id, session_id FROM identity.security_events WHERE id = $1", happened)
    assert tuple(row or ()) == (None, None)
    left = "SELECT user_id FROM identity.privacy_requests WHERE email = 'new@mail.example'"
    assert tuple(await sample.fetchrow(left) or ()) == (None,)


async def test_a_new_answer_may_be_given_once_the_old_one_ended(sample: Connection) -> None:
    person = await a_person(sample)
    answer = "INSERT INTO identity.gdpr_consents (user_id, purpose, is_granted, source, ended_at)"
    await sample.execute(f"{answer} VALUES ($1, 'TERMS', true, 'SIGN_UP', now())", person)
    await sample.execute(f"{answer} VALUES ($1, 'TERMS', false, 'SETTINGS', NULL)", person)
    rows = await sample.fetch(
        "SELECT is_granted, is_in_force FROM identity.gdpr_consents WHERE user_id = $1 ORDER BY ended_at", person
    )
    assert [tuple(row) for row in rows] == [(True, False), (False, False)]


async def test_one_shop_is_allowed_what_another_is_not(sample: Connection) -> None:
    person = await a_person(sample)
    await sample.execute(
        "INSERT INTO identity.gdpr_consents (business_id, user_id, purpose, is_granted, source)"
        " SELECT id, $1, 'NEWSLETTER', slug = 'vapeshed', 'FORM' FROM business.businesses",
        person,
    )
    allowed = "SELECT count(*) FROM identity.gdpr_consents WHERE user_id = $1 AND is_in_force"
    assert await sample.fetchval(allowed, person) == 1


async def test_a_review_changes_the_mean_of_the_person(sample: Connection) -> None:
    review = await sample.fetchrow("SELECT id, reviewee_id FROM freelance.reviews LIMIT 1")
    assert review
    mean = "SELECT rating_average, round(avg(rating), 2), rating_count::bigint, count(*) FROM identity.users AS u"
    mean += " JOIN freelance.reviews AS r ON r.reviewee_id = u.id WHERE u.id = $1 GROUP BY u.id"
    await sample.execute("UPDATE freelance.reviews SET rating = 1 WHERE id = $1", review["id"])
    row = await sample.fetchrow(mean, review["reviewee_id"])
    assert row is not None
    assert (row[0], row[2]) == (row[1], row[3])
    await sample.execute("DELETE FROM freelance.reviews WHERE reviewee_id = $1", review["reviewee_id"])
    none = await sample.fetchrow("SELECT rating_average, rating_count FROM identity.users WHERE id = $1", review[1])
    assert tuple(none or ()) == (None, 0)
