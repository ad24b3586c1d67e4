"""What the law asks about the people of the sample data: who they are, what they allow, and what they claim."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID

from app.seed.world import Dice, Row, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VALID = 730 * DAY
"""How long the check of an identity is good."""
REQUESTS = 18
HOME = IPv4Address("203.0.113.0")
KYC = (
    *("id", "created_at", "updated_at", "user_id", "status", "risk_level", "full_name", "born_on", "nationality"),
    *("document_type", "document_number", "document_country", "document_expires_on", "documents", "provider"),
    *("provider_reference", "reviewed_by_id", "submitted_at", "reviewed_at", "expires_at", "rejection_reason"),
)
AML = (
    *("id", "created_at", "updated_at", "user_id", "kyc_verification_id", "escrow_id", "cause", "risk_score"),
    *("is_flagged", "reason", "lists", "matches", "provider", "provider_reference", "outcome", "reviewed_by_id"),
    *("checked_at", "reviewed_at", "notes"),
)
CONSENT = (
    *("id", "created_at", "updated_at", "business_id", "user_id", "customer_id", "purpose", "legal_basis"),
    *("is_granted", "wording", "policy_version", "source", "ip_address", "given_at", "ended_at"),
)
MARKETING = {
    "accepts_email_marketing": "EMAIL_MARKETING",
    "accepts_sms_marketing": "SMS_MARKETING",
    "accepts_newsletter": "NEWSLETTER",
}
"""What customers allow, as their rows say it."""


def make_checks(world: World, dice: Dice, data: Any) -> Iterator[None]:
    """Who is paid for work shows a paper; that person and large payouts are looked up in the lists of sanctions."""
    put, look_up = world.bulk("identity.kyc_verifications", *KYC), world.bulk("identity.aml_checks", *AML)
    operator = next(row["id"] for row in world.kept["business.businesses"] if row["slug"] == "azora")
    members = [row for row in world.kept["identity.memberships"] if row["business_id"] == operator]
    reviewers = [row["user_id"] for row in members if row["role"] in ("OWNER", "MANAGER", "STAFF")]
    payouts: dict[UUID, list[Row]] = defaultdict(list)
    for escrow in world.kept.get("freelance.escrows", ()):
        if escrow["status"] == "RELEASED":
            payouts[escrow["freelancer_id"]].append(escrow)
    waiting = iter(("PENDING", "PENDING", "IN_REVIEW", "IN_REVIEW", "REJECTED", "REJECTED"))
    for user in world.kept["identity.users"]:
        if user["hourly_rate"]:
            paid = payouts.get(user["id"], ())
            status = "APPROVED" if paid else next(waiting, "APPROVED")
            kyc, submitted = _kyc(world, dice, data, user, status, reviewers, put)
            for at, cause, payout in _occasions(world, dice, submitted, paid):
                look_up(_aml(world, dice, data, (user, kyc, payout), at, cause, dice.pick(reviewers)))
            yield


def _kyc(
    world: World, dice: Dice, data: Any, user: Row, status: str, reviewers: list[UUID], put: Any
) -> tuple[UUID, datetime]:
    now = world.now
    submitted = dice.between(user["created_at"] + HOUR, min(user["created_at"] + 4 * DAY, now - HOUR))
    if status in ("PENDING", "IN_REVIEW"):
        submitted = dice.between(max(user["created_at"], now - 3 * DAY), now)
    reviewed = None if status in ("PENDING", "IN_REVIEW") else min(submitted + dice.wait(HOUR, 2 * DAY), now)
    expires = reviewed + VALID if reviewed and status == "APPROVED" else None
    if expires and expires < now:
        if dice.chance(50):
            submitted, reviewed = submitted + VALID, (reviewed or now) + VALID
            expires = reviewed + VALID
        else:
            status = "EXPIRED"
    key = dice.id_at(submitted)
    kind, letters = dice.pick(
        (("PASSPORT", "P"), ("IDENTITY_CARD", "L"), ("DRIVING_LICENCE", "D"), ("RESIDENCE_PERMIT", "R"))
    )
    sides = ("front",) if kind == "PASSPORT" else ("front", "back")
    files = [
        {
            "shows": side,
            "url": f"https://files.azora.example/identity/{key.hex[-12:]}/{side}.jpg",
            "sha256": sha256(f"{key}{side}".encode()).hexdigest(),
        }
        for side in (*sides, "face")
    ]
    put(
        (
            *(key, submitted, expires if status == "EXPIRED" else reviewed or submitted, user["id"], status),
            *(dice.pick(("LOW", "LOW", "LOW", "LOW", "MEDIUM", "HIGH")), f"{user['first_name']} {user['last_name']}"),
            *(date(now.year - dice.number(21, 58), dice.number(1, 12), dice.number(1, 28)), user["country"], kind),
            *(f"{letters}{dice.number(10_000_000, 99_999_999)}", user["country"]),
            *((submitted + dice.wait(800 * DAY, 3000 * DAY)).date(), files, "Identia", f"id_{key.hex[-10:]}"),
            *(dice.pick(reviewers) if reviewed else None, submitted, reviewed, expires),
            dice.pick(data["rejections"]) if status == "REJECTED" else None,
        )
    )
    return key, submitted


def _occasions(world: World, dice: Dice, submitted: datetime, paid: Any) -> Iterator[tuple[datetime, str, Row | None]]:
    """When and why somebody is looked up."""
    yield min(submitted + MINUTE, world.now), "ONBOARDING", None
    for escrow in paid:
        if escrow["amount"] > 2500:
            yield escrow["released_at"] - HOUR, "PAYOUT", escrow
    if submitted < world.now - 400 * DAY and dice.chance(40):
        yield dice.between(submitted + 365 * DAY, world.now), "PERIODIC", None
    if dice.chance(3):
        yield dice.between(submitted, world.now), "MANUAL", None


def _aml(
    world: World,
    dice: Dice,
    data: Any,
    about: tuple[Row, UUID, Row | None],
    at: datetime,
    cause: str,
    reviewer: UUID,
) -> tuple[Any, ...]:
    user, kyc, escrow = about
    found = dice.pick(data["matches"]) if dice.chance(14) else None
    score = dice.number(55, 97) if found else dice.number(0, 30)
    outcome, reviewed = None, None
    if found and at < world.now - 6 * DAY:
        outcome, reviewed = found["outcome"], at + dice.wait(2 * HOUR, 5 * DAY)
    match = (
        {"list": found["list"], "name": f"{user['last_name']}, {user['first_name'][0]}.", "likeness": score}
        if found
        else None
    )
    key = dice.id_at(at)
    return (
        *(key, at, reviewed or at, user["id"], kyc, escrow["id"] if escrow else None, cause, score, found is not None),
        *(found["reason"] if found else None, ["EU", "OFAC", "UN", "PEP"], [match] if match else [], "Veritrail"),
        *(f"vt_{key.hex[-10:]}", outcome, reviewer if outcome else None, at, reviewed),
        found["notes"] if found and outcome else None,
    )


def make_consents(world: World, dice: Dice, data: Any) -> Iterator[None]:
    """Everybody agreed to the terms; customers allow what their rows say, and some took it back or said no."""
    put = world.bulk("identity.gdpr_consents", *CONSENT)

    def answer(
        at: datetime,
        purpose: str,
        source: str,
        *,
        granted: bool = True,
        ended: datetime | None = None,
        basis: str = "CONSENT",
        business: UUID | None = None,
        user: UUID | None = None,
        customer: UUID | None = None,
    ) -> None:
        version = f"{max(at.year, 2023)}-01"
        address = HOME + dice.number(1, 250)
        put(
            (
                *(dice.id_at(at), at, ended or at, business, user, customer, purpose, basis, granted),
                *(data["wording"][purpose], version, source, address, at, ended),
            )
        )

    for user in world.kept["identity.users"]:
        answer(user["created_at"], "TERMS", "SIGN_UP", basis="CONTRACT", user=user["id"])
        if dice.chance(12):
            at = dice.between(user["created_at"], world.now - DAY)
            purpose = dice.pick(("ANALYTICS", "PERSONALIZATION", "PROFILING", "THIRD_PARTIES"))
            answer(
                at,
                purpose,
                "COOKIE_BANNER" if purpose == "ANALYTICS" else "SETTINGS",
                granted=dice.chance(60),
                user=user["id"],
            )
        yield
    for customer in world.kept.get("customers.customers", ()):
        made = customer["created_at"]
        about = {"business": customer["business_id"], "customer": customer["id"]}
        for column, purpose in MARKETING.items():
            if customer[column]:
                if dice.chance(8):
                    later = dice.between(made, world.now)
                    answer(made, purpose, "CHECKOUT", granted=False, ended=later, **about)
                    answer(later, purpose, dice.pick(("FORM", "STAFF", "SETTINGS")), **about)
                else:
                    answer(made, purpose, dice.pick(("CHECKOUT", "CHECKOUT", "SIGN_UP", "FORM")), **about)
            elif dice.chance(15):
                answer(made, purpose, "CHECKOUT", ended=dice.between(made, world.now), **about)
        yield


def make_requests(world: World, dice: Dice, data: Any, admin: UUID) -> Iterator[None]:
    """Claims in every state; whose data was erased is not known any more."""
    for i in range(world.times(REQUESTS) if world.times(1) < 30 else 30 * REQUESTS):
        kind, status = data["requests"][i % len(data["requests"])]
        customers = world.kept.get("customers.customers", ())
        customer = dice.pick(customers) if customers and i % 2 else None
        user = None if customer else dice.pick(world.kept["identity.users"])
        who: Row = customer or user or {}
        ended = status in ("COMPLETED", "REJECTED", "CANCELLED")
        at = dice.between(max(who["created_at"], world.now - (600 if ended else 20) * DAY), world.now - (6 * HOUR))
        closed = dice.between(at, min(at + 25 * DAY, world.now)) if ended else None
        verified = at + (min(closed or world.now, at + 2 * DAY) - at) * 0.3 if status != "RECEIVED" else None
        done, erased = status == "COMPLETED", status == "COMPLETED" and kind == "ERASURE"
        world.add(
            "identity.privacy_requests",
            dice,
            at,
            updated_at=closed or at,
            business_id=customer["business_id"] if customer else None,
            user_id=user["id"] if user and not erased else None,
            customer_id=customer["id"] if customer and not erased else None,
            email=f"former{dice.number(1000, 9999)}@mail.example" if erased else who["email"],
            type=kind,
            status=status,
            message=dice.pick(data["claims"][kind]),
            requested_at=at,
            verified_at=verified.replace(microsecond=0) if verified and verified.microsecond else verified,
            due_at=at + 30 * DAY,
            completed_at=closed,
            handled_by_id=admin if ended or status == "IN_PROGRESS" else None,
            rejection_reason=data["refusals"][i % len(data["refusals"])] if status == "REJECTED" else None,
            result={"Order": dice.number(0, 14), "LoginSession": dice.number(1, 9), "User": 1} if done else {},
            export_url=f"https://agora.example/exports/{dice.number(10**8, 10**9)}.zip"
            if done and kind == "EXPORT"
            else None,
            export_expires_at=closed + 14 * DAY if closed and done and kind == "EXPORT" else None,
        )
        yield
