"""The job market of the sample data: jobs in every state, the applications for them, and reviews both ways."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.seed.known import ADA, JOB
from app.seed.payment import Assigned, make_payment
from app.seed.people import People
from app.seed.world import Dice, Row, World, table_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RATINGS_OF_FREELANCERS = (5, 5, 5, 5, 5, 4, 4, 4, 3, 2)
RATINGS_OF_CLIENTS = (5, 5, 5, 5, 4, 4, 4, 3)


@dataclass(frozen=True, slots=True)
class State:
    """A state of jobs: how many are in it, whether someone was assigned, and how many days ago they were made."""

    status: str
    count: int
    assigned: bool
    oldest: int
    newest: int


STATES = (
    State("COMPLETED", 135, True, 1000, 70),
    State("IN_PROGRESS", 45, True, 40, 15),
    State("DISPUTED", 15, True, 40, 15),
    State("CANCELLED", 12, True, 1000, 70),
    State("CANCELLED", 13, False, 1000, 70),
    State("OPEN", 60, False, 30, 3),
    State("DRAFT", 20, False, 60, 1),
)


@dataclass(frozen=True, slots=True)
class Market:
    """What jobs are made from."""

    world: World
    dice: Dice
    people: People
    data: dict[str, Any]
    employers: dict[Any, Any]
    """The business of each member."""


def make_market(world: World, people: People) -> None:
    """All jobs, Ada's known one first."""
    members = world.tables["identity.memberships"]
    employers = {member["user_id"]: member["business_id"] for member in members}
    market = Market(world, world.dice("market"), people, table_of("market"), employers)
    world.tables |= {f"freelance.{name}": [] for name in ("jobs", "applications", "milestones", "escrows", "reviews")}
    for state in STATES:
        for _ in range(state.count):
            _job(market, state)


def _job(market: Market, state: State) -> None:
    world, dice = market.world, market.dice
    first = not world.tables["freelance.jobs"]
    trade = market.data["trade"][0] if first else dice.pick(market.data["trade"])
    made = dice.between(world.now - state.oldest * DAY, world.now - state.newest * DAY)
    clients = [*market.people.clients, *market.people.staff]
    client = clients[0] if first else dice.pick(_present(clients, made))
    job = _brief(market, trade, made, client)
    if first:
        job |= {"id": JOB, "title": "Build a storefront on GraphQL"}
    if state.status == "DRAFT":
        return
    job |= {"status": state.status, "published_at": made + dice.wait(HOUR, 2 * DAY)}
    chosen = _applications(market, state, trade, job)
    job["updated_at"] = chosen["decided_at"] or job["published_at"]
    if state.assigned:
        job |= {"freelancer_id": chosen["freelancer_id"], "started_at": chosen["decided_at"]}
        make_payment(Assigned(world, dice, job, market.data["stages"]))
    if state.status == "COMPLETED":
        _reviews(market, job)


def _present(people: list[Row], moment: datetime) -> list[Row]:
    """Those of `people` who had joined by then."""
    return [person for person in people if person["created_at"] < moment]


def _brief(market: Market, trade: dict[str, Any], made: datetime, client: Row) -> Row:
    """A job as its client writes it."""
    dice = market.dice
    title = dice.pick(trade["titles"]).format(thing=dice.pick(market.data["things"]))
    hourly = dice.chance(25) and client["id"] != ADA
    fixed = 10 * dice.number(trade["low"] // 10, trade["high"] // 10)
    remote = dice.chance(85)
    return market.world.add(
        "freelance.jobs",
        dice,
        made,
        client_id=client["id"],
        freelancer_id=None,
        business_id=market.employers.get(client["id"]),
        title=title,
        description=f"{title}: we have texts and pictures ready and look for someone who takes it from there.",
        category=trade["name"],
        skills=dice.some(trade["skills"], dice.number(1, 3)),
        budget=Decimal(round(trade["rate"] * dice.wobble(0.3)) if hourly else fixed),
        currency=client["currency"],
        budget_type="HOURLY" if hourly else "FIXED",
        experience_level=dice.pick(("ENTRY", "INTERMEDIATE", "EXPERT")),
        status="DRAFT",
        is_remote=remote,
        location=None if remote else client["time_zone"].rpartition("/")[2].replace("_", " "),
        published_at=None,
        deadline=made + dice.wait(70 * DAY, 120 * DAY),
        started_at=None,
        completed_at=None,
    )


def _applications(market: Market, state: State, trade: dict[str, Any], job: Row) -> Row:
    """Those who apply, in the order of time; the one who was chosen, if anyone was, else the first."""
    world, dice = market.world, market.dice
    present = _present(market.people.freelancers[trade["name"]], job["published_at"])
    until = min(job["published_at"] + dice.wait(2 * DAY, 9 * DAY), world.now)
    times = sorted(dice.between(job["published_at"], until) for _ in range(dice.number(2, 6)))
    applicants = dice.some(present, len(times))
    chosen = dice.pick(applicants)
    decided = None if state.status == "OPEN" else until + dice.wait(HOUR, DAY)
    rows = [
        _application(market, job, applicant, at, decided, state.assigned and applicant is chosen)
        for applicant, at in zip(applicants, times, strict=False)
    ]
    return next((row for row in rows if row["status"] == "ACCEPTED"), rows[0])


def _application(
    market: Market, job: Row, applicant: Row, at: datetime, decided: datetime | None, accepted: bool
) -> Row:
    dice = market.dice
    waiting = dice.pick(("PENDING", "PENDING", "PENDING", "SHORTLISTED"))
    asked = job["budget"] if accepted else Decimal(round(float(job["budget"]) * dice.wobble(0.2)))
    return market.world.add(
        "freelance.applications",
        dice,
        at,
        updated_at=decided or at,
        job_id=job["id"],
        freelancer_id=applicant["id"],
        cover_letter=dice.pick(market.data["letters"]),
        proposed_amount=asked,
        currency=job["currency"],
        estimated_days=dice.number(5, 40),
        status="ACCEPTED" if accepted else "REJECTED" if decided else waiting,
        decided_at=decided,
    )


def _reviews(market: Market, job: Row) -> None:
    """What client and freelancer say of each other in the days after."""
    sides = (
        ("client_id", "freelancer_id", RATINGS_OF_FREELANCERS, market.data["reviews_of_freelancers"]),
        ("freelancer_id", "client_id", RATINGS_OF_CLIENTS, market.data["reviews_of_clients"]),
    )
    for reviewer, reviewee, ratings, comments in sides:
        market.world.add(
            "freelance.reviews",
            market.dice,
            job["completed_at"] + market.dice.wait(HOUR, 5 * DAY),
            job_id=job["id"],
            reviewer_id=job[reviewer],
            reviewee_id=job[reviewee],
            rating=market.dice.pick(ratings),
            comment=market.dice.pick(comments),
        )
