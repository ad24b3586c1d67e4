"""What is learnt from visits and orders in the sample data: events, funnels, cohorts, tests and predictions."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.firms import Firm, firms_of
from app.seed.series import Figures
from app.seed.visits import STEPS, Shop, Test, make_visits
from app.seed.world import Dice, Row, Scale, World, table_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PREDICTIONS = 250
COHORTS = {Scale.SMALL: 6, Scale.MEDIUM: 24, Scale.LARGE: 35}
"""How many months back customers are followed."""
PREDICTION = (
    *("id", "created_at", "updated_at", "business_id", "model_id", "agent_id", "type", "entity_type", "entity_id"),
    *("predicted_value", "predicted_label", "unit", "confidence", "features", "explanation", "target_on"),
    *("actual_value", "actual_label", "outcome_at", "predicted_at"),
)
EXPECTED: dict[str, tuple[str, str, int, int, str]] = {
    "CHURN": ("Customer", "", 0, 0, "The time since the last order weighed most."),
    "LIFETIME_VALUE": ("Customer", "$", 40, 2400, "The number of orders weighed most."),
    "CONVERSION": ("Customer", "%", 1, 60, "The pages looked at in the last week weighed most."),
    "DEMAND": ("Product", "units", 0, 90, "The same month of the year before weighed most."),
}
"""What is predicted of what, in which unit, from what to what, and why."""

Values = tuple[Any, ...]


def make_analytics(world: World) -> Iterator[None]:
    """Visits with all that is counted from them, then cohorts and predictions."""
    dice, data, firms = world.dice("analytics"), table_of("analytics"), firms_of(world)
    custom = {given["name"]: _custom_event(world, dice, _firm(firms, given), given) for given in data["custom_event"]}
    shops = _shops(world, firms, data, custom)
    for given in data["test"]:
        firm = _firm(firms, given)
        shop = next(shop for shop in shops if shop.firm is firm)
        shop.tests.append(_test(world, dice, shop, given, custom))
    yield
    yield from make_visits(world, shops, data)
    for shop in shops:
        _funnels(world, dice, shop)
        for test in shop.tests:
            _result(world, test)
    yield
    yield from _cohorts(world, dice, firms)
    yield from _predictions(world, dice, firms)


def _firm(firms: list[Firm], given: dict[str, Any]) -> Firm:
    return next(firm for firm in firms if firm.row["slug"] == given["business"])


def _custom_event(world: World, dice: Dice, firm: Firm, given: dict[str, Any]) -> Row:
    return world.add(
        "analytics.custom_events",
        dice,
        world.start + dice.wait(40 * DAY, 50 * DAY),
        business_id=firm.key,
        **{key: given[key] for key in ("name", "title", "description", "category", "is_conversion")},
        properties={"type": "object", "properties": given["properties"]},
        created_by_id=firm.members[0]["id"],
    )


def _shops(world: World, firms: list[Firm], data: dict[str, Any], custom: dict[str, Row]) -> list[Shop]:
    """The sites that people visit, with what is seen there."""
    by_key = {firm.key: firm for firm in firms}
    products, visitors = _by_business(world, "catalog.products"), _by_business(world, "chat.visitors")
    members = {member["user_id"] for member in world.kept["identity.memberships"]}
    people = [user for user in world.kept["identity.users"] if user["id"] not in members]
    shops = []
    for site in world.kept["business.sites"]:
        if site["status"] == "LIVE" and site["type"] in ("SHOP", "MARKETPLACE"):
            firm = by_key[site["business_id"]]
            own = [
                (custom[given["name"]], given["sample"], given["chance"])
                for given in data["custom_event"]
                if given["business"] == firm.row["slug"]
            ]
            who = people if site["type"] == "MARKETPLACE" else []
            shops.append(Shop(firm, site, products[firm.key], visitors[firm.key], who, own, []))
    return shops


def _by_business(world: World, table: str) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in world.kept.get(table, ()):
        found[row["business_id"]].append(row)
    return found


def _test(world: World, dice: Dice, shop: Shop, given: dict[str, Any], custom: dict[str, Row]) -> Test:
    begins = world.now - given["from"] * DAY
    ends, status = begins + given["days"] * DAY, given["status"]
    keys = [chr(ord("a") + i) for i in range(len(given["variants"]))]
    at = begins - dice.wait(2 * DAY, 9 * DAY)
    over = status in ("COMPLETED", "CANCELLED")
    row = world.add(
        "analytics.ab_tests",
        dice,
        at,
        business_id=shop.firm.key,
        site_id=shop.site["id"],
        goal_event_id=custom[given["goal"]]["id"] if "goal" in given else None,
        goal_metric_id=shop.firm.definitions["revenue"]["id"],
        **{key: given[key] for key in ("slug", "name", "hypothesis", "status")},
        variants=_variants(keys, given["variants"], Counter(), Counter()),
        minimum_sample_size=world.times(8),
        started_at=None if status == "DRAFT" else begins,
        ended_at=ends if over else None,
        created_by_id=shop.firm.members[0]["id"],
        updated_at=ends if over else at if status == "DRAFT" else begins,
    )
    return Test(row, begins, ends, keys, given["variants"], given.get("goal", "checkout_started"))


def _variants(keys: list[str], names: list[str], visitors: Counter[str], done: Counter[str]) -> list[dict[str, Any]]:
    return [
        {"key": key, "name": name, "weight": 1, "visitors": visitors[key], "conversions": done[key]}
        for key, name in zip(keys, names, strict=True)
    ]


def _result(world: World, test: Test) -> None:
    """What came of a test, if it ended as it should: the variant that led most visitors to the goal won."""
    values: Row = {"variants": _variants(test.keys, test.names, test.visitors, test.conversions)}
    if test.row["status"] == "COMPLETED":
        rates = {key: test.conversions[key] / max(test.visitors[key], 1) for key in test.keys}
        values["winner"] = max(test.keys, key=lambda key: rates[key])
        values["confidence"] = _confidence(test, values["winner"])
    world.set("analytics.ab_tests", test.row["id"], **values)


def _confidence(test: Test, winner: str) -> Decimal:
    """How sure it is, in per cent, that the winner is better than all others together."""
    n, m = test.visitors[winner], test.visitors.total() - test.visitors[winner]
    won, lost = test.conversions[winner], test.conversions.total() - test.conversions[winner]
    spread = math.sqrt(
        ((won + lost) / max(n + m, 1)) * (1 - (won + lost) / max(n + m, 1)) * (1 / max(n, 1) + 1 / max(m, 1))
    )
    distance = (won / max(n, 1) - lost / max(m, 1)) / spread if spread else 0
    return Decimal(f"{50 * (1 + math.erf(distance / math.sqrt(2))):.2f}")


def _funnels(world: World, dice: Dice, shop: Shop) -> None:
    """The way from the first page to the end, and from the product on, as visits went."""
    names = [name for _, name, _ in shop.steps]
    ways = {"From the first page to the end": names, "From the search on": names[1:]}
    if len(names) == len(STEPS):
        ways = {"From visit to order": names[:1] + names[2:], "From cart to order": names[3:]}
    for title, steps in ways.items():
        at = world.start + dice.wait(50 * DAY, 60 * DAY)
        world.add(
            "analytics.funnels",
            dice,
            at,
            business_id=shop.firm.key,
            site_id=shop.site["id"],
            name=title,
            description=f"How far visitors of {shop.site['name']} come.",
            steps=[{"name": step.replace("_", " "), "event": step, "count": shop.reached[step]} for step in steps],
            window_minutes=dice.pick((30, 60, 1440)),
            entered_count=shop.reached[steps[0]],
            completed_count=shop.reached[steps[-1]],
            computed_at=world.now - HOUR,
            created_by_id=shop.firm.members[0]["id"],
            updated_at=world.now - HOUR,
        )


def _cohorts(world: World, dice: Dice, firms: list[Firm]) -> Iterator[None]:
    """Customers by the month of their first order, and what they did in the months after."""
    begun, bought = _months_of_orders(world)
    this = world.now.year * 12 + world.now.month - 1
    for firm in firms:
        for month in range(this - COHORTS[world.scale], this):
            if members := begun[firm.key, month]:
                _cohort(world, dice, firm, month, members, [bought[firm.key, month, k] for k in range(this - month)])
        yield


def _months_of_orders(world: World) -> tuple[Counter[Any], dict[Any, tuple[int, Decimal]]]:
    """How many customers of a business began in a month, and how many bought how much so many months later."""
    first: dict[UUID, int] = {}
    last: dict[UUID, int] = {}
    begun: Counter[Any] = Counter()
    bought: dict[Any, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal()))
    for sale in world.sales:
        month, customer = sale.at.year * 12 + sale.at.month - 1, sale.customer_id
        if customer not in first:
            first[customer] = month
            begun[sale.business_id, month] += 1
        key = sale.business_id, first[customer], month - first[customer]
        count, total = bought[key]
        bought[key] = count + (last.get(customer) != month), total + sale.total
        last[customer] = month
    return begun, bought


def _cohort(world: World, dice: Dice, firm: Firm, month: int, members: int, bought: list[tuple[int, Decimal]]) -> None:
    starts = date(month // 12, month % 12 + 1, 1)
    ends = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - DAY
    at = datetime(ends.year, ends.month, ends.day, 12, tzinfo=world.now.tzinfo)
    world.add(
        "analytics.cohorts",
        dice,
        at,
        business_id=firm.key,
        name=f"First order in {starts:%B %Y}",
        description=f"Customers of {firm.row['name']} whose first order was placed in {starts:%B %Y}.",
        type="FIRST_PURCHASE",
        criteria={"event": "purchase", "number": 1},
        starts_on=starts,
        ends_on=ends,
        member_count=members,
        retention=[{"month": k, "customers": n, "spent": str(total)} for k, (n, total) in enumerate(bought)],
        computed_at=world.now - HOUR,
        created_by_id=firm.members[0]["id"],
        updated_at=world.now - HOUR,
    )


def _predictions(world: World, dice: Dice, firms: list[Firm]) -> Iterator[None]:
    """Of weekly figures, with what came of them; of customers and products, about which nothing is known yet."""
    put = world.bulk("analytics.predictions", *PREDICTION)
    customers, products = _by_business(world, "customers.customers"), _by_business(world, "catalog.products")
    sellers = [firm for firm in firms if customers[firm.key] and products[firm.key]]
    kept = [(firm, found) for firm in firms for found in firm.figures if found.series.alert and found.series.adds_up]
    models = [model["id"] for model in world.kept.get("llm.ai_models", ())] or [None]
    for i in range(world.times(PREDICTIONS)):
        if not sellers or dice.chance(40):
            firm, found = dice.pick(kept)
            made = dice.between(world.start + 60 * DAY, world.now - HOUR)
            row = _of_figures(dice, world, firm, found, made)
        else:
            firm, kind = dice.pick(sellers), dice.pick(tuple(EXPECTED))
            made = dice.between(world.now - 25 * DAY, world.now - HOUR)
            thing = dice.pick((products if kind == "DEMAND" else customers)[firm.key])
            if thing["created_at"] >= made:
                continue
            row = _of_thing(dice, firm, kind, thing["id"], made)
        agent = dice.pick(firm.agents)["id"] if firm.agents else None
        put((dice.id_at(made), made, row[-1] or made, firm.key, dice.pick(models), agent, *row, made))
        if i % 100 == 0:
            yield


def _of_figures(dice: Dice, world: World, firm: Firm, found: Figures, made: datetime) -> Values:
    """What a series will come to in the next week, and, where the week is over, what it did."""
    first, last = made.date() + DAY, made.date() + 7 * DAY
    known = datetime(last.year, last.month, last.day, 1, tzinfo=made.tzinfo) + DAY
    actual = found.total(first, last) if known < world.now else None
    expected = actual or found.total(made.date() - 7 * DAY, made.date() - DAY)
    predicted = Decimal(round(float(expected) * dice.wobble(0.08)))
    return (
        *("REVENUE" if found.series.name == "revenue" else "OTHER", "Business", firm.key, predicted, None),
        *(found.series.unit, Decimal(dice.number(60, 95)), {"metric": found.series.name, "days": 365}),
        *(f"{found.series.title} of the week to {last}: mostly the season.", last, actual, None),
        None if actual is None else known,
    )


def _of_thing(dice: Dice, firm: Firm, kind: str, key: UUID, made: datetime) -> Values:
    """What a customer or product will do within a month."""
    entity, unit, low, high, explanation = EXPECTED[kind]
    value = None if kind == "CHURN" else Decimal(dice.number(low, high))
    label = dice.pick(("STAYS", "STAYS", "STAYS", "LEAVES")) if kind == "CHURN" else None
    return (
        *(
            kind,
            entity,
            key,
            value,
            label,
            firm.row["currency"] if unit == "$" else unit or None,
            Decimal(dice.number(55, 95)),
        ),
        *({"days": 90}, explanation, made.date() + 30 * DAY, None, None, None),
    )
