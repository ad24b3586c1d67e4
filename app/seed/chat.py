"""The live chat of the sample data: who answers where, who asks, and the figures of every day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.seed.chatlog import Desk, Office
from app.seed.chats import make_chats
from app.seed.crew import crews
from app.seed.world import Dice, Row, Scale, World, table_of

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
VISITORS = {Scale.SMALL: 240, Scale.MEDIUM: 3000, Scale.LARGE: 20_000}
HOURS = {day: ["09:00", "18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
OPENING_HOURS = {**HOURS, "saturday": ["10:00", "16:00"]}
PRESENCE = ("ONLINE", "BUSY", "AWAY", "OFFLINE")
SKILLS = (["return", "refund", "delivery"], ["advice", "stock"], ["payment", "account", "trade"], ["order", "dispute"])
THIS_MACHINE = ("localhost", "127.0.0.1")
"""From where widgets of the sample data may be tried too."""
CHATTED = ("SHOP", "MARKETPLACE", "HELP_CENTER", "LANDING_PAGE")
STAT = (
    *("id", "created_at", "updated_at", "business_id", "site_id", "day", "session_count", "answered_count"),
    *("ended_count", "abandoned_count", "ai_only_count", "ticket_count", "message_count", "wait_seconds_sum"),
    *("duration_seconds_sum", "rating_sum", "rating_count"),
)


def make_chat(world: World) -> Iterator[None]:
    """Desks with their rules and people, visitors, three years of chats, and what these add up to day by day."""
    dice, data = world.dice("chat"), table_of("chat")
    desks = [_desk(world, dice, data, given) for given in data["desk"]]
    yield
    shares = sum(desk.given["weight"] for desk in desks)
    for desk in desks:
        for i in range(VISITORS[world.scale] * desk.given["weight"] // shares):
            _visitor(world, dice, data, desk, i)
            if i % 100 == 0:
                yield
    office = Office(world, world.dice("chats"), data["words"])
    yield from make_chats(office, desks)
    yield from _stats(world, dice, office)


def _desk(world: World, dice: Dice, data: dict[str, Any], given: dict[str, Any]) -> Desk:
    row = next(row for row in world.kept["business.businesses"] if row["slug"] == given["business"])
    desk = Desk(given, row, crews(world)[row["id"]], ZoneInfo(row["time_zone"]))
    desk.ai = next((a for a in desk.crew.agents if a.get("deployed_sites") and a["status"] == "ACTIVE"), None)
    desk.topics = [topic for group in given["talk"] for topic in data["topic"][group]]
    desk.products = [
        row["name"] for row in world.kept.get("catalog.products", ()) if row["business_id"] == desk.row["id"]
    ]
    desk.known = [row for row in world.kept.get("customers.customers", ()) if row["business_id"] == desk.row["id"]]
    if row["slug"] == "azora":
        members = {member["user_id"] for member in world.kept["identity.memberships"]}
        desk.known = [user for user in world.kept["identity.users"] if user["id"] not in members]
    desk.orders = [(sale.at, sale.number) for sale in world.sales if sale.business_id == row["id"]]
    for site in world.kept["business.sites"]:
        if site["business_id"] == row["id"] and site["type"] in CHATTED and site["launched_at"]:
            _widget(world, dice, data, desk, site)
    _people(world, dice, desk)
    _rules(world, dice, desk)
    for answer in data["response"]:
        _response(world, dice, desk, answer)
    _own_response(world, dice, desk)
    return desk


def _widget(world: World, dice: Dice, data: dict[str, Any], desk: Desk, site: Row) -> None:
    shown = site["status"] == "LIVE"
    widget = world.add(
        "chat.chat_widgets",
        dice,
        max(site["launched_at"], desk.ai["created_at"] if desk.ai else world.start) + dice.wait(HOUR, 2 * DAY),
        business_id=desk.row["id"],
        site_id=site["id"],
        ai_agent_id=desk.ai["id"] if desk.ai else None,
        public_key=f"{desk.given['business']}{dice.number(10**11, 10**12)}",
        name=f"Chat of {site['name']}",
        allowed_domains=[site["domain"], f"www.{site['domain']}", *THIS_MACHINE],
        is_active=shown,
        greeting=desk.given["greeting"],
        offline_message=data["words"]["offline"],
        position="BOTTOM_LEFT" if site["type"] == "HELP_CENTER" else "BOTTOM_RIGHT",
        appearance={"color": desk.given["color"], "radius": dice.pick((4, 8, 16)), "font": "system-ui"},
        time_zone=desk.row["time_zone"],
        opening_hours=OPENING_HOURS,
        asked_fields=["name", "email"] if dice.chance(60) else [],
        created_by_id=desk.crew.manager(dice),
    )
    if shown:
        desk.widgets.append(widget)


def _people(world: World, dice: Dice, desk: Desk) -> None:
    """Members of the business who answer; the first of them is there now."""
    users = {user["id"]: user for user in world.kept["identity.users"]}
    joined = {
        m["user_id"]: m["joined_at"] for m in world.kept["identity.memberships"] if m["business_id"] == desk.row["id"]
    }
    members = sorted({*desk.crew.staff} - {*desk.crew.managers[:1]}, key=lambda key: (joined[key], key))
    desk.joined = joined
    for i, key in enumerate(members[: desk.given["people"]]):
        status, user = PRESENCE[i % len(PRESENCE)], users[key]
        at = joined[key] + dice.wait(HOUR, DAY)
        away = HOUR * 14 if status == "OFFLINE" else 12 * MINUTE if status == "AWAY" else dice.wait(SECOND, 40 * SECOND)
        person = world.add(
            "chat.chat_agents",
            dice,
            at,
            business_id=desk.row["id"],
            user_id=key,
            name=user["first_name"],
            status=status,
            status_changed_at=world.now - away - dice.wait(MINUTE, 3 * HOUR),
            heartbeat_at=world.now - (away if status == "OFFLINE" else dice.wait(SECOND, 15 * SECOND)),
            last_active_at=world.now - away,
            max_concurrent_chats=dice.pick((2, 3, 3, 4)),
            skills=SKILLS[i % len(SKILLS)],
            languages=["en", "de"] if user.get("country") == "DE" else ["en"],
        )
        desk.people.append(person)


def _rules(world: World, dice: Dice, desk: Desk) -> None:
    """From the agent that answers first to anybody who is free."""
    after = "Nobody is there at night: a ticket is answered on the next working day."
    rules: list[tuple[str, Row]] = [
        ("night", {"name": "Outside opening hours", "description": after, "target": "TICKET"}),
        ("skill", {"name": "Returns", "tag": "return", "target": "SKILL", "skill": "return", "max_wait_seconds": 120}),
        ("person", {"name": "Trade", "tag": "trade", "target": "AGENT", "priority": 5, "max_wait_seconds": 300}),
        ("anybody", {"name": "Everybody else", "target": "ANYBODY", "strategy": "LONGEST_IDLE"}),
    ]
    if desk.ai:
        rules.insert(
            0, ("ai", {"name": f"{desk.ai['name']} first", "target": "AI_AGENT", "ai_agent_id": desk.ai["id"]})
        )
    if desk.row["slug"] == "vividwalls":
        old = {"name": "Hotels", "target": "SKILL", "skill": "trade", "page_pattern": "/trade/*", "is_active": False}
        rules.append(("old", {**old, "site_id": desk.widgets[0]["site_id"], "language": "en"}))
    unset = ("description", "tag", "skill", "ai_agent_id", "chat_agent_id", "max_wait_seconds", "site_id")
    usual: Row = dict.fromkeys((*unset, "page_pattern", "language"))
    usual |= {"priority": 0, "strategy": "LEAST_BUSY", "is_active": True}
    for i, (kind, given) in enumerate(rules):
        person = {"chat_agent_id": desk.people[-1]["id"]} if kind == "person" else {}
        desk.rules[kind] = world.add(
            "chat.chat_routing_rules",
            dice,
            desk.opened - HOUR + i * MINUTE,
            business_id=desk.row["id"],
            position=i + 1,
            is_during_opening_hours=False if kind == "night" else None,
            created_by_id=desk.crew.manager(dice),
            **usual | given | person,
        )


def _response(world: World, dice: Dice, desk: Desk, given: dict[str, Any]) -> None:
    desk.responses[given["shortcut"]] = world.add(
        "chat.canned_responses",
        dice,
        desk.opened - dice.wait(MINUTE, 20 * HOUR),
        business_id=desk.row["id"],
        chat_agent_id=None,
        is_active=given.get("is_active", True),
        created_by_id=desk.crew.manager(dice),
        **{key: given[key] for key in ("shortcut", "title", "category", "content")},
    )


def _own_response(world: World, dice: Dice, desk: Desk) -> None:
    """What one person at the desk prepared for themselves."""
    person = desk.people[0]
    world.add(
        "chat.canned_responses",
        dice,
        person["created_at"] + 2 * DAY,
        business_id=desk.row["id"],
        chat_agent_id=person["id"],
        is_active=True,
        created_by_id=person["user_id"],
        shortcut=f"back-{person['name'].lower()}",
        title="I am back",
        category="Greetings",
        content=f"I am back, thanks for waiting. {person['name']}",
    )


def _visitor(world: World, dice: Dice, data: dict[str, Any], desk: Desk, i: int) -> None:
    """Somebody who came several times; of the first few of a desk the last visit is now."""
    last = world.now - HOUR
    first = max(dice.between(desk.opened, last - DAY), dice.between(desk.opened, last - 2 * DAY))
    seen = world.now if i < 3 else dice.between(first + 3 * HOUR, last)
    customer = dice.pick(desk.known) if desk.known and dice.chance(45) else None
    country, town, zone = dice.pick(data["places"][desk.row["currency"]])
    agreed = dice.chance(70)
    visits, words = dice.number(1, 14), data["words"]
    desk.visitors.append(
        world.add(
            "chat.visitors",
            dice,
            first,
            business_id=desk.row["id"],
            customer_id=customer["id"] if customer and "business_id" in customer else None,
            key=f"v{dice.number(16**15, 16**16):x}",
            fingerprints=[f"{dice.number(16**15, 16**16):x}"] if agreed else [],
            name=f"{customer['first_name']} {customer['last_name']}" if customer else None,
            email=customer["email"] if customer else None,
            phone=customer.get("phone") if customer and dice.chance(30) else None,
            language="en",
            time_zone=zone,
            country=country,
            city=town,
            consented_to=["necessary", "analytics"] if agreed else ["necessary"],
            consented_at=first + 5 * SECOND if agreed else None,
            first_seen_at=first,
            last_seen_at=seen,
            first_referrer=dice.pick(words["referrers"]) if dice.chance(70) else None,
            visit_count=visits,
            page_view_count=visits * dice.number(1, 6),
            tags=[dice.pick(words["tags"])] if dice.chance(12) else [],
            notes=dice.pick(words["notes"]) if dice.chance(5) else None,
            blocked_at=None,
            blocked_reason=None,
            updated_at=seen,
        )
    )


def _stats(world: World, dice: Dice, office: Office) -> Iterator[None]:
    """The figures of every day and site, as the worker counts them at night."""
    put = world.bulk("chat.chat_daily_stats", *STAT)
    for i, ((business, site, day), sums) in enumerate(sorted(office.days.items(), key=lambda item: str(item[0]))):
        midnight = datetime(day.year, day.month, day.day, tzinfo=world.now.tzinfo) + DAY
        at = min(midnight + 10 * MINUTE, world.now)
        put((dice.id_at(at), at, at, business, site, day, *sums))
        if i % 500 == 0:
            yield
