"""The job market as it should be, small enough to be read: one job with all that happens around it, and no database.

It was written from the contract of the workflows alone and knows nothing of the services, so that what both say the
same way is right twice.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from tests.freelance.states import (
    Application,
    Claim,
    Dispute,
    Escrow,
    Milestone,
    Movement,
    Person,
    Review,
    State,
    Step,
    add,
    find,
    get,
    held,
    paid,
    put,
)

OK = "ok"
BAD, MISSING, FORBIDDEN, CONFLICT = "BAD_USER_INPUT", "NOT_FOUND", "FORBIDDEN", "CONFLICT"
UNKNOWN = "UNAUTHENTICATED"

CENT, FEE = Decimal("0.01"), Decimal("0.05")
TOO_MUCH = Decimal(10) ** 18
UNVERIFIED_LIMIT = Decimal(1000)

OPEN_APPLICATION = ("PENDING", "SHORTLISTED")
FUNDED = ("FUNDED", "PARTIALLY_RELEASED")
OPEN_DISPUTE = ("OPEN", "ANSWERED", "IN_MEDIATION")


Test = Callable[[State, Person, Step], bool]
Change = Callable[[State, Person, Step], State]


# What may be given.


def is_amount(value: Decimal) -> bool:
    """Whether it is money above zero."""
    return 0 < value < TOO_MUCH and is_in_cents(value)


def is_in_cents(value: Decimal) -> bool:
    """Whether it has at most two decimals."""
    return abs(value) < TOO_MUCH and value == value.quantize(CENT)


def is_text(most: int, least: int = 0) -> Callable[[str | None], bool]:
    """Whether a text has so many characters; if none has to be given, none is good."""
    return lambda text: least <= len((text or "").strip()) <= most


def is_offer(_: State, __: Person, step: Step) -> bool:
    """Whether an application can be read."""
    days, letter = step.given.get("estimatedDays"), step.given.get("coverLetter")
    return is_amount(step.given["proposedAmount"]) and (days is None or days > 0) and is_text(10_000)(letter)


def is_plan(_: State, __: Person, step: Step) -> bool:
    """Whether each stage of a plan is one."""
    stages: Sequence[Mapping[str, Any]] = step.given["milestones"]
    return 1 <= len(stages) <= 50 and all(is_amount(one["amount"]) and is_text(200, 1)(one["title"]) for one in stages)


def is_evidence(_: State, __: Person, step: Step) -> bool:
    """Whether something is said or shown, and where that is."""
    statement, url = step.given.get("statement"), step.given.get("fileUrl")
    return bool(statement or url) and (url is None or url.startswith("https://"))


def is_review(_: State, __: Person, step: Step) -> bool:
    """Whether a review can be read."""
    return 1 <= step.given["rating"] <= 5 and is_text(5_000)(step.given.get("comment"))


# Who sees what, by the read policies.


def sees_job(state: State, who: Person, _: Step) -> bool:
    """Open jobs are public; the others are seen by both sides, who applied, and administrators."""
    sides = (state.client, state.freelancer)
    return state.status == "OPEN" or who.is_admin or who.name in sides or find(state.applications, who.name) is not None


def is_side(state: State, who: Person, _: Step) -> bool:
    """Whether it is the client or the freelancer."""
    return who.name in (state.client, state.freelancer)


def sees_application(state: State, who: Person, step: Step) -> bool:
    """Who made it, the client and administrators."""
    return find(state.applications, step.target) is not None and (
        who.is_admin or who.name in (step.target, state.client)
    )


def sees_milestone(state: State, who: Person, step: Step) -> bool:
    """Both sides and administrators."""
    return find(state.milestones, step.target) is not None and (who.is_admin or is_side(state, who, step))


def sees_escrow(state: State, who: Person, step: Step) -> bool:
    """Both sides and administrators."""
    return state.escrow is not None and step.target is not None and (who.is_admin or is_side(state, who, step))


def sees_dispute(state: State, who: Person, step: Step) -> bool:
    """Both sides, the mediator and administrators."""
    row = find(state.disputes, step.target)
    return row is not None and (who.is_admin or who.name in (row.opened_by, row.respondent, row.mediator))


def sees_review(state: State, who: Person, step: Step) -> bool:
    """Everybody if it is public; otherwise both sides and administrators."""
    row = find(state.reviews, step.target)
    return row is not None and (row.is_public or who.is_admin or who.name in (row.name, row.reviewee))


def sees_claim(state: State, who: Person, step: Step) -> bool:
    """Everybody once it is verified; before that whose it is, and administrators."""
    row = find(state.claims, step.target)
    return row is not None and (row.status == "VERIFIED" or who.is_admin or who.name == row.name)


# Who may do what.


def anybody(_: State, __: Person, ___: Step) -> bool:
    """Nothing is against it."""
    return True


def is_client(state: State, who: Person, _: Step) -> bool:
    """Whether it is the client."""
    return who.name == state.client


def is_freelancer(state: State, who: Person, _: Step) -> bool:
    """Whether it is who does the job."""
    return who.name == state.freelancer


def is_admin(_: State, who: Person, __: Step) -> bool:
    """Whether it is an administrator."""
    return who.is_admin


def is_other_than_client(state: State, who: Person, _: Step) -> bool:
    """Whether it is anybody but the client."""
    return who.name != state.client


def is_target(_: State, who: Person, step: Step) -> bool:
    """Whether the row is called after who asks."""
    return who.name == step.target


def is_other_admin(_: State, who: Person, step: Step) -> bool:
    """Whether it is an administrator whose row it is not."""
    return who.is_admin and who.name != step.target


def is_respondent(state: State, who: Person, step: Step) -> bool:
    """Whether the dispute was opened against who asks."""
    return who.name == get(state.disputes, step.target).respondent


def is_opener(state: State, who: Person, step: Step) -> bool:
    """Whether who asks opened the dispute."""
    return who.name == get(state.disputes, step.target).opened_by


def is_mediator(state: State, who: Person, step: Step) -> bool:
    """Whether who asks decides the dispute."""
    return who.name == get(state.disputes, step.target).mediator


def is_neutral(state: State, who: Person, step: Step) -> bool:
    """Whether it is an administrator who is neither side of the dispute."""
    row = get(state.disputes, step.target)
    return who.is_admin and who.name not in (row.opened_by, row.respondent)


def is_disputing(state: State, who: Person, step: Step) -> bool:
    """Whether it is either side of the dispute."""
    row = get(state.disputes, step.target)
    return who.name in (row.opened_by, row.respondent)


def is_reviewee(state: State, who: Person, step: Step) -> bool:
    """Whether the review is about who asks."""
    return who.name == get(state.reviews, step.target).reviewee


# What must stand how.


def job_is(*statuses: str) -> Test:
    """Whether the job stands so."""
    return lambda state, _, __: state.status in statuses


def escrow_is(*statuses: str) -> Test:
    """Whether the money stands so."""
    return lambda state, _, __: state.escrow is not None and state.escrow.status in statuses


def application_is(*statuses: str) -> Test:
    """Whether the application stands so."""
    return lambda state, _, step: get(state.applications, step.target).status in statuses


def milestone_is(*statuses: str) -> Test:
    """Whether the stage stands so."""
    return lambda state, _, step: get(state.milestones, step.target).status in statuses


def dispute_is(*statuses: str) -> Test:
    """Whether the dispute stands so."""
    return lambda state, _, step: get(state.disputes, step.target).status in statuses


def claim_is(*statuses: str) -> Test:
    """Whether the claim stands so."""
    return lambda state, _, step: get(state.claims, step.target).status in statuses


def both(*tests: Test) -> Test:
    """Whether all of it is so."""
    return lambda state, who, step: all(test(state, who, step) for test in tests)


def either(*tests: Test) -> Test:
    """Whether any of it is so."""
    return lambda state, who, step: any(test(state, who, step) for test in tests)


def in_time(state: State, _: Person, __: Step) -> bool:
    """Whether the deadline is not over."""
    return not state.is_over


def did_not_apply(state: State, who: Person, _: Step) -> bool:
    """Whether who asks made no offer yet."""
    return find(state.applications, who.name) is None


def did_not_review(state: State, who: Person, _: Step) -> bool:
    """Whether who asks said nothing of the other side yet."""
    return find(state.reviews, who.name) is None


def did_not_respond(state: State, _: Person, step: Step) -> bool:
    """Whether nothing was said of the review yet."""
    return get(state.reviews, step.target).response is None


def may_claim(state: State, who: Person, _: Step) -> bool:
    """Whether no claim of who asks waits or was found good."""
    row = find(state.claims, who.name)
    return row is None or row.status in ("REJECTED", "EXPIRED")


has_money = both(job_is("IN_PROGRESS"), escrow_is(*FUNDED))


# What is looked at last.


def nothing(_: State, __: Person, ___: Step) -> str:
    """There is no further rule."""
    return OK


def is_covered(state: State, _: Person, step: Step) -> str:
    """A plan gives out no more than there is."""
    assert state.escrow is not None
    return OK if sum(stage["amount"] for stage in step.given["milestones"]) <= state.escrow.amount else BAD


def pays(state: State, who: Person, _: Step) -> str:
    """Who is flagged pays nothing in, and who is not verified not much at once."""
    assert state.escrow is not None
    return FORBIDDEN if who.is_flagged or (state.escrow.amount > UNVERIFIED_LIMIT and not who.is_verified) else OK


def is_part(state: State, _: Person, step: Step) -> str:
    """Nobody gets more than is disputed."""
    return OK if 0 <= step.given["freelancerAmount"] <= get(state.disputes, step.target).disputed else BAD


def has_milestone(state: State, _: Person, step: Step) -> str:
    """What a dispute is about is a stage of the job."""
    return OK if step.milestone is None or find(state.milestones, step.milestone) is not None else MISSING


# What steps do.


def to(status: str) -> Change:
    """Leaves the job so."""
    return lambda state, _, __: state._replace(status=status)


def application_to(status: str) -> Change:
    """Leaves the application so."""

    def change(state: State, _: Person, step: Step) -> State:
        row = get(state.applications, step.target)._replace(status=status)
        return state._replace(applications=put(state.applications, row))

    return change


def milestone_to(status: str) -> Change:
    """Leaves the stage so."""

    def change(state: State, _: Person, step: Step) -> State:
        row = get(state.milestones, step.target)._replace(status=status)
        return state._replace(milestones=put(state.milestones, row))

    return change


def dispute_to(status: str) -> Change:
    """Leaves the dispute so."""

    def change(state: State, _: Person, step: Step) -> State:
        row = get(state.disputes, step.target)._replace(status=status)
        return state._replace(disputes=put(state.disputes, row))

    return change


def claim_to(status: str) -> Change:
    """Leaves the claim so, proven as well as is said."""

    def change(state: State, _: Person, step: Step) -> State:
        row = get(state.claims, step.target)
        level = step.given.get("level", row.level)
        return state._replace(claims=put(state.claims, row._replace(status=status, level=level)))

    return change


def escrow_to(state: State, status: str) -> State:
    """The state with the money standing so."""
    assert state.escrow is not None
    return state._replace(escrow=state.escrow._replace(status=status))


def turned_down(state: State) -> State:
    """The state with all open applications rejected."""
    rows = (row._replace(status="REJECTED") if row.status in OPEN_APPLICATION else row for row in state.applications)
    return state._replace(applications=tuple(rows))


def close(state: State, _: Person, __: Step) -> State:
    """The job is called off."""
    return turned_down(state)._replace(status="CANCELLED")


def apply_for(state: State, who: Person, step: Step) -> State:
    """Somebody offers to do the job."""
    row = Application(who.name, step.given["proposedAmount"])
    return state._replace(applications=add(state.applications, row))


def accept(state: State, who: Person, step: Step) -> State:
    """Somebody gets the job, the others do not; money is asked for."""
    amount = get(state.applications, step.target).amount
    taken = turned_down(application_to("ACCEPTED")(state, who, step))
    return taken._replace(status="IN_PROGRESS", freelancer=step.target, escrow=Escrow(amount, rounded(amount * FEE)))


def plan(state: State, _: Person, step: Step) -> State:
    """There are these stages and no others."""
    rows = (Milestone(stage["title"], stage["amount"]) for stage in step.given["milestones"])
    return state._replace(milestones=tuple(rows))


def fund(state: State, who: Person, _: Step) -> State:
    """The client pays in."""
    assert state.escrow is not None
    line = Movement("FUNDED", "CLIENT", state.escrow.amount, who.name)
    return escrow_to(state._replace(ledger=(*state.ledger, line)), "FUNDED")


def approve(state: State, who: Person, step: Step) -> State:
    """A stage is paid; with the last of the money the job is done."""
    amount = get(state.milestones, step.target).amount
    after = released(milestone_to("APPROVED")(state, who, step), who, amount)
    if held(after) > 0:
        return escrow_to(after, "PARTIALLY_RELEASED")
    is_done = all(row.status == "APPROVED" for row in after.milestones)
    return escrow_to(after._replace(status="COMPLETED") if is_done else after, "RELEASED")


def release(state: State, who: Person, _: Step) -> State:
    """The freelancer gets all that is left."""
    rows = tuple(row._replace(status="APPROVED") for row in state.milestones)
    after = released(state, who, held(state))._replace(milestones=rows, status="COMPLETED")
    return escrow_to(after, "RELEASED")


def refund(state: State, who: Person, _: Step) -> State:
    """The client gets all that is left."""
    return escrow_to(refunded(state, who, held(state)), "REFUNDED")._replace(status="CANCELLED")


def open_dispute(state: State, who: Person, step: Step) -> State:
    """A quarrel begins, and nobody gets anything before it ends."""
    assert state.freelancer is not None
    other = state.freelancer if who.name == state.client else state.client
    row = Dispute(step.given["description"], who.name, other, held(state), step.milestone)
    return escrow_to(state._replace(disputes=add(state.disputes, row), status="DISPUTED"), "FROZEN")


def mediate(state: State, who: Person, step: Step) -> State:
    """Somebody takes the dispute up."""
    row = get(state.disputes, step.target)._replace(status="IN_MEDIATION", mediator=who.name)
    return state._replace(disputes=put(state.disputes, row))


def withdraw(state: State, who: Person, step: Step) -> State:
    """The dispute is given up, and all goes on as before."""
    after = dispute_to("WITHDRAWN")(state, who, step)._replace(status="IN_PROGRESS")
    return escrow_to(after, "PARTIALLY_RELEASED" if paid(state, "FREELANCER", "PLATFORM", "CLIENT") else "FUNDED")


def resolve(state: State, who: Person, step: Step) -> State:
    """The mediator says who gets what."""
    row, part = get(state.disputes, step.target), step.given["freelancerAmount"]
    rest = row.disputed - part
    resolution = "RELEASE" if not rest else "SPLIT" if part else "REFUND"
    after = {"RELEASE": released, "REFUND": refunded, "SPLIT": split}[resolution](state, who, part or rest, row.name)
    ended = row._replace(status="RESOLVED", resolution=resolution, freelancer_amount=part, client_amount=rest)
    after = after._replace(disputes=put(after.disputes, ended), status="COMPLETED" if part else "CANCELLED")
    return escrow_to(after, "RELEASED" if part else "REFUNDED")


def submit_evidence(state: State, who: Person, step: Step) -> State:
    """A side puts something forward."""
    assert step.target is not None
    return state._replace(evidence=tuple(sorted((*state.evidence, (step.target, who.name)))))


def write_review(state: State, who: Person, step: Step) -> State:
    """A side says something of the other."""
    assert state.freelancer is not None
    other = state.freelancer if who.name == state.client else state.client
    row = Review(who.name, other, step.given["rating"], step.given.get("isPublic", True))
    return state._replace(reviews=add(state.reviews, row))


def respond(state: State, _: Person, step: Step) -> State:
    """Who was reviewed says something of it."""
    row = get(state.reviews, step.target)._replace(response=step.given["response"])
    return state._replace(reviews=put(state.reviews, row))


def claim(state: State, who: Person, _: Step) -> State:
    """Somebody says that they can do it, for the first time or again."""
    others = (row for row in state.claims if row.name != who.name)
    return state._replace(claims=add(others, Claim(who.name)))


# Money.


def rounded(amount: Decimal) -> Decimal:
    """An amount in cents, half a cent upwards."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def fee_of(state: State, amount: Decimal) -> Decimal:
    """The platform's part of what is released, by what it has of what was released so far."""
    assert state.escrow is not None
    gross = paid(state, "FREELANCER", "PLATFORM") + amount
    return rounded(state.escrow.fee * gross / state.escrow.amount) - paid(state, "PLATFORM")


def moved(state: State, *lines: Movement) -> State:
    """The state with more lines in its ledger, of which none is of nothing."""
    return state._replace(ledger=(*state.ledger, *(line for line in lines if line.amount)))


def released(state: State, who: Person, amount: Decimal, dispute: str | None = None) -> State:
    """The state with so much gone to the freelancer and the platform."""
    part = fee_of(state, amount)
    return moved(
        state,
        Movement("FEE", "PLATFORM", -part, who.name, dispute),
        Movement("RELEASED", "FREELANCER", part - amount, who.name, dispute),
    )


def refunded(state: State, who: Person, amount: Decimal, dispute: str | None = None) -> State:
    """The state with so much gone back to the client."""
    return moved(state, Movement("REFUNDED", "CLIENT", -amount, who.name, dispute))


def split(state: State, who: Person, amount: Decimal, dispute: str) -> State:
    """The state with so much gone to the freelancer and the platform, and the rest back to the client."""
    part = fee_of(state, amount)
    return moved(
        state,
        Movement("SPLIT", "CLIENT", amount - held(state), who.name, dispute),
        Movement("SPLIT", "FREELANCER", part - amount, who.name, dispute),
        Movement("FEE", "PLATFORM", -part, who.name, dispute),
    )


# The steps.


class Rule(NamedTuple):
    """What is asked of a step, in this order, and what it does."""

    sees: Test
    may: Test
    can: Test
    does: Change
    valid: Test = anybody
    last: Callable[[State, Person, Step], str] = nothing


def says(name: str, most: int, least: int = 0) -> Test:
    """Whether what is given as `name` has so many characters."""
    return lambda _, __, step: is_text(most, least)(step.given.get(name))


RULES: dict[str, Rule] = {
    "publishJob": Rule(sees_job, is_client, both(job_is("DRAFT"), in_time), to("OPEN")),
    "closeJob": Rule(
        sees_job,
        either(is_client, is_admin),
        either(job_is("DRAFT", "OPEN"), both(job_is("IN_PROGRESS"), escrow_is("PENDING"))),
        close,
    ),
    "applyForJob": Rule(
        sees_job, is_other_than_client, both(job_is("OPEN"), in_time, did_not_apply), apply_for, valid=is_offer
    ),
    "shortlistApplication": Rule(
        sees_application, is_client, both(job_is("OPEN"), application_is("PENDING")), application_to("SHORTLISTED")
    ),
    "rejectApplication": Rule(
        sees_application,
        is_client,
        both(job_is("OPEN"), application_is(*OPEN_APPLICATION)),
        application_to("REJECTED"),
    ),
    "withdrawApplication": Rule(
        sees_application, is_target, application_is(*OPEN_APPLICATION), application_to("WITHDRAWN")
    ),
    "acceptApplication": Rule(
        sees_application, is_client, both(job_is("OPEN"), application_is(*OPEN_APPLICATION)), accept
    ),
    "planMilestones": Rule(
        sees_job,
        is_client,
        both(job_is("IN_PROGRESS"), escrow_is("PENDING")),
        plan,
        valid=is_plan,
        last=is_covered,
    ),
    "fundEscrow": Rule(sees_escrow, is_client, both(job_is("IN_PROGRESS"), escrow_is("PENDING")), fund, last=pays),
    "startMilestone": Rule(
        sees_milestone, is_freelancer, both(has_money, milestone_is("PENDING")), milestone_to("IN_PROGRESS")
    ),
    "submitMilestone": Rule(
        sees_milestone,
        is_freelancer,
        both(has_money, milestone_is("PENDING", "IN_PROGRESS", "REJECTED")),
        milestone_to("SUBMITTED"),
    ),
    "approveMilestone": Rule(sees_milestone, is_client, both(has_money, milestone_is("SUBMITTED")), approve),
    "rejectMilestone": Rule(
        sees_milestone,
        is_client,
        both(has_money, milestone_is("SUBMITTED")),
        milestone_to("REJECTED"),
        valid=says("feedback", 5_000, 1),
    ),
    "releaseEscrow": Rule(sees_escrow, is_client, has_money, release),
    "refundEscrow": Rule(sees_escrow, either(is_freelancer, is_admin), has_money, refund),
    "openDispute": Rule(sees_job, is_side, has_money, open_dispute, last=has_milestone),
    "answerDispute": Rule(sees_dispute, is_respondent, dispute_is("OPEN"), dispute_to("ANSWERED")),
    "mediateDispute": Rule(sees_dispute, is_neutral, dispute_is("OPEN", "ANSWERED"), mediate),
    "withdrawDispute": Rule(sees_dispute, is_opener, dispute_is(*OPEN_DISPUTE), withdraw),
    "submitEvidence": Rule(sees_dispute, is_disputing, dispute_is(*OPEN_DISPUTE), submit_evidence, valid=is_evidence),
    "resolveDispute": Rule(
        sees_dispute,
        is_mediator,
        dispute_is("IN_MEDIATION"),
        resolve,
        valid=lambda _, __, step: is_in_cents(step.given["freelancerAmount"]),
        last=is_part,
    ),
    "writeReview": Rule(sees_job, is_side, both(job_is("COMPLETED"), did_not_review), write_review, valid=is_review),
    "respondToReview": Rule(sees_review, is_reviewee, did_not_respond, respond),
    "claimSkill": Rule(anybody, anybody, may_claim, claim),
    "verifySkill": Rule(
        sees_claim,
        is_other_admin,
        claim_is("PENDING"),
        claim_to("VERIFIED"),
        valid=lambda _, __, step: step.given["level"] != "CLAIMED",
    ),
    "rejectSkill": Rule(sees_claim, is_other_admin, claim_is("PENDING"), claim_to("REJECTED")),
}

Rules = Mapping[str, Rule]


def apply(state: State, who: Person, step: Step, rules: Rules = RULES) -> tuple[State, str]:
    """The state after `step`, and "ok"; or the same state, and the code of the first reason against it."""
    rule = rules[step.do]
    if not who.signed_in:
        return state, UNKNOWN
    for code, holds in ((BAD, rule.valid), (MISSING, rule.sees), (FORBIDDEN, rule.may), (CONFLICT, rule.can)):
        if not holds(state, who, step):
            return state, code
    if is_stale(state, step):
        return state, CONFLICT
    if (code := rule.last(state, who, step)) != OK:
        return state, code
    return counted(state, rule.does(state, who, step)), OK


def is_stale(state: State, step: Step) -> bool:
    """Whether it says another version than the newest of what it is about."""
    return step.version not in (None, "newest") and step.version != version_of(state, step)


def version_of(state: State, step: Step) -> int:
    """The newest version of what a step is about."""
    if step.do.endswith("Escrow"):
        assert state.escrow is not None
        return state.escrow.version
    return get(state.disputes, step.target).version if step.do.endswith("Dispute") else state.version


def counted(before: State, after: State) -> State:
    """The state with a higher version of all that is not as it was before."""
    if (before.status, before.freelancer) != (after.status, after.freelancer):
        after = after._replace(version=before.version + 1)
    was, escrow = (before.escrow, before.ledger), after.escrow
    if before.escrow is not None and escrow is not None and was != (escrow, after.ledger):
        after = after._replace(escrow=escrow._replace(version=before.escrow.version + 1))
    changed = (row for row in after.disputes if row not in before.disputes and find(before.disputes, row.name))
    for row in changed:
        after = after._replace(disputes=put(after.disputes, row._replace(version=row.version + 1)))
    return after


def is_possible(state: State, who: Person, step: Step) -> bool:
    """Whether it is the turn of `who` to do that, whatever else is given."""
    rule = RULES[step.do]
    return all(holds(state, who, step) for holds in (rule.sees, rule.may, rule.can))
