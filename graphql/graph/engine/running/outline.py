"""A plan in words: which field reads what, how much of it, in what order, in which statement. Nothing here is SQL.

Of the request only what the client wrote itself is told: its variables by name, its literals as they stand there.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from graph.engine.planning.plan import (
    Aggregate,
    Batch,
    Call,
    Choice,
    EdgeNode,
    Edges,
    GroupKey,
    Groups,
    Hole,
    Item,
    Many,
    Nodes,
    Object,
    One,
    Page,
    Part,
    Plan,
    Polymorphic,
    Root,
    RootMeta,
    RootNodes,
    RootPage,
    RootRow,
    RootText,
    Row,
    Rows,
    Summary,
    Value,
)
from graph.engine.planning.terms import (
    AllOf,
    AnyOf,
    Carried,
    Compare,
    Condition,
    Exists,
    Folded,
    Length,
    Not,
    OrderKey,
    Param,
    Rank,
    Term,
    Through,
)

LONGEST = 60
"""Characters of a literal that are shown."""

Labels = Mapping[str, str]
NONE: Labels = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """What one field reads; `within`, what is read for each of its rows."""

    key: str
    kind: str
    entity: str | None = None
    how: str | None = None
    """Whether it is inlined in its parent's statement or batched in one of its own."""
    statement: int | None = None
    """The number of the statement that it begins, if it begins one."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    within: "tuple[Reading, ...]" = ()

    def as_json(self) -> dict[str, Any]:
        """The same as JSON; what does not apply is left out."""
        named = {"key": self.key, "kind": self.kind, "entity": self.entity, "how": self.how}
        found = {**named, "statement": self.statement, **self.facts}
        return {
            **{name: value for name, value in found.items() if value not in (None, ())},
            **({"reads": [each.as_json() for each in self.within]} if self.within else {}),
        }


def outline(plan: Plan) -> tuple[Reading, ...]:
    """What each root field of `plan` reads."""
    batches = list(_batches(plan.batches))
    reader = _Reader({batch.slot: (number, batch) for number, batch in enumerate(batches, start=2)})
    return tuple(reader.root(root) for root in plan.roots)


def _batches(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Parents first, as their statements are numbered."""
    for batch in batches:
        yield batch
        yield from _batches(batch.children)


@dataclass(frozen=True, slots=True)
class _Reader:
    batches: Mapping[int, tuple[int, Batch]]

    def root(self, root: Root) -> Reading:
        match root:
            case RootRow(key=key, row=row, where=where):
                return self._row(key, row, statement=1, where=conditions(where))
            case RootPage(key=key, page=page):
                return self._page(key, page, statement=1)
            case RootNodes(key=key, rows=rows):
                within = tuple(self._row(row.entity.field, row) for row, _, _ in rows)
                return Reading(key, "rows by ID", statement=1, within=within)
            case RootText(key=key):
                return Reading(key, "constant")
            case RootMeta(key=key):
                return Reading(key, "schema")
        return Reading(root.key, "written by hand")

    def _row(self, key: str, row: Row, *, how: str | None = None, statement: int | None = None, **more: Any) -> Reading:
        facts = {**more, **_restricted(row), "columns": _columns([row])}
        return Reading(key, "row", row.entity.name, how, statement, facts, tuple(self._within([row])))

    def _page(self, key: str, page: Page, *, how: str | None = None, statement: int | None = None) -> Reading:
        rows = [row for part in page.parts for row in _rows(part)]
        facts = {**_page_facts(page), **_restricted(page), "columns": _columns(rows)}
        within = (*self._within(rows), *(one for part in page.parts for one in self._summary(part)))
        return Reading(key, "page", page.entity.name, how, statement, facts, within)

    def _within(self, rows: Iterable[Row | Choice]) -> Iterator[Reading]:
        for row in rows:
            if isinstance(row, Choice):
                yield from (self._row(name, arm, how="inlined") for name, arm in row.arms)
            else:
                yield from self._items(row.items)

    def _items(self, items: Iterable[Item]) -> Iterator[Reading]:
        for item in items:
            match item:
                case One(key=key, row=row):
                    yield self._row(key, row, how="inlined")
                case Many(key=key, page=page) | Rows(key=key, page=page):
                    yield self._page(key, page, how="inlined")
                case Polymorphic(key=key, choice=choice):
                    yield Reading(key, "row of any type", how="inlined", within=tuple(self._within([choice])))
                case Call(key=key, needs=needs):
                    yield Reading(key, "computed in Python", facts={"from": tuple(name for name, _ in needs)})
                case Hole(key=key, slot=slot):
                    yield self._batch(key, *self.batches[slot])
                case Object(items=inner):
                    yield from self._items(inner)

    def _batch(self, key: str, number: int, batch: Batch) -> Reading:
        if isinstance(batch.body, Page):
            return self._page(key, batch.body, how="batched", statement=number)
        return self._row(key, batch.body, how="batched", statement=number)

    def _summary(self, part: Part) -> Iterator[Reading]:
        match part:
            case Aggregate(key=key, summary=summary):
                yield Reading(key, "aggregate", facts=_measures(summary), within=tuple(self._items(summary.items)))
            case Groups(key=key, summary=summary):
                facts = {**_group_facts(summary), **_measures(summary)}
                yield Reading(key, "groups", facts=facts, within=tuple(self._items(summary.items)))


def _rows(part: Part) -> Iterator[Row | Choice]:
    match part:
        case Nodes(row=row):
            yield row
        case Edges(items=items):
            yield from (item.row for item in items if isinstance(item, EdgeNode))


def _columns(rows: Iterable[Row | Choice]) -> tuple[str, ...]:
    """The fields that are columns, each once."""
    items = [item for row in rows if isinstance(row, Row) for item in row.items]
    return tuple(dict.fromkeys(named(item.term) for item in items if isinstance(item, Value)))


def _restricted(read: Row | Page) -> dict[str, Any]:
    return {"restricted": True} if read.predicate else {}


def _page_facts(page: Page) -> dict[str, Any]:
    """How the rows of a page are chosen; of one that shows none, only which they are."""
    chosen = {
        "where": conditions(page.where),
        "search": page.search and page.search.words and told(page.search.words),
    }
    if not page.reads_rows:
        return {**chosen, "counted": page.counts or None}
    return {
        "size": page.size,
        "backward": page.backward or None,
        "order": tuple(map(_ordered, page.order)),
        **chosen,
        "offset": page.offset and told(page.offset),
        "after": page.after and _cursor(page.after.values),
        "before": page.before and _cursor(page.before.values),
        "counted": page.counts or None,
    }


def _cursor(values: Iterable[Param | None]) -> str:
    """Where a cursor comes from: all of its values are read from the same."""
    return next((told(value) for value in values if value), "null")


def _group_facts(summary: Summary) -> dict[str, Any]:
    labels = {key.label: _grouped(key) for key in summary.keys} | dict(_measured(summary))
    return {
        "by": tuple(map(_grouped, summary.keys)),
        "having": conditions(summary.having, labels),
        "size": summary.size,
        "order": tuple(_ordered(key, labels) for key in summary.order),
        "offset": summary.offset and told(summary.offset),
    }


def _measures(summary: Summary) -> dict[str, Any]:
    return {"measures": tuple(dict.fromkeys(name for _, name in _measured(summary)))}


def _measured(summary: Summary) -> list[tuple[str, str]]:
    return [(label, measure.name) for label, measure in summary.measures]


def _grouped(key: GroupKey) -> str:
    return f"{named(key.term)} by {key.bucket.unit.lower()}" if key.bucket else named(key.term)


def _ordered(key: OrderKey, labels: Labels = NONE) -> str:
    return f"{named(key.term, labels)} {'DESC' if key.descending else 'ASC'}"


def named(term: Term, labels: Labels = NONE) -> str:
    """What a client calls `term`; of what is carried outwards under a label, the labels tell."""
    match term:
        case Through(hop=hop, term=inner):
            return f"{hop.relation.name}.{named(inner)}"
        case Folded(hop=hop, where=where, aggregated=aggregated):
            rows = f"({' and '.join(conditions(where))})" if where else ""
            return f"{hop.relation.name}{rows}.{aggregated.name}"
        case Length(term=inner):
            return f"{named(inner, labels)}.length"
        case Rank() | Carried():
            return labels.get(term.label, term.label.removeprefix("#"))
    return term.name


def conditions(given: Iterable[Condition], labels: Labels = NONE) -> tuple[str, ...]:
    """Conditions in words."""
    return tuple(_condition(each, labels) for each in given)


def _condition(given: Condition, labels: Labels) -> str:
    match given:
        case Compare(term=term, operator=operator, params=params):
            return " ".join([named(term, labels), operator, *map(told, params)])
        case AllOf(conditions=inner):
            return _joined(" and ", conditions(inner, labels)) or "true"
        case AnyOf(conditions=inner):
            return _joined(" or ", conditions(inner, labels)) or "false"
        case Not(condition=negated):
            return f"not {_condition(negated, labels)}"
        case Exists(hop=hop, where=where):
            return f"{hop.relation.name} some ({' and '.join(conditions(where))})"
    raise TypeError(f"No rule for the condition {given!r}.")


def _joined(word: str, inner: Collection[str]) -> str:
    return f"({word.join(inner)})" if len(inner) > 1 else word.join(inner)


def told(param: Param) -> str:
    """Where the value of `param` comes from: a variable's name, or the literal."""
    source = param.source
    if source.variable is not None:
        return ".".join([f"${source.variable}", *map(str, source.path)])
    text = json.dumps(source.constant, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
