"""The people of the sample data: clients, freelancers of every trade, and staff of the businesses."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.seed.known import ADA, ADA_EMAIL
from app.seed.world import SPAN, Dice, Row, World, table_of

COUNT = 200
BIO = "{years} years of {trade}, for shops and agencies. I answer within a day."


@dataclass(slots=True)
class People:
    """Who is there, by what they do; freelancers by their trade."""

    staff: list[Row] = field(default_factory=list)
    clients: list[Row] = field(default_factory=list)
    freelancers: dict[str, list[Row]] = field(default_factory=dict)


def make_people(world: World) -> People:
    """Ada, an administrator, and the others, who joined quickly at first."""
    dice, people = world.dice("people"), People()
    people.clients.append(_ada(world, dice))
    _administrator(world, dice)
    places = table_of("people")["place"]
    names = [(place, first, last) for place in places for first in place["first"] for last in place["last"]]
    trades = table_of("market")["trade"]
    for i, (place, first, last) in enumerate(dice.some(names, COUNT - len(world.tables["identity.users"]))):
        joined = world.start + timedelta(hours=1 + i) + SPAN * (0.7 * (i / COUNT) ** 2)
        person = _person(place, first, last)
        if i % 10 == 0:
            people.staff.append(_join(world, dice, joined, person))
        elif i % 10 < 4:
            people.clients.append(_join(world, dice, joined, person))
        else:
            trade = trades[i % len(trades)]
            row = _join(world, dice, joined, person | _offer(dice, trade))
            people.freelancers.setdefault(trade["name"], []).append(row)
    return people


def _ada(world: World, dice: Dice) -> Row:
    ada = {"first_name": "Ada", "last_name": "Lovelace", "email": ADA_EMAIL, "username": "ada", "country": "GB"}
    about = {"headline": "Founder of Azora", "bio": "I like engines.", "currency": "USD"}
    return _join(world, dice, world.start, {"id": ADA, "time_zone": "Europe/London", **ada, **about})


def _administrator(world: World, dice: Dice) -> Row:
    names = {"first_name": "Robin", "last_name": "Keeper", "email": "admin@agora.example", "username": "admin"}
    return _join(world, dice, world.start + timedelta(minutes=1), {**names, "is_superuser": True})


def _person(place: dict[str, Any], first: str, last: str) -> Row:
    names = {"first_name": first, "last_name": last, "email": f"{first}.{last}@mail.example".lower()}
    return names | {key: place[key] for key in ("country", "time_zone", "locale", "currency")}


def _offer(dice: Dice, trade: dict[str, Any]) -> Row:
    """What a freelancer of `trade` says on the public profile."""
    return {
        "headline": trade["name"],
        "bio": BIO.format(years=dice.number(2, 15), trade=trade["name"].lower()),
        "skills": dice.some(trade["skills"], dice.number(2, 4)),
        "hourly_rate": Decimal(round(trade["rate"] * dice.wobble(0.3))),
    }


def _join(world: World, dice: Dice, joined: datetime, given: Row) -> Row:
    unset: Row = {"username": None, "headline": None, "bio": None, "country": None, "hourly_rate": None, "skills": []}
    usual = {"locale": "en", "time_zone": "UTC", "currency": "USD", "is_superuser": False}
    seen = {
        "email_verified_at": joined + dice.wait(timedelta(minutes=2), timedelta(minutes=50)),
        "last_login_at": dice.between(max(joined, world.now - timedelta(days=30)), world.now),
        "login_count": dice.number(3, 400),
    }
    return world.add("identity.users", dice, joined, **{**unset, **usual, **seen, **given})
