"""The AI models and agents of the sample data, and what people and agents say to each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.people import People
from app.seed.world import Dice, Row, World, table_of

CONVERSATIONS = 300
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
RATINGS = (5, 5, 5, 4, 4, 3, 2)
RECENT = 2 * DAY
ARCHIVED_AFTER = 365 * DAY


@dataclass(frozen=True, slots=True)
class Desk:
    """What conversations are made from."""

    world: World
    dice: Dice
    people: People
    agents: list[Row]
    talk: dict[str, list[list[str]]]
    prices: dict[UUID, Decimal | None]


def make_agents(world: World, businesses: dict[str, Row], people: People) -> None:
    """Models, agents and conversations."""
    dice, data = world.dice("agents"), table_of("agents")
    models = {given["name"]: _model(world, dice, given, i) for i, given in enumerate(data["model"])}
    agents: dict[tuple[str, str], Row] = {}
    for given in data["agent"]:
        business = businesses[given["business"]]
        parent = agents.get((given["business"], given.get("parent", "")))
        agents[given["business"], given["slug"]] = _agent(world, dice, given, business, parent, models)
    world.tables |= {"agents.conversations": [], "agents.messages": []}
    prices = {model["id"]: model["cost_per_1k_tokens"] for model in models.values()}
    desk = Desk(world, dice, people, list(agents.values()), data["talk"], prices)
    for i in range(CONVERSATIONS):
        _conversation(desk, i)


def _model(world: World, dice: Dice, given: dict[str, Any], i: int) -> Row:
    return world.add(
        "llm.ai_models",
        dice,
        world.start + i * SECOND,
        name=given["name"],
        provider=given["provider"],
        version=given.get("version"),
        cost_per_1k_tokens=Decimal(given["price"]) if "price" in given else None,
        max_tokens=given["max_tokens"],
        temperature=Decimal(given["temperature"]),
        status=given["status"],
    )


def _agent(
    world: World, dice: Dice, given: dict[str, Any], business: Row, parent: Row | None, models: dict[str, Row]
) -> Row:
    return world.add(
        "agents.agents",
        dice,
        business["created_at"] + dice.wait(HOUR, 20 * HOUR),
        business_id=business["id"],
        name=given["name"],
        slug=given["slug"],
        type=given["type"],
        description=given["description"],
        parent_id=parent["id"] if parent else None,
        model_id=models[given["model"]]["id"],
        system_prompt=f"You are {given['name']} of {business['name']}. {given['description']}. Be brief.",
        capabilities=given["capabilities"],
        tools=given["tools"],
        deployed_sites=given.get("sites", []),
        status=given.get("status", "ACTIVE"),
        release=f"{dice.number(1, 3)}.{dice.number(0, 9)}",
    )


def _conversation(desk: Desk, i: int) -> None:
    """One conversation; more of them lately than long ago."""
    world, dice = desk.world, desk.dice
    agent = dice.pick([agent for agent in desk.agents if agent["status"] == "ACTIVE"])
    first, last = world.start + 2 * DAY, world.now - 3 * HOUR
    started = max(dice.between(first, last), dice.between(first, last))
    user_type, user = _who(desk, agent, started)
    talk = dice.some(desk.talk["outside" if agent["deployed_sites"] else "inside"], dice.number(1, 5))
    conversation = world.add(
        "agents.conversations",
        dice,
        started,
        agent_id=agent["id"],
        business_id=agent["business_id"],
        user_id=user["id"] if user else None,
        model_id=agent["model_id"],
        session_id=f"session-{i + 1:05d}",
        user_type=user_type,
        title=talk[0][0],
        temperature=Decimal("0.70"),
        max_tokens=dice.pick((150, 300, 600)),
    )
    conversation |= _ending(desk, started, _messages(desk, conversation, started, talk))


def _who(desk: Desk, agent: Row, moment: datetime) -> tuple[str, Row | None]:
    """Who talks: staff to the agents inside, customers and strangers to those on a site."""
    inside = not agent["deployed_sites"]
    if not inside and desk.dice.chance(40):
        return "ANONYMOUS", None
    present = [user for user in (desk.people.staff if inside else desk.people.clients) if user["created_at"] < moment]
    return "STAFF" if inside else "CUSTOMER", desk.dice.pick(present)


def _messages(desk: Desk, conversation: Row, started: datetime, talk: list[list[str]]) -> datetime:
    """Questions and answers, one after the other; when the last was said."""
    dice, at = desk.dice, started
    for i, (_, question, answer) in enumerate(talk):
        at += dice.wait(SECOND, 15 * SECOND) if i == 0 else dice.wait(15 * SECOND, 180 * SECOND)
        _message(desk, conversation, at, 2 * i + 1, "USER", question)
        at += dice.wait(2 * SECOND, 9 * SECOND)
        _message(desk, conversation, at, 2 * i + 2, "ASSISTANT", answer)
    return at


def _message(desk: Desk, conversation: Row, at: datetime, place: int, role: str, content: str) -> None:
    answer = role == "ASSISTANT"
    tokens = len(content) // 4 + 3
    price = desk.prices[conversation["model_id"]]
    desk.world.add(
        "agents.messages",
        desk.dice,
        at,
        conversation_id=conversation["id"],
        model_id=conversation["model_id"] if answer else None,
        role=role,
        content=content,
        sequence_number=place,
        token_count=tokens,
        cost=(price * tokens / 1000).quantize(Decimal("0.000001")) if answer and price else None,
        processing_time_ms=desk.dice.number(300, 2500) if answer else None,
        status="READ" if desk.world.now - at > DAY else "DELIVERED",
    )


def _ending(desk: Desk, started: datetime, last: datetime) -> Row:
    """How and when a conversation ended, whose last message came at `last`."""
    world, dice = desk.world, desk.dice
    if world.now - started < RECENT:
        nothing = dict.fromkeys(("ended_at", "archived_at", "satisfaction_rating", "feedback"))
        return {"outcome": "ONGOING", "status": "ACTIVE", "updated_at": last, **nothing}
    outcome = dice.pick(("RESOLVED", "RESOLVED", "RESOLVED", "RESOLVED", "ESCALATED", "ABANDONED"))
    ended = last + dice.wait(5 * SECOND, 10 * 60 * SECOND)
    archived = ended + 90 * DAY if world.now - ended > ARCHIVED_AFTER else None
    rating = dice.pick(RATINGS) if outcome == "RESOLVED" and dice.chance(60) else None
    return {
        "outcome": outcome,
        "status": "ARCHIVED" if archived else "ACTIVE",
        "updated_at": archived or ended,
        "ended_at": ended,
        "archived_at": archived,
        "satisfaction_rating": rating,
        "feedback": "That was quick, thank you." if rating == 5 else None,
    }
