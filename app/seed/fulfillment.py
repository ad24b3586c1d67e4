"""Where the shops of the sample data keep their goods, who carries them, and all that moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.courses import Courses
from app.seed.crew import Crew, crews
from app.seed.inbound import Inbound, inspect
from app.seed.parcels import Parcels
from app.seed.stock import Ledger
from app.seed.world import Dice, Row, Sale, World, table_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BANDS = (("0", "1"), ("1", "5"), ("5", "30"))
FACTORS = (Decimal("1"), Decimal("1.35"), Decimal("2.6"))
FORECASTS = 220
PARTS = {"AMBIENT": 0.6, "PICKING": 0.2, "RECEIVING": 0.1, "BULK": 0.5, "COOL": 0.1, "HAZARDOUS": 0.08}
METHODS = ("moving_average", "moving_average", "exponential_smoothing", "gradient_boosting")


def make_warehouses(world: World) -> Iterator[None]:
    """The warehouses with their room and shelves, the carriers and what they take to where."""
    dice, data = world.dice("warehouses"), table_of("fulfillment")
    people = crews(world)
    businesses = {business["slug"]: business for business in world.kept["business.businesses"]}
    carriers = {given[0]: _carrier(world, dice, given) for given in data["carriers"]}
    goods: dict[UUID, list[Row]] = defaultdict(list)
    for variant in world.kept["catalog.product_variants"]:
        if variant["weight"]:
            goods[variant["business_id"]].append(variant)
    for given in data["warehouses"]:
        business = businesses[given[0]]
        warehouse = _warehouse(world, dice, business, given, people[business["id"]])
        _capacities(world, dice, warehouse, given)
        if warehouse["code"] in ("main", "stores", "chc"):
            for place, variant in enumerate(goods[business["id"]]):
                if warehouse["code"] != "chc" or place % 4 == 0:
                    _level(world, dice, warehouse, variant, place)
        if warehouse["code"] == "main":
            _carriage(world, dice, business, carriers, data, people[business["id"]])
        yield


def _carrier(world: World, dice: Dice, given: list[Any]) -> Row:
    code, name, level, status, countries, phone, heaviest, best, worst, is_insured = given
    host = name.lower().replace(" ", "-")
    rated = dice.number(4, 8)
    agents = [
        agent for agent in world.kept["agents.agents"] if "shipping" in agent["slug"] or "logist" in agent["slug"]
    ]
    return world.add(
        "fulfillment.carriers",
        dice,
        world.start + dice.wait(MINUTE, HOUR),
        agent_id=dice.pick(agents)["id"] if agents else None,
        code=code,
        name=name,
        service_level=level,
        status=status,
        countries=countries,
        tracking_url=f"https://track.{host}.example/{{number}}",
        phone=phone,
        email=f"business@{host}.example",
        max_weight_kg=Decimal(heaviest),
        delivery_days_min=best,
        delivery_days_max=worst,
        is_insured=is_insured,
        rating_sum=rated * dice.number(3, 4) + dice.number(1, rated),
        rating_count=rated,
    )


def _warehouse(world: World, dice: Dice, business: Row, given: list[Any], crew: Crew) -> Row:
    _, code, name, kind, status, street, city, region, postal_code, country, north, east, zone, phone, until, _ = given
    at = max(business["created_at"], world.start) + dice.wait(5 * MINUTE, 40 * MINUTE)
    stores = {store["code"]: store["id"] for store in world.kept["business.stores"]}
    return world.add(
        "fulfillment.warehouses",
        dice,
        at,
        business_id=business["id"],
        store_id=stores[code.upper()] if kind == "STORE" and code.upper() in stores else None,
        manager_id=crew.manager(dice),
        agent_id=crew.agent(dice, "inventory", "stock", "fulfillment", "operations"),
        code=code,
        name=name,
        type=kind,
        status=status,
        address={"street": street, "city": city, "region": region, "postal_code": postal_code},
        country=country,
        latitude=Decimal(north),
        longitude=Decimal(east),
        time_zone=zone,
        phone=phone,
        priority=10 if code == "main" else 0,
        cutoff_hour=until or None,
        created_by_id=crew.manager(dice),
        updated_at=world.now - dice.wait(DAY, 200 * DAY) if status != "ACTIVE" else at,
    )


def _capacities(world: World, dice: Dice, warehouse: Row, given: list[Any]) -> None:
    """Some parts of it on the last Mondays."""
    if warehouse["type"] == "DROP_SHIP":
        return
    parts = ["AMBIENT", "RECEIVING"]
    if given[-1] >= 300:
        parts += ["BULK", "PICKING"]
    if warehouse["code"] == "main" and given[0] in ("manufacturing", "wholesale"):
        parts += ["HAZARDOUS", "COOL"]
    monday = world.now.replace(hour=5) - (world.now.weekday() + 1) * DAY + DAY
    for week in range(2):
        at = monday - week * 7 * DAY if monday < world.now else monday - (week + 1) * 7 * DAY
        for part in parts:
            room = Decimal(round(given[-1] * PARTS[part]) or 1)
            share = 0 if warehouse["status"] == "CLOSED" else dice.number(38, 94)
            pallets = int(room / 2)
            world.add(
                "fulfillment.warehouse_capacities",
                dice,
                at,
                warehouse_id=warehouse["id"],
                zone=part,
                day=at.date(),
                total_volume=room,
                used_volume=room * share / 100,
                total_pallets=pallets,
                used_pallets=pallets * share // 100,
                daily_order_limit=given[-1] if part == "PICKING" else None,
            )


def _level(world: World, dice: Dice, warehouse: Row, variant: Row, place: int) -> None:
    reorder = dice.number(4, 12)
    world.add(
        "fulfillment.inventory_levels",
        dice,
        max(variant["created_at"], warehouse["created_at"]) + timedelta(seconds=2),
        warehouse_id=warehouse["id"],
        variant_id=variant["id"],
        safety_stock=dice.number(1, 3),
        reorder_point=reorder,
        reorder_quantity=reorder * dice.number(2, 4),
        bin_location=f"{'ABCDEFGH'[place // 24 % 8]}{place // 6 % 4 + 1}-{place % 6 + 1:02d}",
    )


def _carriage(
    world: World, dice: Dice, business: Row, carriers: dict[str, Row], data: dict[str, Any], crew: Crew
) -> None:
    """With whom a business ships, to where, and what it costs."""
    at = max(business["created_at"], world.start) + HOUR
    country = "NZ" if business["currency"] == "NZD" else "US"
    home = data["home"][country]
    contracts: dict[UUID, Row] = {}
    for i, code in enumerate([home["usual"][0], home["abroad"], home["heavy"], home["gone"]]):
        status = ("ACTIVE", "ACTIVE", "DRAFT", "TERMINATED" if business["slug"] == "vapehq" else "EXPIRED")[i]
        begins = (at + i * DAY).date() if status != "DRAFT" else world.now.date() + timedelta(days=20)
        ends = begins + timedelta(days=dice.number(300, 420)) if i == 3 else None
        made = at if status != "DRAFT" else world.now - 6 * DAY
        contracts[carriers[code]["id"]] = world.add(
            "fulfillment.carrier_contracts",
            dice,
            made + i * MINUTE,
            business_id=business["id"],
            carrier_id=carriers[code]["id"],
            contract_number=f"{code[:3].upper()}-{dice.number(2000, 9999)}",
            status=status,
            discount=Decimal(dice.number(2, 18)),
            monthly_minimum=dice.pick((0, 20, 50, 100)),
            account_number=str(dice.number(10**7, 10**8)),
            starts_on=begins,
            ends_on=ends,
            terms=dice.pick(data["words"]["terms"]),
            created_by_id=crew.manager(dice),
        )
    for position, (name, countries, regions, first) in enumerate(data["zones"][country]):
        zone = world.add(
            "fulfillment.shipping_zones",
            dice,
            at + position * MINUTE,
            business_id=business["id"],
            name=name,
            countries=countries,
            regions=regions,
            postal_patterns=["90", "91", "92", "93", "94", "95", "97", "98"] if name == "South Island" else [],
            position=position,
            is_active=business["slug"] not in ("vapehq", "wholesale") or name != "Australia",
        )
        code = home["usual"][0] if countries == [country] else home["abroad"]
        contract = contracts.get(carriers[code]["id"])
        _rates(world, dice, at, carriers[code], zone, contract, Decimal(str(first)), business["currency"])


def _rates(
    world: World,
    dice: Dice,
    at: datetime,
    carrier: Row,
    zone: Row,
    contract: Row | None,
    first: Decimal,
    currency: str,
) -> None:
    """By weight: those of the first years, and those of today."""
    raised = date(world.now.year if world.now.month > 2 else world.now.year - 1, 2, 1)
    for (low, high), factor in zip(BANDS, FACTORS, strict=True):
        for begins, ends, part in (
            (at.date(), raised - timedelta(days=1), Decimal("0.93")),
            (raised, None, Decimal(1)),
        ):
            if ends is None or low == "0":
                world.add(
                    "fulfillment.carrier_rates",
                    dice,
                    at + 2 * HOUR,
                    carrier_id=carrier["id"],
                    zone_id=zone["id"],
                    contract_id=contract["id"] if contract else None,
                    weight_from_kg=Decimal(low),
                    weight_to_kg=Decimal(high),
                    price=(first * factor * part).quantize(Decimal("0.01")),
                    fuel_surcharge=Decimal("8.50"),
                    currency=currency,
                    valid_from=begins,
                    valid_until=ends,
                )


def make_fulfillment(world: World) -> Iterator[None]:
    """What came in and went out: deliveries of suppliers, parcels to customers, and the stock between them."""
    dice, data = world.dice("fulfillment"), table_of("fulfillment")
    courses, people = Courses(world), crews(world)
    ledger = Ledger(world, dice, data["words"], people, courses)
    yield from ledger.open()
    parcels = Parcels(world, dice, data)
    inbound = Inbound(world, dice, data, people, ledger)
    sales = defaultdict(list)
    for sale in world.sales:
        sales[sale.business_id].append(sale)
    for business in world.kept["business.businesses"]:
        if business["id"] not in ledger.mains:
            continue
        moves = inbound.take(business["id"])
        moves += ledger.returns(business["id"])
        for sale in sales[business["id"]]:
            course = courses.of(sale)
            moment = course.processed_at if course.way == "STORE" else course.parcel_at
            if course.way != "DOWNLOAD":
                moves.append((moment or world.now, sale.id.int, sale, course))
        moves.sort(key=lambda move: move[:2])
        for i, (_, _, what, more) in enumerate(moves):
            if isinstance(what, Sale):
                if more.way == "PARCEL":
                    parcels.send(what, more)
                ledger.sell(what, more)
            elif more is None:
                inbound.receive(what)
            else:
                ledger.take_back(what, more)
            if i % 50 == 0:
                yield
        yield
        parcels.come_back(business["id"])
        yield
    inspect(world, dice, data["words"], people, ledger.mains)
    yield
    ledger.close()
    yield from _forecasts(world, dice, people, ledger)


def _forecasts(world: World, dice: Dice, people: dict[UUID, Crew], ledger: Ledger) -> Iterator[None]:
    """What sells most, some days back and some ahead."""
    columns = ("variant_id", "warehouse_id", "model_id", "agent_id", "day", "predicted_quantity", "lower_bound")
    more = ("upper_bound", "confidence", "actual_quantity", "method", "created_at", "updated_at")
    put = world.bulk("fulfillment.demand_forecasts", "id", *columns, *more)
    models = [model["id"] for model in world.kept.get("llm.ai_models", ())] or [None]
    total = world.times(FORECASTS)
    places = [(key, level) for key, level in ledger.levels.items() if key[0] in ledger.main_ids]
    places.sort(key=lambda place: -ledger.pieces.get(place[1]["id"], 0))
    places = places[: max(1, min(len(places), total // 11))]
    days = total // max(len(places), 1)
    ahead, owners = min(days // 2, 14), {main: business for business, main in ledger.mains.items()}
    asked = _asked(world, days)
    for (warehouse, variant), level in places:
        agent = people[owners[warehouse]].agent(dice, "forecast", "inventory", "analyt", "stock")
        method, model = dice.pick(METHODS), dice.pick(models)
        rate = ledger.pieces.get(level["id"], 0) / max((world.now - level["created_at"]) / DAY, 1)
        for n in range(days):
            moment = world.now + (ahead - n) * DAY
            day, made = moment.date(), min(moment - 14 * DAY, world.now - 3 * HOUR)
            if made < level["created_at"]:
                break
            expected = round(rate * dice.wobble(0.25) * (1.2 if day.weekday() > 3 else 0.92), 2)
            margin = round(0.2 + expected * 0.4, 2)
            known = day < world.now.date()
            put(
                (
                    dice.id_at(made),
                    variant,
                    warehouse,
                    model if method == "gradient_boosting" else None,
                    agent,
                    day,
                    Decimal(f"{expected:.2f}"),
                    Decimal(f"{max(expected - margin, 0):.2f}"),
                    Decimal(f"{expected + margin:.2f}"),
                    Decimal(dice.number(62, 93)),
                    asked.get((variant, day), 0) if known else None,
                    method,
                    made,
                    moment if known else made,
                )
            )
        yield


def _asked(world: World, days: int) -> dict[tuple[UUID, date], int]:
    """How many pieces of each variant were ordered on each of the last days."""
    since, found = world.now - (days + 1) * DAY, defaultdict[tuple[UUID, date], int](int)
    for sale in world.sales:
        if sale.at >= since and sale.status != "CANCELLED":
            for item in sale.items:
                found[item.variant_id, sale.at.date()] += item.quantity
    return found
