"""The people of the sample data: clients, freelancers of every trade, and those who run the businesses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.seed.known import ADA, ADA_EMAIL
from app.seed.security import make_security as make_security
from app.seed.world import SPAN, Dice, Row, Scale, World, table_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COUNTS = {Scale.SMALL: 260, Scale.MEDIUM: 1_500, Scale.LARGE: 6_000}
BIO = "{years} years of {trade}, for shops and agencies. I answer within a day."
STAFF = 66
"""Those who run the businesses; they join first, within a day."""
TURNS = "CFFCFCFFCF"
"""Every ten people who join then: who of them looks for work, and who offers it."""


@dataclass(slots=True)
class Crowd:
    """What people are made from."""

    world: World
    dice: Dice
    notes: dict[str, str]
    trades: list[dict[str, Any]]


def make_people(world: World) -> Iterator[None]:
    """Ada, an administrator, and the others, who joined quickly at first."""
    data = table_of("people")
    crowd = Crowd(world, world.dice("people"), data["notes"], table_of("market")["trade"])
    _ada(crowd)
    _administrator(crowd)
    names = [(place, first, last) for place in data["place"] for first in place["first"] for last in place["last"]]
    names = crowd.dice.some(names, len(names))
    count = COUNTS[world.scale]
    for i in range(count):
        again, k = divmod(i, len(names))
        person = _person(crowd.dice, *names[k], f"{again + 1}" if again else "")
        if i >= STAFF and TURNS[i % 10] == "F":
            person |= _offer(crowd.dice, crowd.trades[i % len(crowd.trades)])
        _join(crowd, _joined(world, i, count), person | _trouble(crowd, i, count))
        if i % 50 == 0:
            yield
    yield


def _joined(world: World, i: int, count: int) -> datetime:
    """When the person in that place joined: most of them early, one by one."""
    if i < STAFF:
        return world.start + HOUR + i * 20 * MINUTE
    return world.start + DAY + (SPAN - 2 * DAY) * ((i - STAFF) / (count - STAFF)) ** 2


def _ada(crowd: Crowd) -> None:
    ada = {"first_name": "Ada", "last_name": "Lovelace", "email": ADA_EMAIL, "username": "ada", "country": "GB"}
    about = {"headline": "Founder of Azora", "bio": "I like engines.", "currency": "USD"}
    _join(crowd, crowd.world.start, {"id": ADA, "time_zone": "Europe/London", **ada, **about})


def _administrator(crowd: Crowd) -> None:
    names = {"first_name": "Robin", "last_name": "Keeper", "email": "admin@agora.example", "username": "admin"}
    rights = {"is_superuser": True, "permissions": ["users:lock", "disputes:mediate", "privacy:answer"]}
    _join(crowd, crowd.world.start + MINUTE, names | rights)


def _person(dice: Dice, place: dict[str, Any], first: str, last: str, number: str) -> Row:
    names = {"first_name": first, "last_name": last, "email": f"{first}.{last}{number}@mail.example".lower()}
    login = f"{first[0]}{last}{number}".lower() + f"{dice.number(10, 99)}" if dice.chance(30) else None
    seen = {
        "phone": f"{place['dial']}{dice.number(1_000_000, 9_999_999)}" if dice.chance(60) else None,
        "avatar_url": f"https://azora.example/people/{first}-{last}{number}.jpg".lower() if dice.chance(55) else None,
    }
    return (
        names | seen | {key: place[key] for key in ("country", "time_zone", "locale", "currency")} | {"username": login}
    )


def _offer(dice: Dice, trade: dict[str, Any]) -> Row:
    """What a freelancer of `trade` says on the public profile."""
    return {
        "headline": trade["name"],
        "bio": BIO.format(years=dice.number(2, 15), trade=trade["name"].lower()),
        "skills": dice.some(trade["skills"], dice.number(2, 4)),
        "hourly_rate": Decimal(round(trade["rate"] * dice.wobble(0.3))),
    }


def _trouble(crowd: Crowd, i: int, count: int) -> Row:
    """Few cannot sign in: they are locked out, gave up their account, or have not proven their address yet."""
    if i % 87 == 60:
        until = crowd.world.now + crowd.dice.wait(5 * MINUTE, 50 * MINUTE)
        return {"failed_login_attempts": 5, "locked_until": until, "notes": crowd.notes["locked"]}
    if i % 87 == 30:
        return {"is_active": False, "notes": crowd.notes["idle"]}
    return {"email_verified_at": None} if i >= count - 3 else {}


def _join(crowd: Crowd, joined: datetime, given: Row) -> None:
    """A person; those who gave up their account were last seen some time after they joined, all others lately."""
    dice, now = crowd.dice, crowd.world.now
    unset: Row = dict.fromkeys(("username", "headline", "bio", "country", "hourly_rate", "phone", "avatar_url"))
    unset |= {"skills": [], "permissions": [], "locked_until": None, "notes": None, "failed_login_attempts": 0}
    usual = {"locale": "en", "time_zone": "UTC", "currency": "USD", "is_superuser": False, "is_active": True}
    verified = joined + dice.wait(2 * MINUTE, 50 * MINUTE)
    first = verified + dice.wait(MINUTE, HOUR)
    latest = dice.between(max(first, now - 30 * DAY), now)
    if given.get("is_active") is False:
        latest = dice.between(first, max(first + HOUR, now - 40 * DAY))
    seen = {
        "email_verified_at": verified,
        "last_login_at": latest,
        "login_count": 1 + int((latest - joined) / DAY * dice.wobble(0.9) / 3),
        "updated_at": latest,
    }
    crowd.world.add("identity.users", dice, joined, **{**unset, **usual, **seen, **given})
