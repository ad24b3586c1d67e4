"""What the shops of the sample data send: notifications, messages to customers, and papers for orders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.seed.helpdesk import Desk
from app.seed.world import Row, Sale

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
MESSAGES, NOTICES, PAPERS = 160, 110, 80
KINDS = (
    ("order.confirmed", "EMAIL"),
    ("order.shipped", "EMAIL"),
    ("order.shipped", "SMS"),
    ("newsletter.monthly", "EMAIL"),
    ("order.ready", "PUSH"),
)
FATES = (
    ("OPENED",) * 9 + ("CLICKED",) * 5 + ("DELIVERED",) * 9 + ("SENT", "BOUNCED", "FAILED", "COMPLAINED", "CANCELLED")
)
REACHED = {"SENT": 1, "BOUNCED": 1, "DELIVERED": 2, "COMPLAINED": 3, "OPENED": 3, "CLICKED": 4}
"""How many of the times of a message are known by its state."""
STEPS = ((1, 9), (2, 60), (300, 90_000), (5, 400))
"""After how many seconds a message is sent, delivered, opened and clicked."""
ERRORS = {"BOUNCED": "550 mailbox unavailable", "FAILED": "The provider did not answer three times."}
PROVIDERS = {"EMAIL": "postmark", "SMS": "twilio", "PUSH": "firebase"}
COSTS = {"EMAIL": Decimal("0.0012"), "SMS": Decimal("0.061"), "PUSH": Decimal(0)}
PREFIXES = {"INVOICE": "INV", "PACKING_SLIP": "PS", "SHIPPING_LABEL": "LBL", "CREDIT_NOTE": "CN"}
PAPER_KINDS = ("INVOICE", "INVOICE", "INVOICE", "PACKING_SLIP", "SHIPPING_LABEL")

NOTICE = (
    *("id", "created_at", "updated_at", "user_id", "business_id", "template_id", "type", "channel", "title", "body"),
    *("url", "entity_type", "entity_id", "status", "scheduled_at", "sent_at", "read_at", "expires_at", "error"),
)
MESSAGE = (
    *("id", "created_at", "updated_at", "business_id", "customer_id", "template_id", "order_id", "channel"),
    *("recipient", "sender", "subject", "body", "status", "provider", "provider_message_id", "provider_data"),
    *("attempt_count", "error", "cost", "currency", "scheduled_at", "sent_at", "delivered_at", "opened_at"),
    "clicked_at",
)
PAPER = (
    *("id", "created_at", "updated_at", "business_id", "template_id", "customer_id", "order_id", "type", "number"),
    *("title", "status", "format", "data", "url", "byte_size", "checksum", "generated_at", "sent_at", "error"),
)


def make_notices(desk: Desk) -> Iterator[None]:
    """What people are told: of their tickets, of their shops, and of their accounts."""
    world, dice, now = desk.world, desk.dice, desk.world.now
    put = world.bulk("support.notifications", *NOTICE)
    members, users = world.kept["identity.memberships"], world.kept["identity.users"]
    for i in range(world.times(NOTICES)):
        if i % 3 == 0 and desk.assigned:
            put(_ticket_notice(desk))
        else:
            given = dice.pick(desk.data["notice"])
            reader = dice.pick(members if given["staff"] else users)
            since = max(world.start, reader["created_at"])
            at = dice.between(max(since, now - 90 * DAY) if dice.chance(60) else since, now)
            whose = (reader["user_id"], reader["business_id"]) if given["staff"] else (reader["id"], None)
            texts = (given["title"], given["body"], given["url"], None, None)
            put(_notice(desk, at, (*whose, None, given["type"], given["channel"], *texts)))
        if i % 500 == 0:
            yield


def _ticket_notice(desk: Desk) -> tuple[Any, ...]:
    ticket = desk.dice.pick(desk.assigned)
    template = desk.templates.get((ticket.business_id, "ticket.assigned", "IN_APP"))
    about = (ticket.user_id, ticket.business_id, template["id"] if template else None, "MESSAGE", "IN_APP")
    texts = (f"Ticket {ticket.number} is yours", ticket.subject, f"/tickets/{ticket.number}")
    return _notice(desk, ticket.at, (*about, *texts, "SupportTicket", ticket.id))


def _notice(desk: Desk, at: datetime, about: tuple[Any, ...]) -> tuple[Any, ...]:
    """A notification: sent at once, read soon or never; a few still wait."""
    dice, now = desk.dice, desk.world.now
    fate = dice.number(1, 100)
    if fate > 95:
        at = now - dice.wait(MINUTE, DAY)
        return (dice.id_at(at), at, at, *about, "QUEUED", now + dice.wait(HOUR, 5 * DAY), None, None, None, None)
    ends, sent = at + 60 * DAY, at + SECOND * dice.number(1, 40)
    if fate > 92 or sent > now:
        error = "The device is no longer registered."
        return (dice.id_at(at), at, at, *about, "FAILED", at, None, None, ends, error)
    read = sent + dice.wait(MINUTE, 3 * DAY)
    if fate <= 62 and read < now:
        return (dice.id_at(at), at, read, *about, "READ", at, sent, read, ends, None)
    return (dice.id_at(at), at, sent, *about, "EXPIRED" if ends < now else "SENT", at, sent, None, ends, None)


def make_messages(desk: Desk) -> Iterator[None]:
    """Confirmations, shipping notes and letters, with what became of them."""
    world, dice, now = desk.world, desk.dice, desk.world.now
    put = world.bulk("support.outbound_messages", *MESSAGE)
    for i in range(world.times(MESSAGES)):
        sale, kind = dice.pick(desk.sales), dice.pick(KINDS)
        is_letter = kind[0] == "newsletter.monthly"
        at = sale.at + (dice.wait(6 * HOUR, 3 * DAY) if kind[0] != "order.confirmed" else dice.wait(SECOND, 2 * MINUTE))
        is_planned = is_letter and (i % 4 == 0 or at > now)
        if is_planned:
            at = now - dice.wait(MINUTE, DAY)
        if at < now:
            put(_message(desk, desk.customers[sale.customer_id], None if is_letter else sale, kind, at, is_planned))
        if i % 500 == 0:
            yield


def _message(
    desk: Desk, customer: Row, sale: Sale | None, kind: tuple[str, str], at: datetime, is_planned: bool
) -> tuple[Any, ...]:
    dice, business, channel = desk.dice, desk.businesses[customer["business_id"]], kind[1]
    template, key = desk.templates[business["id"], *kind], dice.id_at(at)
    words = {"first": customer["first_name"], "business": business["name"], "order": sale.number if sale else ""}
    words["total"] = f"{sale.currency} {sale.total:,.2f}" if sale else ""
    status, times = ("QUEUED", []) if is_planned else _fate(desk, channel, at)
    reader = {"EMAIL": customer["email"], "SMS": customer["phone"]}.get(channel, f"device-{key.hex[-10:]}")
    provider, went = PROVIDERS[channel], bool(times)
    return (
        *(key, at, max([at, *times]), business["id"], customer["id"], template["id"], sale.id if sale else None),
        *(channel, reader, f"hello@{business['slug']}.example" if channel == "EMAIL" else business["name"]),
        *(_filled(template["subject"], words) if template["subject"] else None, _filled(template["body"], words)),
        *(status, provider, f"{provider}-{key.hex[-16:]}" if went else None, {"event": status.lower()} if went else {}),
        *(3 if status == "FAILED" else int(went), ERRORS.get(status), COSTS[channel] if went else Decimal(0), "USD"),
        *(desk.world.now + dice.wait(HOUR, 6 * DAY) if is_planned else at, *times, *[None] * (4 - len(times))),
    )


def _fate(desk: Desk, channel: str, at: datetime) -> tuple[str, list[datetime]]:
    """How far a message came by now, and when it took each step."""
    status = desk.dice.pick(FATES)
    if channel != "EMAIL" and REACHED.get(status, 0) > 2:
        status = "DELIVERED"
    times: list[datetime] = []
    for low, high in STEPS[: REACHED.get(status, 0)]:
        at += SECOND * desk.dice.number(low, high)
        times.append(at)
    if times and times[-1] > desk.world.now:
        return "QUEUED", []
    return status, times


def _filled(text: str, words: dict[str, str]) -> str:
    """`text` with its places filled."""
    for name, word in words.items():
        text = text.replace("{{" + name + "}}", word)
    return text


def make_papers(desk: Desk) -> Iterator[None]:
    """Invoices, packing slips and labels of orders; credit notes of those that were paid back."""
    dice, now = desk.dice, desk.world.now
    put = desk.world.bulk("support.documents", *PAPER)
    wanted = desk.world.times(PAPERS)
    late = [sale for sale in desk.sales if sale.at > now - 2 * DAY][: wanted // 10]
    sales = {sale.id: sale for sale in (*late, *dice.some(desk.sales, wanted - len(late)))}
    for i, sale in enumerate(sorted(sales.values(), key=lambda sale: sale.at)):
        is_asked_now = i >= len(sales) - 1 - len(sales) // 40
        at = now - dice.wait(MINUTE, 6 * HOUR) if is_asked_now else sale.at + dice.wait(MINUTE, 2 * DAY)
        if not sale.at <= at < now:
            at = dice.between(sale.at, now)
        put(_paper(desk, sale, "CREDIT_NOTE" if sale.status == "REFUNDED" else dice.pick(PAPER_KINDS), at))
        if i % 500 == 0:
            yield


def _paper(desk: Desk, sale: Sale, kind: str, at: datetime) -> tuple[Any, ...]:
    dice, now, business = desk.dice, desk.world.now, desk.businesses[sale.business_id]
    customer, form = desk.customers[sale.customer_id], desk.forms[sale.business_id, kind]
    number, fate = f"{PREFIXES[kind]}-{desk.next(kind, business):06d}", dice.number(1, 100)
    filled = {"number": number, "order": sale.number, "customer": f"{customer['first_name']} {customer['last_name']}"}
    if kind in ("INVOICE", "CREDIT_NOTE"):
        filled |= {"total": f"{sale.total:.2f}", "currency": sale.currency}
    about = (business["id"], form["id"], customer["id"], sale.id, kind, number, f"{form['name']} for {sale.number}")
    if fate > 95 or now - at < 7 * HOUR:
        failed = now - at > DAY
        told = ("FAILED" if failed else "PENDING", form["format"], filled, None, None, None, None, None)
        return (dice.id_at(at), at, at, *about, *told, "The printer refused the paper size." if failed else None)
    made = at + SECOND * dice.number(1, 20)
    sent = made + SECOND * dice.number(5, 600) if fate < 60 else None
    status = "SENT" if sent else "VOID" if fate > 89 else "READY"
    url = f"https://papers.{business['slug']}.example/{number.lower()}.{form['format'].lower()}"
    checksum = hashlib.sha256(f"{business['slug']} {number}".encode()).hexdigest()
    file = (url, dice.number(18_000, 96_000), checksum, made)
    return (dice.id_at(at), at, sent or made, *about, status, form["format"], filled, *file, sent, None)
