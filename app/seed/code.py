"""The code bases of the sample data: components, files, classes and functions, what needs what, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import islice, product
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.world import Dice, Row, Scale, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FILES = {Scale.SMALL: 4, Scale.MEDIUM: 40, Scale.LARGE: 200}
"""How many files a component has."""
EDITS = {Scale.SMALL: 2, Scale.MEDIUM: 6, Scale.LARGE: 12}
"""How often a file was changed, at most."""
INSIGHTS = {Scale.SMALL: 9, Scale.MEDIUM: 60, Scale.LARGE: 400}
"""How many findings there are in a code base."""
STATUSES = ("NEW", "NEW", "ACKNOWLEDGED", "FIXED", "FIXED", "IGNORED")
CHANGE = (
    *("id", "business_id", "changed_by_id", "agent_id", "type", "entity_type", "entity_id", "file_path", "changes"),
    "changed_at",
)
TYPES = {"md": "MD", "sql": "SQL", "json": "JSON", "html": "HTML"}


class Size(NamedTuple):
    """Of a file: since when it is there, its functions, classes and lines, and the ways through them."""

    since: datetime
    functions: int
    classes: int
    lines: int
    ways: int


@dataclass(slots=True)
class Codebase:
    """The code of a business, and who works on it."""

    given: dict[str, Any]
    row: Row
    members: list[Row]
    agent: Row | None
    """The agent that looks through it."""
    components: list[Row] = field(default_factory=list)
    files: list[tuple[Row, str]] = field(default_factory=list)
    """Each with what it is about."""
    sizes: list[Size] = field(default_factory=list)

    def counts_at(self, at: datetime) -> tuple[int, int, int, int, Decimal | None, int]:
        """How many files, functions, classes and lines there were, how complex, in how many components."""
        there = [size for size in self.sizes if size.since < at]
        functions, classes = sum(size.functions for size in there), sum(size.classes for size in there)
        lines, ways = sum(size.lines for size in there), sum(size.ways for size in there)
        mean = Decimal(round(ways * 100 / functions)) / 100 if functions else None
        components = sum(row["created_at"] < at for row in self.components)
        return len(there), functions, classes, lines, mean, components


@dataclass(slots=True)
class Scan:
    """What code is written down with."""

    world: World
    dice: Dice
    words: dict[str, Any]
    code: Codebase
    log: Callable[[tuple[Any, ...]], None]

    def author(self, at: datetime) -> UUID | None:
        """Somebody who was a member then."""
        there = [member["user_id"] for member in self.code.members if member["joined_at"] < at]
        return self.dice.pick(there) if there else None


def code_of(world: World, given: dict[str, Any]) -> Codebase:
    """The code base that is `given`, still empty."""
    row = next(row for row in world.kept["business.businesses"] if row["slug"] == given["business"])
    members = [m for m in world.kept["identity.memberships"] if m["business_id"] == row["id"] and m["role"] != "VIEWER"]
    agents = [agent for agent in world.kept["agents.agents"] if agent["business_id"] == row["id"]]
    return Codebase(given, row, members, agents[-1] if agents else None)


def make_code(world: World, dice: Dice, data: dict[str, Any], codebases: list[Codebase]) -> Iterator[None]:
    """Component by component, then what agents found in all of them."""
    log = world.bulk("knowledge.knowledge_changes", *CHANGE)
    for code in codebases:
        scan = Scan(world, dice, data["words"], code, log)
        for given in code.given["components"]:
            _component(scan, given)
            yield
        _scans(scan)
        for i in range(INSIGHTS[world.scale]):
            _insight(scan, data["insight"][i % len(data["insight"])], STATUSES[i % len(STATUSES)])
        yield


def _component(scan: Scan, given: list[Any]) -> None:
    world, dice, code = scan.world, scan.dice, scan.code
    name, kind, folder, description, needs, nouns, *status = given
    at = world.start + dice.wait(DAY, 60 * DAY)
    component = world.add(
        "knowledge.code_components",
        dice,
        at,
        business_id=code.row["id"],
        owner_id=dice.pick(code.members)["user_id"],
        name=name,
        type=kind,
        description=description,
        status=status[0] if status else "ACTIVE",
        dependencies=needs,
        documentation_url=f"https://docs.{code.row['slug']}.example/{folder}",
        created_by_id=code.members[0]["user_id"],
    )
    code.components.append(component)
    made: list[tuple[Row, list[Row]]] = []
    combinations = product(scan.words["sections"], nouns, range(len(code.given["paths"])))
    for section, noun, k in islice(combinations, 0 if component["status"] == "PLANNED" else FILES[world.scale]):
        file = _file(scan, component, folder, section, noun, k)
        made.append((file, _contents(scan, file, noun, k, made)))
    _calls(dice, [function for _, functions in made for function in functions])
    _relations(scan, [file for file, _ in made])


def _file(scan: Scan, component: Row, folder: str, section: str, noun: str, k: int) -> Row:
    """A file, and how it came to be what it is."""
    world, dice, code = scan.world, scan.dice, scan.code
    path = code.given["paths"][k].format(folder=folder, section=section, noun=noun, Noun=noun.capitalize())
    at = dice.between(component["created_at"], world.now - 30 * DAY)
    edits = sorted(dice.between(at + HOUR, world.now - DAY) for _ in range(dice.number(0, EDITS[world.scale])))
    row = world.add(
        "knowledge.source_files",
        dice,
        at,
        business_id=code.row["id"],
        component_id=component["id"],
        file_path=path,
        type=TYPES.get(path.rpartition(".")[2], code.given["type"]),
        module=folder.rpartition("/")[2],
        description=f"{component['name']}: everything about a {noun}.",
        content_hash=sha256(f"{path} {len(edits)}".encode()).hexdigest(),
        last_modified_at=edits[-1] if edits else at,
        last_scanned_at=world.now - timedelta(hours=3),
        updated_at=edits[-1] if edits else at,
    )
    code.files.append((row, noun))
    for when, kind in ((at, "ADDED"), *((edit, "MODIFIED") for edit in edits)):
        changes = {"lines": [0, dice.number(20, 90)] if kind == "ADDED" else [dice.number(20, 60), dice.number(61, 99)]}
        _log(scan, when, f"FILE_{kind}", "SourceFile", row["id"], path, changes)
    return row


def _log(scan: Scan, at: datetime, kind: str, entity: str | None, key: UUID | None, path: str | None, how: Row) -> None:
    agent = scan.code.agent
    by_agent = agent and (kind == "OTHER" or kind.startswith("FUNCTION"))
    person, found = (None, agent["id"]) if agent and by_agent else (scan.author(at), None)
    scan.log((scan.dice.id_at(at), scan.code.row["id"], person, found, kind, entity, key, path, how, at))


def _contents(scan: Scan, file: Row, noun: str, k: int, before: list[tuple[Row, list[Row]]]) -> list[Row]:
    """The class and the functions of a file, one below the other; notes and forms have none."""
    dice, name = scan.dice, scan.code.given["classes"][k].format(Noun=noun.capitalize())
    line, functions = dice.number(4, 14), []
    coded = file["type"] == scan.code.given["type"]
    cls = _class(scan, file, name, line, before) if name else None
    line += 6 if cls else 0
    for i in dice.some(range(len(scan.words["verbs"])), dice.number(2, 5)) if coded else ():
        end = line + dice.number(3, 40)
        functions.append(_function(scan, file, cls, noun, i, line, end))
        line = end + 2
    if cls:
        cls["line_end"] = line
    lines, ways = line * 8 // 10 + 1, sum(function["complexity"] for function in functions)
    file |= {"lines_of_code": lines, "complexity_score": ways if coded else None, "size_bytes": line * 34}
    scan.code.sizes.append(Size(file["created_at"], len(functions), int(cls is not None), lines, ways))
    return functions


def _class(scan: Scan, file: Row, name: str, line: int, before: list[tuple[Row, list[Row]]]) -> Row:
    """A class, which may extend an earlier one of its component."""
    world, dice, files = scan.world, scan.dice, {row["id"] for row, _ in before}
    earlier = [row for row in world.kept.get("knowledge.source_classes", ())[-60:] if row["file_id"] in files]
    parent = dice.pick(earlier) if earlier and dice.chance(40) else None
    folder = file["file_path"].split("/")[:-1]
    return world.add(
        "knowledge.source_classes",
        dice,
        file["created_at"],
        file_id=file["id"],
        parent_id=parent["id"] if parent else None,
        name=name,
        kind=dice.pick(("CLASS", "CLASS", "CLASS", "ABSTRACT")),
        namespace="\\".join((scan.code.given["namespace"], *(part.capitalize() for part in folder)))
        if scan.code.given["type"] == "PHP"
        else ".".join((scan.code.given["namespace"], *folder)),
        extends=parent["name"] if parent else None,
        implements=["Countable"] if dice.chance(15) else [],
        properties=[
            {"name": key, "type": kind, "visibility": "private"} for key, kind in (("id", "string"), ("at", "date"))
        ],
        description=f"Keeps what belongs to {name.lower()}.",
        line_start=line,
        line_end=line,
        last_analyzed_at=file["last_scanned_at"],
        updated_at=file["updated_at"],
    )


def _function(scan: Scan, file: Row, cls: Row | None, noun: str, i: int, line: int, end: int) -> Row:
    verb, does, returns = (scan.words[key][i] for key in ("verbs", "does", "returns"))
    camel = scan.code.given["style"] == "camel"
    row = scan.world.add(
        "knowledge.source_functions",
        scan.dice,
        file["created_at"],
        file_id=file["id"],
        class_id=cls["id"] if cls else None,
        name=f"{verb}{noun.capitalize()}" if camel else f"{verb}_{noun}",
        visibility=scan.dice.pick(("PUBLIC", "PUBLIC", "PUBLIC", "PROTECTED", "PRIVATE")) if cls else "PUBLIC",
        parameters=[{"name": noun, "type": noun.capitalize()}, {"name": "force", "type": "bool", "default": False}],
        return_type=returns.format(Noun=noun.capitalize()),
        description=f"{does} a {noun}.",
        complexity=scan.dice.number(1, 4 + (end - line) // 5),
        line_start=line,
        line_end=end,
        calls_functions=[],
        called_by=[],
        last_analyzed_at=file["last_scanned_at"],
        updated_at=file["updated_at"],
    )
    if scan.dice.chance(15):
        _log(scan, file["created_at"], "FUNCTION_ADDED", "SourceFunction", row["id"], file["file_path"], {})
    return row


def _calls(dice: Dice, functions: list[Row]) -> None:
    """Who calls whom among the functions of a component, known by their names."""
    by_name: dict[str, list[Row]] = {}
    for function in functions:
        by_name.setdefault(function["name"], []).append(function)
    names = list(by_name)
    for function in functions:
        for name in dice.some(names, dice.number(0, 2)):
            if name != function["name"] and name not in function["calls_functions"]:
                function["calls_functions"].append(name)
    for function in functions:
        for name in function["calls_functions"]:
            for called in by_name[name]:
                if function["name"] not in called["called_by"]:
                    called["called_by"].append(function["name"])


def _relations(scan: Scan, files: list[Row]) -> None:
    """What each file of a component needs: others of it, and some of the components before."""
    world, dice, kind = scan.world, scan.dice, {"PHP": "REQUIRES", "TS": "USES", "PY": "USES"}
    others = [file for file, _ in scan.code.files]
    classes = {row["id"]: row["file_id"] for row in world.kept.get("knowledge.source_classes", ())}
    parents = {row["file_id"]: classes.get(row["parent_id"]) for row in world.kept.get("knowledge.source_classes", ())}
    for file in files:
        for other in dice.some(others, dice.number(1, 3)):
            if other is not file:
                form = "INCLUDES" if other["type"] in ("HTML", "SQL") else kind[scan.code.given["type"]]
                _relation(scan, file, other["id"], form)
        if parents.get(file["id"]):
            _relation(scan, file, parents[file["id"]], "EXTENDS")


def _relation(scan: Scan, file: Row, other: UUID | None, kind: str) -> None:
    scan.world.add(
        "knowledge.file_relationships",
        scan.dice,
        file["last_scanned_at"],
        source_file_id=file["id"],
        target_file_id=other,
        type=kind,
        strength=scan.dice.pick((1, 1, 1, 2, 3, 5)),
    )


def _scans(scan: Scan) -> None:
    """What nightly scans noted besides: that they ran, and which files had gone."""
    for k in range(6 * EDITS[scan.world.scale]):
        at = scan.world.now - (3 * k + 1) * DAY + 3 * HOUR
        file, noun = scan.dice.pick(scan.code.files)
        if k % 3 == 2:
            path = file["file_path"].replace(noun, f"old_{noun}")
            gone = scan.dice.id_at(at - 90 * DAY)
            _log(scan, at, "FILE_DELETED", "SourceFile", gone, path, {"lines": [scan.dice.number(10, 80), 0]})
        else:
            _log(scan, at, "OTHER", None, None, None, {"scanned": len(scan.code.files)})


def _insight(scan: Scan, given: dict[str, str], status: str) -> None:
    world, dice, code = scan.world, scan.dice, scan.code
    file, noun = dice.pick(code.files)
    fill = {"file": file["file_path"], "noun": noun}
    at = dice.between(max(file["created_at"], world.now - 300 * DAY), world.now - 20 * DAY)
    resolved = at + dice.wait(DAY, 19 * DAY) if status in ("FIXED", "IGNORED") else None
    others = dice.some([row["file_path"] for row, _ in code.files], dice.number(0, 2))
    world.add(
        "knowledge.code_insights",
        dice,
        at,
        business_id=code.row["id"],
        file_id=file["id"],
        agent_id=code.agent["id"] if code.agent else None,
        assigned_to_id=None if status == "NEW" else scan.author(at),
        type=given["type"],
        severity=given["severity"],
        **{key: given[key].format_map(fill) for key in ("title", "description", "recommendation")},
        affected_files=list(dict.fromkeys([file["file_path"], *others])),
        confidence=Decimal(dice.number(55, 99)),
        status=status,
        discovered_at=at,
        resolved_at=resolved,
        updated_at=resolved or at,
    )
