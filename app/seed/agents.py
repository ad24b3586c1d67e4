"""The AI agents of the sample data: what they can do, what they know, where they run, and what they are asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.seed.batches import make_batches
from app.seed.conversations import Desk, make_conversations
from app.seed.ledger import Ledger
from app.seed.llm import add_bought
from app.seed.talk import topics
from app.seed.world import Dice, Row, World, table_of

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEIGHTS = {"outside": 7, "inside": 2, "registry": 1}
"""How often an agent is asked, by who asks it; those of the registry by the hand that are asked at all."""
ASKED = 6
UNLIKELY = 20 * DAY
"""How long an agent in maintenance has answered nobody."""


@dataclass(slots=True)
class Staff:
    """The agents with what they are made from."""

    world: World
    dice: Dice
    data: Any
    models: dict[str, Row]
    given: list[tuple[Row, dict[str, Any]]] = field(default_factory=list)
    """The agents of the sample data, each with its description."""
    registry: list[Row] = field(default_factory=list)
    """The agents that were there before."""
    members: dict[Any, list[Row]] = field(default_factory=dict)
    """The people of each business, by its id."""

    def agent(self, business: Row, slug: str) -> Row | None:
        """The agent of that name, if there is one."""
        rows = self.world.kept["agents.agents"]
        return next((row for row in rows if row["business_id"] == business["id"] and row["slug"] == slug), None)


def make_agents(world: World) -> Iterator[None]:
    """Agents in every state, three years of conversations with them, and what their models were asked and cost."""
    staff = _staff(world)
    businesses = {business["slug"]: business for business in world.kept["business.businesses"]}
    for given in staff.data["agent"]:
        staff.given.append((_agent(staff, given, businesses[given["business"]]), given))
    for agent in staff.registry:
        agent["model_id"] = staff.models["gpt-4o-mini"]["id"]
        world.set("agents.agents", agent["id"], model_id=agent["model_id"])
    _tools(staff)
    _capabilities(staff)
    for rules in staff.data["collaboration"]:
        _collaborations(staff, rules, businesses[rules["business"]])
    _knowledge(staff)
    _deployments(staff)
    yield
    ledger = Ledger(world, list(staff.models.values()), world.kept["llm.llm_providers"])
    yield from make_conversations(world, _desks(staff, businesses), ledger)
    writers = [(agent, table_of("llm")["batch"][given["batch"]]) for agent, given in staff.given if "batch" in given]
    yield from make_batches(world, writers, ledger)
    ledger.write(staff.dice)
    add_bought(world, staff.dice)
    yield


def _staff(world: World) -> Staff:
    models = {model["name"]: model for model in world.kept["llm.ai_models"]}
    staff = Staff(world, world.dice("agents"), table_of("agents"), models)
    staff.registry = list(world.kept.setdefault("agents.agents", []))
    users = {user["id"]: user for user in world.kept["identity.users"]}
    for membership in world.kept["identity.memberships"]:
        about = {"joined_at": membership["joined_at"], "role": membership["role"]}
        staff.members.setdefault(membership["business_id"], []).append(users[membership["user_id"]] | about)
    return staff


def _agent(staff: Staff, given: dict[str, Any], business: Row) -> Row:
    world, dice = staff.world, staff.dice
    parent = staff.agent(business, given.get("parent", ""))
    made = world.start + (len(staff.given) + 1) * 20 * MINUTE
    sites = _sites(world, business) if given["audience"] == "outside" else []
    return world.add(
        "agents.agents",
        dice,
        made,
        business_id=business["id"],
        name=given["name"],
        slug=given["slug"],
        type=given["type"],
        category=given["category"],
        description=given["description"],
        parent_id=parent["id"] if parent else None,
        model_id=staff.models[given["model"]]["id"],
        system_prompt=f"You are {given['name']} of {business['name']}. {given['description']}. Be brief.",
        capabilities=given["capabilities"],
        tools=given["tools"],
        deployed_sites=[site["domain"] for site in sites],
        status=given.get("status", "ACTIVE"),
        release=f"{dice.number(2, 4)}.{dice.number(0, 9)}",
    )


def _sites(world: World, business: Row) -> list[Row]:
    """Where customers of `business` meet its agents."""
    sites = [site for site in world.kept["business.sites"] if site["business_id"] == business["id"]]
    return [site for site in sites if site["status"] == "LIVE"][:2]


def _tools(staff: Staff) -> None:
    """The tools of each business, as its agents name them."""
    world, dice = staff.world, staff.dice
    made: set[tuple[Any, str]] = set()
    for agent, given in staff.given:
        for name in given["tools"]:
            if (agent["business_id"], name) in made:
                continue
            made.add((agent["business_id"], name))
            server, description, reads, ask = staff.data["tools"][name]
            world.add(
                "agents.agent_tools",
                dice,
                agent["created_at"],
                business_id=agent["business_id"],
                name=name,
                server=server,
                endpoint_url=f"https://mcp.internal.example/{server}",
                description=description,
                input_schema={"type": "object", "properties": {"id" if reads else "change": {"type": "string"}}},
                output_schema={"type": "array", "items": {"type": "object"}} if reads else None,
                is_read_only=reads,
                needs_approval=ask,
                timeout_seconds=dice.pick((10, 30, 30, 60)),
                rate_limit_per_minute=None if reads else 60,
            )


def _capabilities(staff: Staff) -> None:
    """What the agents say they can do, and the tables that those of the registry look after."""
    entries = [
        (agent, "skill", name, given["description"]) for agent, given in staff.given for name in given["capabilities"]
    ]
    tables = [
        (agent, "data", table, f"Looks after {table}") for agent in staff.registry for table in agent["primary_tables"]
    ]
    for agent, kind, name, description in entries + tables:
        staff.world.add(
            "agents.agent_capabilities",
            staff.dice,
            max(agent["created_at"], staff.world.start) + MINUTE,
            agent_id=agent["id"],
            type=kind,
            name=name,
            description=description,
            configuration={"access": "write"} if kind == "data" else {"level": staff.dice.pick(("basic", "expert"))},
            is_active=agent["status"] != "INACTIVE",
        )


def _collaborations(staff: Staff, rules: dict[str, Any], business: Row) -> None:
    for asks, answers, kind, priority, minutes, description in rules["pairs"]:
        first, second = staff.agent(business, asks), staff.agent(business, answers)
        if first and second:
            staff.world.add(
                "agents.agent_collaborations",
                staff.dice,
                max(first["created_at"], second["created_at"], staff.world.start) + HOUR,
                requesting_agent_id=first["id"],
                responding_agent_id=second["id"],
                type=kind,
                description=description,
                priority=priority,
                sla_minutes=minutes,
            )


def _knowledge(staff: Staff) -> None:
    """What agents know of their topics; some of it from people, some drawn from conversations."""
    world, dice = staff.world, staff.dice
    for agent, given in staff.given:
        for kind, title, content, tags in (item for group in given["talk"] for item in staff.data["knowledge"][group]):
            at = agent["created_at"] + dice.wait(DAY, 90 * DAY)
            person = None if dice.chance(25) else dice.pick(staff.members[agent["business_id"]])
            until = world.now + 120 * DAY if kind == "POLICY" and dice.chance(40) else None
            world.add(
                "agents.agent_knowledge_items",
                dice,
                max(at, person["joined_at"] + HOUR) if person else at,
                agent_id=agent["id"],
                type=kind,
                title=title,
                content=content,
                tags=tags,
                source_url=None if person else f"https://help.example/{tags[0]}",
                confidence=None if person else Decimal(dice.number(8200, 9900)) / 10000,
                valid_from=at if until else None,
                valid_until=until,
                created_by_id=person["id"] if person else None,
            )


def _deployments(staff: Staff) -> None:
    """Where each agent runs: an earlier release that is gone, the present one, and for some the next."""
    hosts = staff.data["words"]["hosts"]
    for agent, given in staff.given:
        present = _sites(staff.world, {"id": agent["business_id"]}) if given["audience"] == "outside" else []
        places: list[Row | None] = [*present] or [None]
        for site in places:
            _release(staff, agent, site, hosts)
        if agent["status"] == "TRAINING" or (agent["status"] == "ACTIVE" and staff.dice.chance(50)):
            failed = agent["slug"] == "ad-buyer"
            at = staff.world.now - staff.dice.wait(DAY, 6 * DAY)
            message = "The model it asks for is not configured." if failed else None
            state = {"status": "FAILED" if failed else "PENDING", "health": "UNKNOWN", "error_message": message}
            where = "DEVELOPMENT" if agent["status"] == "TRAINING" else "STAGING"
            _deployment(staff, agent, at, hosts, site_id=None, environment=where, release="5.0", **state)
    for agent in staff.registry:
        at = staff.world.start + staff.dice.wait(HOUR, 30 * HOUR)
        state = {"status": "RUNNING", "health": staff.dice.pick(("HEALTHY",) * 9 + ("DEGRADED",))}
        place = {"site_id": None, "environment": "PRODUCTION", "deployed_at": at}
        _deployment(staff, agent, at, hosts, release="3", **place, **state)


def _release(staff: Staff, agent: Row, site: Row | None, hosts: list[str]) -> None:
    """The earlier and the present release of `agent` at one place."""
    dice, place = staff.dice, {"site_id": site["id"] if site else None, "environment": "PRODUCTION"}
    first = max(agent["created_at"], (site or agent)["launched_at" if site else "created_at"]) + dice.wait(HOUR, DAY)
    change = dice.between(first + 100 * DAY, staff.world.now - 60 * DAY)
    gone = {"status": "RETIRED", "deployed_at": first, "retired_at": change, "updated_at": change}
    _deployment(staff, agent, first, hosts, release="1.0", **place, **gone)
    match agent["status"]:
        case "ACTIVE":
            state = {"status": "RUNNING", "health": dice.pick(("HEALTHY",) * 8 + ("DEGRADED",))}
        case "MAINTENANCE":
            state = {"status": "PAUSED", "health": "DOWN", "error_message": "Stopped for the new catalogue."}
        case "TRAINING":
            return
        case _:
            state = {"status": "FAILED", "health": "DOWN", "error_message": "The test bench is switched off."}
    _deployment(staff, agent, change, hosts, release=agent["release"], deployed_at=change, **place, **state)


def _deployment(staff: Staff, agent: Row, at: Any, hosts: list[str], **given: Any) -> None:
    world, dice, live = staff.world, staff.dice, given["status"] in ("RUNNING", "PAUSED")
    port = agent.get("port") or 9000 + dice.number(1, 900)
    checked = world.now - dice.wait(SECOND, 50 * SECOND) if live else None
    unset = dict.fromkeys(("deployed_at", "retired_at", "error_message"))
    world.add(
        "agents.agent_deployments",
        dice,
        at,
        **{"health": "UNKNOWN", "updated_at": checked or at, **unset, **given},
        agent_id=agent["id"],
        deployed_by_id=dice.pick(staff.members[agent["business_id"]])["id"],
        endpoint_url=f"http://{dice.pick(hosts)}:{port}",
        port=None if agent.get("port") else port,
        instance_count=2 if live and given["site_id"] else 1,
        configuration={"workers": dice.pick((1, 2, 4))},
        last_check_at=checked,
    )


def _desks(staff: Staff, businesses: dict[str, Row]) -> list[tuple[Desk, int]]:
    """The agents that people talk to, and how often each is asked."""
    world, found = staff.world, []
    inside = {user["id"] for members in staff.members.values() for user in members}
    outside = sorted(
        (user for user in world.kept["identity.users"] if user["id"] not in inside and not user.get("is_superuser")),
        key=lambda user: user["created_at"],
    )
    models = {model["id"]: model for model in staff.models.values()}
    asked = [
        (agent, {"talk": ["office"], "audience": "registry"})
        for agent in staff.registry[:: len(staff.registry) // ASKED or 1]
    ]
    for agent, given in staff.given + asked:
        if agent["status"] not in ("ACTIVE", "MAINTENANCE"):
            continue
        members = sorted(staff.members[agent["business_id"]], key=lambda user: user["joined_at"])
        business = next(row for row in businesses.values() if row["id"] == agent["business_id"])
        desk = Desk(
            agent=agent,
            model=models[agent["model_id"]],
            until=world.now - (3 * HOUR if agent["status"] == "ACTIVE" else UNLIKELY),
            is_outside=given["audience"] == "outside",
            people=outside if given["audience"] == "outside" else members,
            members=members,
            topics=topics(staff.dice, staff.data, given["talk"], business["slug"][:2].upper(), members),
            examples=[example for group in given["talk"] for example in staff.data["examples"].get(group, [])],
        )
        found.append((desk, WEIGHTS[given["audience"]]))
    return found
