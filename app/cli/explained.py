"""How an explanation looks to a person: the plan, the statements with PostgreSQL's own plans, the time."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from app.cli.sql import laid_out
from graph.engine.running.explain import Explanation, Node, Told, nodes, thrown_away
from graph.engine.running.outline import Reading

BAR = 30
"""Characters of the bar that stands for all the time."""
LONG = 1_000
"""Characters of a line that goes to a file or a pager, where nothing may be cut off."""


def show(explanation: Explanation) -> None:
    """Print all of `explanation` to standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = LONG
    for part in _parts(explanation):
        console.print(part, soft_wrap=isinstance(part, Text))


def _parts(explanation: Explanation) -> Iterator[RenderableType]:
    plan = Tree(Text("Plan", "bold"))
    for reading in explanation.plan:
        _grow(plan, reading)
    yield plan
    for statement in explanation.statements:
        yield from _statement(statement)
    if explanation.analyzed:
        yield Text("\nTime", "bold")
        yield _times(explanation.seconds)


def _grow(tree: Tree, reading: Reading) -> None:
    branch = tree.add(_reading(reading))
    for inner in reading.within:
        _grow(branch, inner)


def _reading(reading: Reading) -> Text:
    said = Text.assemble((reading.key, "bold cyan"), f"  {reading.kind}")
    if reading.entity:
        said.append(f" of {reading.entity}" if reading.kind == "page" else f": {reading.entity}")
    for part in (*_facts(reading.facts), reading.how or ""):
        said.append(f" · {part}" if part else "")
    said.append(f" · statement {reading.statement}" if reading.statement else "", "magenta")
    if columns := reading.facts.get("columns"):
        said.append(f"\n{', '.join(columns)}", "dim")
    return said


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    """What a plan says of a field, in the order in which one would ask."""
    if size := facts.get("size"):
        yield f"the {'last' if facts.get('backward') else 'first'} {size}"
    for name, joint in (("by", ", "), ("measures", ", "), ("order", ", "), ("where", " and "), ("having", " and ")):
        if facts.get(name):
            yield f"{name} {joint.join(facts[name])}"
    for name in ("search", "offset", "after", "before"):
        if facts.get(name):
            yield f"{name} {facts[name]}"
    if facts.get("from"):
        yield f"from {', '.join(facts['from'])}"
    for name, said in (("counted", "counted"), ("restricted", "only what the viewer may see")):
        if facts.get(name):
            yield said


def _statement(told: Told) -> Iterator[RenderableType]:
    heading = Text.assemble("\n", (f"Statement {told.number}", "bold"))
    for part in _numbers(told):
        heading.append(f" · {part}")
    yield heading
    for place, parameter in enumerate(told.parameters, start=1):
        yield _parameter(place, parameter)
    yield _sql(told.statement.text)
    if told.sent:
        yield _postgresql(told.sent.node)


def _sql(text: str) -> Text:
    """A statement in colours; not as `Syntax`, which would pad every line to the longest."""
    lines = textwrap.indent(laid_out(text), "  ")
    found = Syntax("", "postgresql", background_color="default").highlight(lines)
    found.rstrip()
    return found


def _numbers(told: Told) -> Iterator[str]:
    if told.sent is None:
        yield "not sent"
        return
    facts = told.as_json()
    if facts["rows"] is not None:
        yield _count(facts["rows"], "row")
        yield f"{_count(facts['read'], 'row')} read"
    if facts["partitions"]["total"]:
        yield "{scanned} of {total} partitions".format(**facts["partitions"])
    if facts["buffers"]:
        yield "{hit} buffers hit, {read} read".format(**facts["buffers"])
    if facts["milliseconds"] is not None:
        yield f"{facts['milliseconds']:.2f} ms"


def _parameter(place: int, parameter: Mapping[str, Any]) -> Text:
    """A parameter's place and name, and what the client wrote for it."""
    name = parameter.get("variable") or ("" if "value" in parameter else parameter["name"])
    value = json.dumps(parameter["value"], default=str, ensure_ascii=False) if "value" in parameter else ""
    return Text(f"  ${place} = {' = '.join(filter(None, (name, value)))}", "dim")


def _postgresql(node: Node) -> Tree:
    """PostgreSQL's plan; what never ran of an Append's many children is but counted."""
    tree = Tree(Text("PostgreSQL's plan", "dim"), guide_style="dim")
    _plant(tree, [node])
    return tree


def _plant(tree: Tree, children: Iterable[Node]) -> None:
    idle = 0
    for node in children:
        if node.get("Actual Loops", 1):
            _plant(tree.add(_node(node)), node.get("Plans", ()))
        else:
            idle += sum("Relation Name" in one for one in nodes(node)) or 1
    if idle:
        tree.add(Text(f"{idle} never executed", "dim"))


def _node(node: Node) -> Text:
    said = Text(node["Node Type"])
    if "Index Name" in node:
        said.append(f" using {node['Index Name']}")
    if "Relation Name" in node:
        said.append(f" on {node['Schema']}.{node['Relation Name']} {node['Alias']}", "cyan")
    for part in _measured(node):
        said.append(f" · {part}", "dim")
    return said


def _measured(node: Node) -> Iterator[str]:
    if "Actual Loops" not in node:
        yield f"about {_count(node['Plan Rows'], 'row')}"
        yield f"cost {node['Total Cost']}"
        return
    loops = node["Actual Loops"]
    yield _count(round(node["Actual Rows"] * loops), "row") + (f" in {loops} loops" if loops > 1 else "")
    if dropped := round(thrown_away(node) * loops):
        yield f"{dropped} thrown away"
    if removed := node.get("Subplans Removed"):
        yield f"{removed} pruned"
    yield f"{node['Shared Hit Blocks'] + node['Shared Read Blocks']} buffers"
    yield f"actual time {node['Actual Total Time'] * loops:.3f} ms"


def _times(seconds: Mapping[str, float]) -> Table:
    """The phases, a bar for each."""
    total = sum(seconds.values())
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for phase, spent in seconds.items():
        table.add_row(f"  {phase}", f"{spent * 1e3:.2f} ms", Text("█" * round(BAR * spent / total), "cyan"))
    table.add_row("  all", f"{total * 1e3:.2f} ms", style="bold")
    return table


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
