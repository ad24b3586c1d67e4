"""How the shops of the sample data answer their customers: tickets, messages, notifications and documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.helpdesk import Assigned, Desk, Put
from app.seed.sendings import make_messages, make_notices, make_papers
from app.seed.world import Dice, Row, Sale, World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TICKETS, CONTACTS = 110, 160
DUE = {"URGENT": (1, 8), "HIGH": (4, 24), "NORMAL": (8, 48), "LOW": (24, 96)}
"""Within how many hours the first answer and the solution are promised."""
WAITS = {"CUSTOMER": (HOUR, 20 * HOUR), "STAFF": (20 * MINUTE, 7 * HOUR), "AGENT": (MINUTE, 4 * MINUTE)}
"""How long it takes those who write in tickets to do so."""
WAITING = {0: "NOTE", 10: "CUSTOMER", 20: "STAFF", 30: "NOBODY"}
"""After whose line some tickets rest for days; NOBODY has answered yet."""
RECENT = (10 * MINUTE, 40 * MINUTE, 3 * HOUR, 9 * HOUR, 26 * HOUR, 50 * HOUR, 4 * DAY, 6 * DAY)
CHANNELS = ("EMAIL", "EMAIL", "EMAIL", "WEB", "WEB", "CHAT", "PHONE", "SOCIAL", "MARKETPLACE")

TICKET = (
    *("id", "created_at", "updated_at", "business_id", "customer_id", "assignee_id", "agent_id", "order_id"),
    *("product_id", "number", "subject", "description", "requester_name", "requester_email", "category", "channel"),
    *("priority", "status", "tags", "first_response_due_at", "first_responded_at", "resolution_due_at"),
    *("resolved_at", "closed_at", "reopened_count", "satisfaction_rating", "satisfaction_comment"),
    "chat_session_id",
)
LETTER = (
    *("id", "created_at", "updated_at", "ticket_id", "author_type", "user_id", "customer_id", "agent_id"),
    *("content", "is_internal", "channel"),
)
CONTACT = (
    *("id", "customer_id", "agent_id", "user_id", "order_id", "ticket_id", "type", "channel", "direction", "content"),
    *("sentiment_score", "outcome", "duration_seconds", "occurred_at", "created_at"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A customer with something to ask."""

    at: datetime
    business: Row
    customer: Row | None
    sale: Sale | None
    person: Row | None = None
    """Who asks, where it is no customer."""
    chat: Row | None = None
    """The chat that nobody was there to answer."""
    waits: str | None = None
    """Since whose line it waits, as in WAITING."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What was written in a ticket, and how far it came."""

    id: UUID
    number: str
    given: dict[str, Any]
    letters: list[tuple[str, datetime, str]]
    answered: list[datetime]
    """When the shop wrote."""
    status: str
    channel: str
    assignee: UUID | None
    agent: UUID | None
    resolved: datetime | None
    closed: datetime | None

    @property
    def is_handled(self) -> bool:
        """Whether a person deals with it."""
        return self.status != "NEW" and self.assignee is not None


def make_support(world: World) -> Iterator[None]:
    """Tickets with their letters, what is sent to customers and staff, and the papers for orders."""
    desk = Desk.of(world)
    _templates(desk)
    yield
    put_ticket = world.bulk("support.support_tickets", *TICKET)
    put_letter = world.bulk("support.ticket_messages", *LETTER)
    put_contact = world.bulk("customers.customer_interactions", *CONTACT)
    for i, case in enumerate(_cases(desk)):
        _ticket(desk, case, put_ticket, put_letter, put_contact)
        if i % 200 == 0:
            yield
    yield from _contacts(desk, put_contact)
    yield from make_notices(desk)
    yield from make_messages(desk)
    yield from make_papers(desk)


def _templates(desk: Desk) -> None:
    """Every shop has all texts and forms."""
    shops = {customer["business_id"] for customer in desk.customers.values()}
    for business in (row for key, row in desk.businesses.items() if key in shops):
        at = max(business["created_at"], desk.world.start) + desk.dice.wait(DAY, 20 * DAY)
        own = {"business_id": business["id"], "created_by_id": desk.people[business["id"]].manager(desk.dice)}
        for given in desk.data["template"]:
            row = desk.world.add("support.notification_templates", desk.dice, at, **own, **{"subject": None, **given})
            desk.templates[business["id"], given["key"], given["channel"]] = row
        for given in desk.data["form"]:
            row = desk.world.add("support.document_templates", desk.dice, at, **own, **given, is_default=True)
            desk.forms[business["id"], given["type"]] = row


def _cases(desk: Desk) -> list[Case]:
    """Who asks for something, in the order of time: most some days after an order, some just now."""
    world, dice, now = desk.world, desk.dice, desk.world.now
    market = next(row for row in desk.businesses.values() if row["slug"] == "azora")
    users = [user for user in world.kept["identity.users"] if not user.get("is_superuser")]
    late = [sale for sale in desk.sales if now - 30 * DAY < sale.at < now - 7 * DAY] or desk.sales
    cases = []
    for i in range(world.times(TICKETS)):
        if i % 11 == 5:
            person = dice.pick(users)
            at = dice.between(max(person["created_at"], world.start + 2 * DAY), now)
            cases.append(Case(at, market, None, None, person))
            continue
        sale = dice.pick(late if i % 5 == 0 else desk.sales)
        waits = WAITING.get(i % 35)
        if i % 5 == 0:
            ago = dice.number(6, 7) * DAY if waits and waits != "NOBODY" else dice.pick(RECENT) * dice.wobble(0.3)
            at = _exact(now - ago)
        else:
            at = sale.at + dice.wait(DAY, 14 * DAY)
        if not sale.at < at < now:
            at = dice.between(sale.at, now)
        customer = desk.customers[sale.customer_id]
        cases.append(Case(at, desk.businesses[sale.business_id], customer, sale, waits=waits))
    cases += [_night_case(desk, chat) for chat in world.kept.get("chat.chat_sessions", ())]
    return sorted(cases, key=lambda case: case.at)


def _night_case(desk: Desk, chat: Row) -> Case:
    """What a chat left behind, by the customer if the visitor was one already."""
    at, customer = _exact(chat["ended_at"]), desk.customers.get(chat["customer_id"])
    known = customer if customer and customer["created_at"] < at else None
    return Case(at, desk.businesses[chat["business_id"]], known, None, chat=chat)


def _exact(at: datetime) -> datetime:
    """`at` to the millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _ticket(desk: Desk, case: Case, put: Put, put_letter: Put, put_contact: Put) -> None:
    """A ticket as far as it has come by now, with its letters and the contact it is."""
    thread = _thread(desk, case)
    words = _words(desk, case)
    put(_ticket_row(desk, case, thread, words))
    customer_id = case.customer["id"] if case.customer else None
    for who, at, text in thread.letters:
        author = "STAFF" if who == "NOTE" else who
        put_letter(
            (
                *(desk.dice.id_at(at), at, at, thread.id, author, thread.assignee if author == "STAFF" else None),
                *(customer_id if who == "CUSTOMER" else None, thread.agent if who == "AGENT" else None),
                *(text.format(**words), who == "NOTE", thread.channel),
            )
        )
    if thread.is_handled and thread.assignee and len(desk.assigned) < 5000:
        subject = thread.given["subject"].format(**words)
        desk.assigned.append(
            Assigned(thread.id, thread.number, subject, case.business["id"], thread.assignee, thread.answered[0])
        )
    if customer_id and thread.channel != "WEB":
        put_contact(_ticket_contact(desk.dice, case, thread, customer_id, words))


def _thread(desk: Desk, case: Case) -> Thread:
    """Who wrote what, and how it ended if it did."""
    dice, now, crew = desk.dice, desk.world.now, desk.people[case.business["id"]]
    given: dict[str, Any] = (
        _asked(desk, case.chat) if case.chat else dice.pick([g for g in desk.data["case"] if _fits(g, case)])
    )
    agent = crew.agent(dice, "support", "customer", "sales")
    talk = given["talk"]
    if case.waits:
        talk = talk[:1] if case.waits == "NOBODY" else talk[: 2 + [who for who, _ in talk[1:]].index(case.waits)]
    letters = _letters(dice, talk, case.at, now, has_agent=agent is not None)
    answered = [at for who, at, _ in letters if who in ("STAFF", "AGENT")]
    resolved = letters[-1][1] + dice.wait(10 * MINUTE, 5 * HOUR)
    closed = resolved + dice.wait(3 * DAY, 5 * DAY)
    if len(letters) == len(talk) and resolved <= now and not case.waits:
        status = "CLOSED" if closed <= now else "RESOLVED"
    else:
        status = {"CUSTOMER": "OPEN", "NOTE": "ON_HOLD"}.get(letters[-1][0], "PENDING") if answered else "NEW"
    return Thread(
        dice.id_at(case.at),
        f"T-{10_000 + desk.next('ticket', case.business)}",
        given,
        letters,
        answered,
        status,
        "CHAT" if case.chat else dice.pick(CHANNELS),
        crew.clerk(dice),
        agent,
        resolved if status in ("RESOLVED", "CLOSED") else None,
        closed if status == "CLOSED" else None,
    )


def _ticket_row(desk: Desk, case: Case, thread: Thread, words: dict[str, str]) -> tuple[Any, ...]:
    dice, given, person = desk.dice, thread.given, case.person
    first_due, due = DUE[given["priority"]]
    stars = dice.pick((5, 5, 5, 4, 4, 3, 2, 1)) if thread.resolved and dice.chance(45) else None
    return (
        *(thread.id, case.at, thread.closed or thread.resolved or thread.letters[-1][1], case.business["id"]),
        *(case.customer["id"] if case.customer else None, thread.assignee if thread.is_handled else None),
        *(thread.agent if thread.answered else None, case.sale.id if case.sale else None),
        case.sale.items[0].product_id if case.sale and "{product}" in str(given) else None,
        *(thread.number, given["subject"].format(**words), given["talk"][0][1].format(**words)),
        *((f"{person['first_name']} {person['last_name']}", person["email"]) if person else (None, None)),
        *(given["category"], thread.channel, given["priority"], thread.status, given["tags"]),
        *(case.at + first_due * HOUR, thread.answered[0] if thread.answered else None, case.at + due * HOUR),
        *(thread.resolved, thread.closed, 1 if thread.resolved and dice.chance(6) else 0),
        *(stars, (dice.pick(desk.data["reply"]["ratings"]) or None) if stars else None),
        case.chat["id"] if case.chat else None,
    )


def _ticket_contact(
    dice: Dice, case: Case, thread: Thread, customer_id: UUID, words: dict[str, str]
) -> tuple[Any, ...]:
    """The ticket as a contact with the customer."""
    kind = "COMPLAINT" if thread.given["category"] == "COMPLAINT" else "SUPPORT"
    return (
        *(dice.id_at(case.at), customer_id, None if thread.is_handled else thread.agent),
        *(thread.assignee if thread.is_handled else None, case.sale.id if case.sale else None, thread.id, kind),
        *(thread.channel, "INBOUND", thread.given["subject"].format(**words), Decimal(dice.number(-80, 60)) / 100),
        *("solved" if thread.resolved else "open", dice.number(120, 1500) if thread.channel == "PHONE" else None),
        *(case.at, case.at),
    )


def _asked(desk: Desk, chat: Row) -> dict[str, Any]:
    """What was asked in a chat as a case; the answer does for anything."""
    text, about = chat["text"].replace("{", "{{").replace("}", "}}"), desk.data["chat"]["words"]
    category = next((key for key, words in about.items() if any(word in text.lower() for word in words)), "OTHER")
    talk = [["CUSTOMER", text], ["STAFF", desk.dice.pick(desk.data["chat"]["answers"])]]
    return {"subject": chat["subject"] or "Question from the chat", "category": category} | {
        "priority": "NORMAL",
        "tags": ["chat", "after-hours"],
        "talk": talk,
    }


def _fits(given: dict[str, Any], case: Case) -> bool:
    """Whether what is asked can be asked there, and waits for somebody if it is to."""
    if case.waits not in (None, "NOBODY", *(who for who, _ in given["talk"][1:])):
        return False
    if given.get("is_physical" if case.business["slug"] in ("agentshop", "azora") else "is_digital"):
        return False
    return case.sale is not None or not any(word in str(given) for word in ("{order}", "{product}", "{total}"))


def _words(desk: Desk, case: Case) -> dict[str, str]:
    """What is put into the texts."""
    who, sale = case.customer or case.person or {}, case.sale
    words = {"first": who.get("first_name") or "there", "business": case.business["name"]}
    if sale:
        words["product"] = desk.products[sale.items[0].product_id]["name"]
        words |= {"order": sale.number, "total": f"{sale.currency} {sale.total:,.2f}"}
    return words


def _letters(
    dice: Dice, talk: list[list[str]], at: datetime, now: datetime, *, has_agent: bool
) -> list[tuple[str, datetime, str]]:
    """Who wrote what when, as far as it is written by now."""
    letters: list[tuple[str, datetime, str]] = []
    for speaker, text in talk:
        who = "STAFF" if speaker == "AGENT" and not has_agent else speaker
        if letters:
            low, high = WAITS.get(who, WAITS["STAFF"])
            at += dice.wait(low, high) * (4 if dice.chance(10) else 1)
        if at >= now:
            break
        letters.append((who, at, text))
    return letters


def _contacts(desk: Desk, put: Put) -> Iterator[None]:
    """Calls, visits and letters that are no tickets."""
    dice, now = desk.dice, desk.world.now
    kinds, customers = desk.data["contact"]["kinds"], list(desk.customers.values())
    for i in range(desk.world.times(CONTACTS)):
        customer, (kind, channel, direction, text, outcome, mood) = dice.pick(customers), dice.pick(kinds)
        crew, at = desk.people[customer["business_id"]], dice.between(customer["created_at"], now)
        by_agent = channel in ("EMAIL", "SMS", "WEB") and crew.agents and dice.chance(60)
        put(
            (
                *(dice.id_at(at), customer["id"], crew.agent(dice, "customer", "marketing") if by_agent else None),
                *(None if by_agent else crew.clerk(dice), None, None, kind, channel, direction, text),
                *(Decimal(max(-100, min(100, mood + dice.number(-10, 10)))) / 100, outcome),
                *(dice.number(60, 1200) if channel in ("PHONE", "STORE") else None, at, at),
            )
        )
        if i % 500 == 0:
            yield
