"""What freelancers of the sample data learn and how their skills are proven."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.escrow import Books, write_payment
from app.seed.world import Dice, Row, World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LEARNERS = 10
"""How many enroll in each course at the small scale."""
ENROLLMENT = (
    *("id", "created_at", "updated_at", "course_id", "user_id", "payment_id", "status", "progress", "score"),
    *("price_paid", "currency", "rating", "certificate_number", "enrolled_at", "last_activity_at", "completed_at"),
)
VERIFICATION = (
    *("id", "created_at", "updated_at", "user_id", "skill", "level", "experience_level", "status", "score"),
    *("enrollment_id", "issuer", "evidence_url", "verified_by_id", "verified_at", "expires_at", "rejection_reason"),
)
FATES = ("COMPLETED", "COMPLETED", "COMPLETED", "ACTIVE", "ACTIVE", "DROPPED", "EXPIRED")
PROOFS = (
    *[("CLAIMED", "PENDING"), ("ENDORSED", "VERIFIED"), ("ENDORSED", "VERIFIED"), ("CERTIFIED", "VERIFIED")],
    *[("CERTIFIED", "EXPIRED"), ("CLAIMED", "REJECTED"), ("ENDORSED", "PENDING")],
)
ISSUER = "Azora Academy"

Passed = dict[tuple[UUID, str], tuple[UUID, datetime, int]]
"""The enrollment that proves a person's skill, when it did, and the score."""


def make_skills(world: World, books: Books) -> Iterator[None]:
    """Courses, who took them, and what freelancers can show."""
    dice = world.dice("skills")
    world.bulk("freelance.courses", "id")
    put = world.bulk("freelance.enrollments", *ENROLLMENT)
    people = [user for user in world.kept["identity.users"] if user["is_active"] and not user["is_superuser"]]
    freelancers = [user for user in people if user["hourly_rate"]]
    passed: Passed = {}
    for given in books.data["courses"]["rows"]:
        course = _course(books, dice, given, freelancers)
        yield
        for user in dice.some(people, world.times(LEARNERS) + dice.number(-4, 6)) if given[-1] != "DRAFT" else ():
            put(_enrollment(books, dice, course, user, passed))
            yield
    yield from _verifications(books, dice, freelancers, passed)


def _course(books: Books, dice: Dice, given: list[Any], freelancers: list[Row]) -> Row:
    world = books.world
    slug, title, trade, skills, level, lessons, minutes, price, status = given
    teachers = [user for user in freelancers if user["headline"] == trade]
    made = max(world.start + dice.wait(40 * DAY, 300 * DAY), teachers[0]["created_at"] + DAY)
    made = world.now - dice.wait(5 * DAY, 20 * DAY) if status == "DRAFT" else made
    published = None if status == "DRAFT" else made + dice.wait(3 * DAY, 20 * DAY)
    return world.add(
        "freelance.courses",
        dice,
        made,
        updated_at=published or made,
        business_id=books.operator,
        instructor_id=teachers[0]["id"],
        slug=slug,
        title=title,
        description=f"{title}: {lessons} lessons with exercises and a final test, for all who do {trade.lower()}.",
        category=trade,
        skills=skills,
        experience_level=level,
        lesson_count=lessons,
        duration_minutes=minutes,
        price=Decimal(price),
        currency="USD",
        cover_url=f"https://azora.example/courses/{slug}.jpg",
        status=status,
        published_at=published,
        created_by_id=dice.pick(books.mediators),
    )


def _enrollment(books: Books, dice: Dice, course: Row, user: Row, passed: Passed) -> tuple[Any, ...]:
    now = books.world.now
    since = max(course["published_at"], user["created_at"])
    until = max(course["published_at"] + 500 * DAY, since + DAY) if course["status"] == "ARCHIVED" else now
    at = dice.between(since, min(until, now))
    fate = dice.pick(FATES)
    last = dice.between(at, min(at + 60 * DAY, now))
    if fate == "EXPIRED" and at > now - 366 * DAY:
        fate = "ACTIVE"
    done, score = fate == "COMPLETED", dice.number(71, 100) if fate == "COMPLETED" else None
    progress = Decimal(100) if done else Decimal(dice.number(2, 95))
    key = dice.id_at(at)
    payment = write_payment(books, at, user["id"], course["price"], "USD", "PAID") if course["price"] else None
    if done and score:
        for skill in course["skills"]:
            passed[user["id"], skill] = key, last, score
    certificate = f"AZ-{key.hex[-8:].upper()}" if done else None
    return (
        *(key, at, last, course["id"], user["id"], payment, fate, progress, score, course["price"], "USD"),
        *(dice.pick((5, 5, 4, 4, 3)) if done and dice.chance(70) else None, certificate, at, last),
        last if done else None,
    )


def _verifications(books: Books, dice: Dice, freelancers: list[Row], passed: Passed) -> Iterator[None]:
    """Some skills of every freelancer: those of courses are tested, others proven by others."""
    put = books.world.bulk("freelance.skill_verifications", *VERIFICATION)
    for user in freelancers:
        for skill in user["skills"][: dice.number(1, 2)]:
            proof = passed.get((user["id"], skill))
            put(_tested(books, dice, user, skill, proof) if proof else _shown(books, dice, user, skill))
        yield


def _tested(books: Books, dice: Dice, user: Row, skill: str, proof: tuple[UUID, datetime, int]) -> tuple[Any, ...]:
    enrollment, at, score = proof
    return (
        *(dice.id_at(at), at, at, user["id"], skill, "TESTED", _experience(dice), "VERIFIED", score, enrollment),
        *(ISSUER, f"https://azora.example/certificates/{enrollment.hex[-8:]}", None, at, at + 1460 * DAY, None),
    )


def _shown(books: Books, dice: Dice, user: Row, skill: str) -> tuple[Any, ...]:
    """Proven otherwise, or not yet, or not any more."""
    data, now = books.data["courses"], books.world.now
    level, status = dice.pick(PROOFS)
    at = dice.between(user["created_at"], now - HOUR)
    if status == "EXPIRED" and at > now - 400 * DAY:
        status = "VERIFIED"
    decided = None if status == "PENDING" else dice.between(at, min(at + 5 * DAY, now))
    verified = decided if status in ("VERIFIED", "EXPIRED") else None
    expires = verified + 365 * DAY if verified and status == "EXPIRED" else None
    certified, mediators = level == "CERTIFIED", [person for person in books.mediators if person != user["id"]]
    if certified and verified and not expires:
        expires = max(verified, now) + dice.wait(30 * DAY, 700 * DAY)
    changed = expires if status == "EXPIRED" else decided or at
    return (
        *(dice.id_at(at), at, changed, user["id"], skill, level, _experience(dice), status, None, None),
        dice.pick(data["issuers"]) if certified else None,
        f"https://portfolio.example/{user['email'].partition('@')[0]}" if level != "CLAIMED" else None,
        *(dice.pick(mediators) if decided else None, verified, expires),
        dice.pick(data["rejections"]) if status == "REJECTED" else None,
    )


def _experience(dice: Dice) -> str:
    return dice.pick(("ENTRY", "INTERMEDIATE", "INTERMEDIATE", "EXPERT"))
