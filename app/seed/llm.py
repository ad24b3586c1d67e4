"""The language models of the sample data with their providers, and how the models do at work."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.world import SPAN, Dice, Row, World, table_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
METRICS = 90
WATCHED = (
    ("ACCURACY", "per cent", "93.4", "85", None),
    ("DRIFT", None, "0.08", None, "0.25"),
    ("LATENCY", "ms", "1600", None, "4000"),
    ("ERROR_RATE", "per cent", "0.9", None, "3"),
)
"""What is watched: kind, unit, usual value, lower and upper limit."""
SLIP = {"ACCURACY": Decimal("0.85"), "DRIFT": Decimal(4), "LATENCY": Decimal("2.8"), "ERROR_RATE": Decimal(4)}
"""How many times its usual value a value is that is out of order."""


def make_llm(world: World) -> Iterator[None]:
    """Providers in every state of health, and their models."""
    dice, data = world.dice("llm"), table_of("llm")
    providers = {given["slug"]: _provider(world, dice, given, i) for i, given in enumerate(data["provider"])}
    for i, given in enumerate(data["model"]):
        _model(world, dice, given, providers[given["through"]], i)
    yield


def add_bought(world: World, dice: Dice) -> None:
    """What is bought of providers besides answers."""
    models = {model["name"]: model for model in world.kept["llm.ai_models"]}
    for business, service, name, months, thousands in table_of("llm")["bought"]["services"]:
        _bought(world, dice, (business, service, months, thousands), models[name])


def make_model_metrics(world: World) -> Iterator[None]:
    """What was measured of the models; for a business that sells there, on a marketplace."""
    dice = world.dice("model metrics")
    agents = [agent for agent in world.kept["agents.agents"] if agent["model_id"]]
    markets: dict[UUID, list[UUID]] = {}
    for account in world.kept.get("channels.marketplace_accounts", []):
        markets.setdefault(account["business_id"], []).append(account["marketplace_id"])
    for i in range(world.times(METRICS)):
        agent, (kind, unit, usual, low, high) = dice.pick(agents), WATCHED[i % len(WATCHED)]
        own = markets.get(agent["business_id"])
        state = dice.pick(("NORMAL",) * 12 + ("WARNING", "CRITICAL"))
        baseline = Decimal(usual)
        value = baseline * Decimal(round(dice.wobble(0.05) * 1000)) / 1000 * (1 if state == "NORMAL" else SLIP[kind])
        measured = dice.between(max(world.start, agent["created_at"]) + DAY, world.now - HOUR)
        world.add(
            "llm.ai_model_metrics",
            dice,
            measured,
            business_id=agent["business_id"],
            model_id=agent["model_id"],
            agent_id=agent["id"],
            marketplace_id=dice.pick(own) if own and dice.chance(60) else None,
            type=kind,
            value=round(value, 4),
            unit=unit,
            baseline=baseline,
            lower_limit=low and Decimal(low),
            upper_limit=high and Decimal(high),
            status=state,
            sample_count=dice.number(40, 5000),
            measured_at=measured,
        )
        yield


def _provider(world: World, dice: Dice, given: dict[str, Any], i: int) -> Row:
    down, unknown = given["status"] == "DOWN", given["status"] == "UNKNOWN"
    checked = world.now - dice.wait(MINUTE, 4 * MINUTE)
    code, message = given.get("error", (None, None))
    return world.add(
        "llm.llm_providers",
        dice,
        world.start + i * MINUTE,
        slug=given["slug"],
        name=given["name"],
        base_url=given.get("base_url"),
        status=given["status"],
        is_enabled=given.get("is_enabled", True),
        priority=given["priority"],
        rate_limit_per_minute=given.get("rate_limit"),
        average_response_time_ms=given.get("response_ms"),
        success_rate=Decimal(given["success"]) if "success" in given else None,
        consecutive_failures=given.get("failures", 0),
        last_check_at=None if unknown else checked,
        last_success_at=None if unknown else checked - 30 * HOUR if down else checked,
        last_error_at=checked if down else checked - dice.wait(HOUR, 20 * HOUR) if code else None,
        last_error_code=code,
        last_error_message=message,
        is_in_maintenance="maintenance" in given,
        maintenance_message=given.get("maintenance"),
        maintenance_until=world.now + 8 * HOUR if "maintenance" in given else None,
        updated_at=world.start + i * MINUTE if unknown else checked,
    )


def _model(world: World, dice: Dice, given: dict[str, Any], provider: Row, i: int) -> Row:
    return world.add(
        "llm.ai_models",
        dice,
        world.start + (10 + i) * MINUTE,
        name=given["name"],
        type=given.get("type", "LANGUAGE"),
        provider=given["provider"],
        llm_provider_id=provider["id"],
        version=given.get("version"),
        cost_per_1k_tokens=Decimal(given["price"]) if "price" in given else None,
        max_tokens=given.get("max_tokens"),
        context_tokens=given.get("context_tokens"),
        temperature=Decimal(given["temperature"]) if "temperature" in given else None,
        status=given["status"],
        released_on=given.get("released_on"),
        retires_on=world.now.date() + 90 * DAY if given["status"] == "DEPRECATED" else None,
    )


def _bought(world: World, dice: Dice, what: tuple[str, str, int, int], model: Row) -> None:
    """What a business pays a provider every few months, besides answers."""
    slug, service, months, thousands = what
    business = next(row for row in world.kept["business.businesses"] if row["slug"] == slug)
    provider = next(row for row in world.kept["llm.llm_providers"] if row["id"] == model["llm_provider_id"])
    for month in range(0, SPAN.days // 30, months):
        at = world.start + (month * 30 + 12) * DAY
        tokens = int(thousands * 1000 * (1 + month / 20) * dice.wobble(0.1))
        estimated = (at.year, at.month) == (world.now.year, world.now.month)
        world.add(
            "llm.ai_costs",
            dice,
            at,
            business_id=business["id"],
            agent_id=None,
            model_id=model["id"],
            date=at.date(),
            service=service,
            request_count=tokens // 4000 + 1,
            prompt_tokens=tokens,
            cost=round(model["cost_per_1k_tokens"] * tokens / 1000, 6),
            is_estimated=estimated,
            invoice_number=None if estimated else f"{provider['slug'].upper()}-{at:%Y-%m}",
        )
