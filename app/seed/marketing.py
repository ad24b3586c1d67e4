"""The marketing of the sample data: who is on which list, campaigns of three years, and what was made for them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.crew import Crew, crews
from app.seed.world import Dice, Row, World, table_of

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STRANGERS = 130
"""Subscribers at the small scale who never bought."""
LETTERS = {"EMAIL": (2, 5), "SMS": (1, 2)}
"""How often a campaign writes to each of its readers."""
SHOWN = {"SOCIAL": (900, 9000), "ADS": (9000, 80_000)}
"""How often other campaigns are shown."""
OPENED = {"EMAIL": (22, 48), "SMS": (70, 95), "SOCIAL": (20, 60), "ADS": (30, 80)}
"""In per cent of what went out."""
CHANNELS = {"EMAIL": "email", "SMS": "sms", "POST": "instagram", "VIDEO": "youtube", "AD_TEXT": "search"}
FATES = (
    ("SUBSCRIBED",) * 7 + ("UNSUBSCRIBED",) + ("SUBSCRIBED",) * 6 + ("PENDING", "SUBSCRIBED", "COMPLAINED", "BOUNCED")
)
"""What became of subscriptions, one after the other."""
UNMADE = ("DRAFT", "IN_REVIEW", "APPROVED", "APPROVED")
"""How far content is before its campaign begins."""
SUBSCRIBER = (
    *("id", "created_at", "updated_at", "list_id", "customer_id", "email", "first_name", "status", "source"),
    *("consent_text", "bounce_count", "subscribed_at", "confirmed_at", "unsubscribed_at"),
)


Put = Callable[[tuple[Any, ...]], None]


class Person(NamedTuple):
    """Somebody who subscribes: since when that can be, and which customer it is, if one."""

    since: datetime
    email: str
    first_name: str
    customer_id: UUID | None


@dataclass(slots=True)
class Bureau:
    """A business whose marketing is being done."""

    world: World
    dice: Dice
    data: Any
    given: dict[str, Any]
    row: Row
    crew: Crew
    customers: list[Row]
    segments: dict[str, Row]
    products: list[Row]
    lists: list[Row] = field(default_factory=list)
    joined: dict[UUID, list[datetime]] = field(default_factory=dict)
    """When people came to each list."""
    count: int = 0
    """How many pieces of content were begun for what has not begun yet."""

    @property
    def opened(self) -> datetime:
        """Since when it tells people anything."""
        made: datetime = self.row["created_at"]
        return max(made, self.world.start) + 10 * DAY


def make_marketing(world: World) -> Iterator[None]:
    """Lists with their subscribers, campaigns and content of nine businesses."""
    dice, data, people = world.dice("marketing"), table_of("marketing"), crews(world)
    businesses = {business["slug"]: business for business in world.kept["business.businesses"]}
    for position, given in enumerate(data["business"]):
        row = businesses[given["slug"]]
        bureau = Bureau(
            world,
            dice,
            data,
            given,
            row,
            people[row["id"]],
            _own(world, "customers.customers", row),
            {segment["name"]: segment for segment in _own(world, "customers.customer_segments", row)},
            [product for product in _own(world, "catalog.products", row) if product["status"] == "ACTIVE"],
        )
        for i, one in enumerate(data["list"][given["lists"]]):
            _list(bureau, i, *one)
            yield
            yield from _subscribers(bureau, bureau.lists[-1], one[2])
        for kind in given["campaigns"]:
            for one in data["campaign"][kind]:
                yield from _campaigns(bureau, one)
        for one in (data["standing"] * 2)[position % 5 : position % 5 + 3]:
            _standing(bureau, one)
        about = f"{row['name']} sells since {bureau.opened:%B %Y}: what there is, who works here, and how to reach us."
        _page(bureau, f"About {row['name']}", about)
        yield


def _own(world: World, table: str, business: Row) -> list[Row]:
    return [row for row in world.kept.get(table, ()) if row["business_id"] == business["id"]]


def _list(
    bureau: Bureau, position: int, name: str, kind: str, takes: str, confirmed: bool, segment: str, text: str
) -> None:
    at = bureau.opened + position * 20 * DAY + bureau.dice.wait(HOUR, 9 * DAY)
    followed = bureau.segments.get(segment)
    if followed:
        at = max(at, followed["created_at"] + HOUR)
    row = bureau.world.add(
        "marketing.email_lists",
        bureau.dice,
        at,
        business_id=bureau.row["id"],
        segment_id=followed["id"] if followed else None,
        name=name,
        description=text,
        type=kind,
        criteria=followed["criteria"] if followed else {"accepts_email_marketing": True} if takes == "mail" else None,
        is_active=True,
        is_double_opt_in=confirmed,
    )
    bureau.lists.append(row)


def _subscribers(bureau: Bureau, row: Row, takes: str) -> Iterator[None]:
    """Customers who fit, and people who never bought; a few leave again, a few cannot be reached."""
    world, dice = bureau.world, bureau.dice
    put = world.bulk("marketing.email_subscribers", *SUBSCRIBER)
    people = [_customer(one) for one in bureau.customers if _fits(takes, one, dice)]
    if takes in ("reader", "anybody"):
        count = world.times(STRANGERS) // 11 * (1 if takes == "reader" else 2)
        people += [_stranger(bureau, i) for i in range(count)]
    joined = bureau.joined[row["id"]] = []
    for i, person in enumerate(people):
        at = dice.between(max(person.since, row["created_at"]), world.now - 2 * HOUR)
        status = _subscribe(bureau, put, row, person, at, FATES[(i + len(bureau.joined) * 5) % len(FATES)])
        if status == "SUBSCRIBED":
            joined.append(at)
        if i % 500 == 0:
            yield
    joined.sort()
    yield


def _fits(takes: str, customer: Row, dice: Dice) -> bool:
    agreed = customer["accepts_email_marketing"] and customer["is_active"]
    match takes:
        case "reader":
            return bool(agreed and customer["accepts_newsletter"])
        case "vip":
            return bool(agreed and customer["is_vip"])
        case "mail":
            return bool(agreed) and dice.chance(45)
        case _:
            return False


def _customer(row: Row) -> Person:
    return Person(row["created_at"], row["email"], row["first_name"], row["id"])


def _stranger(bureau: Bureau, i: int) -> Person:
    words, dice = bureau.data["words"], bureau.dice
    first = dice.pick(words["first"])
    email = f"{first.lower()}.{dice.pick(words['last'])}{101 + i}@{dice.pick(words['hosts'])}.example"
    return Person(bureau.opened, email, first, None)


def _subscribe(bureau: Bureau, put: Put, row: Row, person: Person, at: datetime, status: str) -> str:
    """Somebody on a list, in the state it came to; nobody who did not confirm is written to."""
    dice, words, now = bureau.dice, bureau.data["words"], bureau.world.now
    if now - at < 3 * DAY:
        status = "PENDING" if row["is_double_opt_in"] else "SUBSCRIBED"
    confirmed = None if status == "PENDING" else at
    if confirmed and row["is_double_opt_in"]:
        confirmed = at + dice.wait(MINUTE, 40 * HOUR)
    changed = confirmed or at
    left = dice.between(changed, now) if status == "UNSUBSCRIBED" else None
    if status in ("BOUNCED", "COMPLAINED"):
        changed = dice.between(changed, now)
    bounces = 3 if status == "BOUNCED" else int(dice.chance(4))
    put(
        (
            *(dice.id_at(at), at, left or changed, row["id"], person.customer_id, person.email, person.first_name),
            *(status, dice.pick(words["sources"]) if person.customer_id else "footer form"),
            *(dice.pick(words["consent"]), bounces, at, confirmed, left),
        )
    )
    return status


def _campaigns(bureau: Bureau, given: dict[str, Any]) -> Iterator[None]:
    """One for each year, and the next one if it is planned already."""
    now, (month, day) = bureau.world.now, given["starts"]
    for year in range(bureau.opened.year, now.year + 2):
        starts = datetime(year, month, day, tzinfo=UTC)
        if bureau.opened + 60 * DAY < starts < now + 120 * DAY:
            ends = starts + (given["days"] - 1) * DAY
            _campaign(bureau, given, starts, ends, f"{given['name']} {year}")
            yield


def _status(dice: Dice, starts: datetime, ends: datetime, now: datetime) -> str:
    if now < starts:
        return "DRAFT" if starts - now > 60 * DAY else "SCHEDULED"
    if now < ends + DAY:
        return "ACTIVE"
    return "CANCELLED" if dice.chance(6) else "COMPLETED"


def _standing(bureau: Bureau, given: dict[str, Any]) -> None:
    """A campaign that goes by no season: under way, put off, or given up."""
    starts = (bureau.world.now + (given["starts"] + bureau.dice.number(0, 6)) * DAY).replace(hour=0, minute=0)
    _campaign(bureau, given, starts, starts + given["days"] * DAY, given["name"], given["status"])


def _campaign(
    bureau: Bureau, given: dict[str, Any], starts: datetime, ends: datetime, name: str, status: str | None = None
) -> None:
    world, dice, now = bureau.world, bureau.dice, bureau.world.now
    status = status or _status(dice, starts, ends, now)
    made = max(min(starts, now) - dice.wait(12 * DAY, 40 * DAY), bureau.opened)
    segment = bureau.segments.get(given["segment"])
    letters = _letters(bureau, made) if given["type"] == "EMAIL" else None
    budget = Decimal(round(bureau.given["budget"] * given["part"] * (1 + 0.05 * (starts.year - now.year)) / 10) * 10)
    changed = dice.between(made, min(starts, now)) if status == "CANCELLED" else min(ends + DAY, now)
    row = world.add(
        "marketing.campaigns",
        dice,
        made,
        business_id=bureau.row["id"],
        owner_agent_id=bureau.crew.agent(dice, "marketing", "ad-buyer", "sales"),
        target_segment_id=segment["id"] if segment and segment["created_at"] <= made else None,
        email_list_id=letters["id"] if letters else None,
        name=name,
        type=given["type"],
        status=status,
        objective=given["objective"],
        budget=budget,
        currency=bureau.row["currency"],
        starts_on=None if status == "DRAFT" else starts.date(),
        ends_on=None if status == "DRAFT" else ends.date(),
        created_by_id=bureau.crew.manager(dice),
        updated_at=changed if starts < now else made,
        **_success(bureau, given["type"], letters, status, starts, ends, budget),
    )
    for i, content in enumerate(given["content"]):
        _content(bureau, row, i, starts, *content)


def _letters(bureau: Bureau, at: datetime) -> Row | None:
    """The list that a campaign writes to: that of the newsletter, once there is one."""
    fit = [row for row in bureau.lists if row["created_at"] <= at and row["type"] != "TRANSACTIONAL"]
    return fit[0] if fit else None


def _success(
    bureau: Bureau, kind: str, letters: Row | None, status: str, starts: datetime, ends: datetime, budget: Decimal
) -> dict[str, Any]:
    """What a campaign cost and brought so far; less of each step than of the one before."""
    dice, now = bureau.dice, bureau.world.now
    if status not in ("ACTIVE", "PAUSED", "COMPLETED"):
        return {"spent_amount": Decimal(0), **dict.fromkeys(_counts(), 0)}
    done = min((now - starts) / (ends + DAY - starts), 1)
    readers = bisect_right(bureau.joined[letters["id"]], starts) if letters else dice.number(8, 40)
    sent = readers * dice.number(*LETTERS[kind]) if kind in LETTERS else int(dice.number(*SHOWN[kind]) * done)
    opened = sent * dice.number(*OPENED[kind]) // 100
    clicked = opened * dice.number(8, 28) // 100
    spent = (budget * dice.number(78, 103) / 100 * Decimal(done)).quantize(Decimal("0.01"))
    return {"spent_amount": spent, **dict(zip(_counts(), (sent, opened, clicked, clicked // 7), strict=True))}


def _counts() -> tuple[str, ...]:
    return "sent_count", "opened_count", "clicked_count", "converted_count"


def _content(bureau: Bureau, campaign: Row, position: int, starts: datetime, kind: str, title: str, body: str) -> None:
    """A piece made for a campaign; published on its days, if it ever began."""
    world, dice, now = bureau.world, bureau.dice, bureau.world.now
    at = campaign["created_at"] + (position + 1) * DAY + dice.wait(HOUR, 9 * HOUR)
    shown = starts + position * 2 * DAY + 9 * HOUR
    is_out = campaign["status"] in ("ACTIVE", "PAUSED", "COMPLETED") and shown < now
    bureau.count += not is_out
    unmade = "ARCHIVED" if campaign["status"] == "CANCELLED" else UNMADE[bureau.count % len(UNMADE)]
    status = "PUBLISHED" if is_out else unmade
    known = [product for product in bureau.products if product["created_at"] < at]
    item = dice.pick(known) if known and ("{item}" in title or "{item}" in body) else None
    name = item["name"] if item else "the new range"
    is_seen = kind in ("IMAGE", "VIDEO", "POST")
    world.add(
        "marketing.content_items",
        dice,
        at,
        business_id=bureau.row["id"],
        campaign_id=campaign["id"],
        created_by_agent_id=bureau.crew.agent(dice, "copywriter", "marketing", "guide") if dice.chance(70) else None,
        product_id=item["id"] if item else None,
        type=kind,
        title=title.format(item=name),
        body=body.format(item=name),
        media_url=f"https://cdn.{bureau.row['slug']}.example/media/{campaign['id'].hex[-8:]}-{position + 1}"
        if is_seen
        else None,
        language="en",
        metadata={"words": len(body.split()), "reviewed": status != "DRAFT"},
        status=status,
        performance_metrics=_views(dice, kind, campaign) if is_out else {},
        published_at=shown if is_out else None,
        created_by_id=bureau.crew.clerk(dice),
        updated_at=min(shown + DAY, now) if is_out else at,
    )


def _views(dice: Dice, kind: str, campaign: Row) -> dict[str, Any]:
    """What came of a piece, where it was shown."""
    views = campaign["opened_count"] * dice.number(30, 90) // 100
    clicks = min(campaign["clicked_count"], views) * dice.number(30, 90) // 100
    return {CHANNELS.get(kind, "website"): {"views": views, "clicks": clicks, "shares": clicks // 6}}


def _page(bureau: Bureau, title: str, body: str) -> None:
    """A text that belongs to no campaign."""
    at = bureau.opened + DAY
    bureau.world.add(
        "marketing.content_items",
        bureau.dice,
        at,
        business_id=bureau.row["id"],
        campaign_id=None,
        created_by_agent_id=None,
        product_id=None,
        type="LANDING_PAGE",
        title=title,
        body=body,
        media_url=None,
        language="en",
        metadata={"words": len(body.split()), "reviewed": True},
        status="PUBLISHED",
        performance_metrics={"website": {"views": bureau.dice.number(400, 9000), "clicks": 0, "shares": 0}},
        published_at=at + HOUR,
        created_by_id=bureau.crew.manager(bureau.dice),
        updated_at=at + HOUR,
    )
