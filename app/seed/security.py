"""How people of the sample data sign in, what the law asks about them, and what happened to their accounts."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID

from app.seed.compliance import make_checks, make_consents, make_requests
from app.seed.world import Dice, Row, World, table_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EARLIER = 30
"""Sessions besides everybody's latest, at the small scale."""
INCIDENTS = 60
SESSION = (
    *("id", "created_at", "updated_at", "user_id", "customer_id", "site_id", "type", "method", "token_hash"),
    *("csrf_token_hash", "device", "user_agent", "ip_address", "country", "is_remembered", "last_seen_at"),
    *("expires_at", "revoked_at", "revoked_reason"),
)
TOKEN = (
    *("id", "created_at", "updated_at", "user_id", "session_id", "replaced_by_id", "purpose", "token_hash", "email"),
    *("ip_address", "expires_at", "used_at", "revoked_at"),
)
EVENT = (
    *("id", "user_id", "session_id", "api_key_id", "business_id", "type", "severity", "details", "ip_address"),
    *("user_agent", "country", "occurred_at", "resolved_at", "resolved_by_id"),
)
REASONS = ("SIGNED_OUT", "SIGNED_OUT", "SIGNED_OUT", "PASSWORD_CHANGED", "REVOKED_BY_USER", "SUSPICIOUS")
METHODS = ("PASSWORD", "PASSWORD", "PASSWORD", "EMAIL_LINK", "PASSKEY", "SSO")
ENDED = {"SIGNED_OUT": "LOGOUT", "PASSWORD_CHANGED": "PASSWORD_CHANGED"}
"""What the end of a session is an event of; all others are its revocation."""
HOME, ABROAD = IPv4Address("203.0.113.0"), IPv4Address("198.51.100.0")

Put = Callable[[tuple[Any, ...]], None]


@dataclass(slots=True)
class Watch:
    """What sessions and events are made from."""

    world: World
    dice: Dice
    data: Any
    session: Put
    token: Put
    event: Put
    admin: UUID
    works_at: dict[UUID, UUID]
    """The business of each member."""
    sites: dict[UUID, Row]
    """The shop or market of each business that has one."""
    market: Row
    customers: dict[UUID, list[Row]] = field(default_factory=lambda: defaultdict(list))


def make_security(world: World) -> Iterator[None]:
    """Sessions and tokens, checks and consents, and what happened to accounts and keys."""
    watch = _watch(world)
    people = world.kept["identity.users"]
    for user in people:
        _sessions(watch, user)
        _arrival(watch, user)
        yield
    for _ in range(world.times(INCIDENTS)):
        user = watch.dice.pick(people)
        _incident(watch, user)
        yield
    _keys(watch)
    yield
    yield from make_checks(world, watch.dice, watch.data)
    yield from make_consents(world, watch.dice, watch.data)
    yield from make_requests(world, watch.dice, watch.data, watch.admin)


def _watch(world: World) -> Watch:
    sites = {
        site["business_id"]: site
        for site in world.kept["business.sites"]
        if site["status"] == "LIVE" and site["type"] in ("SHOP", "MARKETPLACE")
    }
    watch = Watch(
        world,
        world.dice("security"),
        table_of("security"),
        world.bulk("identity.login_sessions", *SESSION),
        world.bulk("identity.tokens", *TOKEN),
        world.bulk("identity.security_events", *EVENT),
        next(user["id"] for user in world.kept["identity.users"] if user["is_superuser"]),
        {member["user_id"]: member["business_id"] for member in world.kept["identity.memberships"]},
        sites,
        next(site for site in sites.values() if site["type"] == "MARKETPLACE"),
    )
    for customer in world.kept.get("customers.customers", ()):
        if customer["user_id"] and customer["business_id"] in sites:
            watch.customers[customer["user_id"]].append(customer)
    return watch


def _sessions(watch: Watch, user: Row) -> None:
    """The latest session of `user`, and some before it that have ended."""
    dice, now, world = watch.dice, watch.world.now, watch.world
    users = len(world.kept["identity.users"])
    for _ in range(world.times(EARLIER) // users + dice.chance(world.times(EARLIER) % users * 100 / users)):
        at = dice.between(user["created_at"], user["last_login_at"])
        _session(watch, user, at, dice.pick(REASONS) if dice.chance(60) else None)
    _session(watch, user, user["last_login_at"], None if user["is_active"] else "REVOKED_BY_ADMIN")
    if user["locked_until"]:
        locked = user["locked_until"] - 60 * MINUTE
        for i in range(5):
            _event(
                watch, "LOGIN_FAILED", "MEDIUM", min(locked, now) - (5 - i) * MINUTE, user, abroad=True, attempt=i + 1
            )
        _event(watch, "ACCOUNT_LOCKED", "HIGH", min(locked, now) - MINUTE / 2, user, abroad=True, attempts=5)


def _session(watch: Watch, user: Row, at: datetime, ended: str | None) -> None:
    dice, now = watch.dice, watch.world.now
    customers = [row for row in watch.customers.get(user["id"], ()) if row["created_at"] <= at]
    customer = dice.pick(customers) if customers and dice.chance(50) else None
    kind, site = _as_what(watch, user, customer)
    device, agent = dice.pick(watch.data["devices"])
    kept = dice.chance(45)
    expires = at + (30 * DAY if kept else 12 * HOUR)
    seen = dice.between(at, min(expires, now, at + 20 * DAY))
    revoked = min(seen + MINUTE, now) if ended else None
    key = dice.id_at(at)
    address = HOME + dice.number(1, 250)
    watch.session(
        (
            *(key, at, revoked or seen, user["id"], customer["id"] if customer else None, site["id"] if site else None),
            *(kind, dice.pick(METHODS), _hash(key, "session"), _hash(key, "csrf"), device, agent, address),
            *(user["country"], kept, seen, expires, revoked, ended),
        )
    )
    if ended or dice.chance(30):
        _event(watch, "LOGIN", "LOW", at, user, session=key, address=address, device=device)
    if ended and revoked:
        event = ENDED.get(ended, "SESSION_REVOKED")
        _event(watch, event, "HIGH" if ended == "SUSPICIOUS" else "LOW", revoked, user, session=key, address=address)
    if kept and not ended and expires > now:
        _refresh(watch, user, key, at, seen, expires)


def _as_what(watch: Watch, user: Row, customer: Row | None) -> tuple[str, Row | None]:
    """As what somebody signs in, and where."""
    if customer:
        return "CUSTOMER", watch.sites[customer["business_id"]]
    if user["is_superuser"]:
        return "ADMIN", None
    return ("STAFF", None) if user["id"] in watch.works_at else ("USER", watch.market)


def _hash(key: UUID, kind: str) -> str:
    return sha256(f"{kind}:{key}".encode()).hexdigest()


def _token(
    watch: Watch,
    user: Row,
    purpose: str,
    at: datetime,
    life: timedelta,
    used: datetime | None,
    revoked: datetime | None = None,
) -> None:
    key = watch.dice.id_at(at)
    address = HOME + watch.dice.number(1, 250)
    watch.token(
        (
            *(key, at, used or revoked or at, user["id"], None, None, purpose, _hash(key, purpose), user["email"]),
            address,
            *(at + life, used, revoked),
        )
    )


def _refresh(watch: Watch, user: Row, session: UUID, at: datetime, seen: datetime, expires: datetime) -> None:
    """The token that keeps a session alive, and the one it replaced."""
    first, second = watch.dice.id_at(at), watch.dice.id_at(seen)
    about: dict[UUID, tuple[datetime, UUID | None, datetime | None]] = {first: (at, None, None)}
    if seen > at + DAY:
        about = {first: (at, second, seen), second: (seen, None, None)}
    for key, (made, successor, used) in about.items():
        watch.token(
            (
                *(key, made, used or made, user["id"], session, successor, "REFRESH", _hash(key, "refresh"), None),
                *(None, expires, used, None),
            )
        )


def _arrival(watch: Watch, user: Row) -> None:
    """How those who joined in the last year proved their address, or did not yet."""
    at, verified = user["created_at"] + MINUTE, user["email_verified_at"]
    if at > watch.world.now - 365 * DAY:
        _token(watch, user, "EMAIL_VERIFICATION", at, 2 * DAY, verified)
        if verified:
            _event(watch, "EMAIL_VERIFIED", "LOW", verified, user)


def _incident(watch: Watch, user: Row) -> None:
    """Anything that happens to accounts now and then."""
    dice, now = watch.dice, watch.world.now
    at = dice.between(max(user["created_at"], now - 400 * DAY), now - 2 * HOUR)
    match dice.number(0, 9):
        case 0 | 1:
            used = at + dice.wait(MINUTE, 50 * MINUTE) if dice.chance(70) else None
            _token(watch, user, "PASSWORD_RESET", at, HOUR, used)
            if used:
                _event(watch, "PASSWORD_RESET", "MEDIUM", used, user)
            else:
                # Whoever asks once more makes the first one worthless.
                _token(watch, user, "PASSWORD_RESET", at - 8 * MINUTE, HOUR, None, revoked=at)
        case 2:
            used = at + dice.wait(MINUTE, 10 * MINUTE) if dice.chance(90) else None
            _token(watch, user, "EMAIL_LINK", at, 15 * MINUTE, used)
        case 3:
            used = at + dice.wait(MINUTE, HOUR)
            _token(watch, user, "EMAIL_CHANGE", at, DAY, used)
            _event(watch, "EMAIL_CHANGED", "MEDIUM", used, user)
        case _:
            given = dice.pick(watch.data["incident"])
            business = watch.works_at.get(user["id"]) if given.get("business") else None
            solved = at + dice.wait(5 * MINUTE, 90 * MINUTE) if given["severity"] in ("HIGH", "CRITICAL") else None
            _event(
                *(watch, given["type"], given["severity"], at, user),
                **{"abroad": given.get("abroad", False), "business": business, "solved": solved, **given["details"]},
            )


def _keys(watch: Watch) -> None:
    """That keys were made and taken back."""
    for key in watch.world.kept.get("gateway.api_keys", ()):
        person = next(user for user in watch.world.kept["identity.users"] if user["id"] == key["created_by_id"])
        about = {"api_key": key["id"], "business": key["business_id"], "name": key["name"]}
        _event(watch, "API_KEY_CREATED", "LOW", key["created_at"], person, **about)
        if key["revoked_at"]:
            _event(watch, "API_KEY_REVOKED", "MEDIUM", key["revoked_at"], person, **about)


def _event(
    watch: Watch,
    kind: str,
    severity: str,
    at: datetime,
    user: Row,
    *,
    session: UUID | None = None,
    api_key: UUID | None = None,
    business: UUID | None = None,
    address: IPv4Address | None = None,
    abroad: bool = False,
    solved: datetime | None = None,
    **details: Any,
) -> None:
    dice = watch.dice
    where = dice.pick(("RU", "VN", "BR", "NG")) if abroad else user["country"]
    from_ = address or (ABROAD if abroad else HOME) + dice.number(1, 250)
    watch.event(
        (
            *(dice.id_at(at), user["id"], session, api_key, business, kind, severity, details, from_),
            *(dice.pick(watch.data["devices"])[1], where, at, solved, watch.admin if solved else None),
        )
    )
