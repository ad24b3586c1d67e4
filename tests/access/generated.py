"""Documents that Schemathesis makes up over a cut of the schema: good ones, and ones with one mistake each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import schemathesis
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    NameNode,
    ObjectFieldNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    print_schema,
    visit,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.graphql import nodes

T = TypeVar("T")

TEXTS = [
    *("", "a", "Shop", "order*", "%", "_", "\\", "'", '"', "(", "[", "$1", "a\0b", "\ufeff", "e\u0301\u0323"),
    *("\U0001f600", "x" * 300, "-1", "null"),
]
MOMENTS = [
    *("2026-11-21T00:00:00Z", "2025-02-28T23:59:59.999+14:00", "2024-02-29T12:00:00-08:30", "0001-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59.999999Z", "infinity", "-infinity", "2026-02-30T00:00:00Z", "2026-01-01", "now", ""),
]
DAYS = ["2026-11-21", "0001-01-01", "9999-12-31", "2026-02-29", "infinity", "5874898-01-01", "yesterday", ""]
NUMBERS = [
    *("0", "-0", "0.01", "-1", "1e3", "99999999999999999999.99", "1" * 60, "1e400", "NaN", "Infinity", "0x1", "", " 1")
]
ADDRESSES = ["127.0.0.1", "::1", "10.0.0.0/8", "0.0.0.0/0", "256.1.1.1", "localhost", "127.0.0.1/33", ""]
SIZES = [0, 1, -1, 2, 100, 101, 10_000, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, 2**63, 10**40]
NOWHERE = "019a0000-0000-7000-8000-000000000000"


def forged(ids: Sequence[str]) -> list[str]:
    """What looks like the global IDs `ids`, and is none or another one."""
    kinds, keys = [id_.rpartition("_")[0] for id_ in ids], [id_.rpartition("_")[2] for id_ in ids]
    crossed = [f"{kind}_{key}" for kind, key in zip(kinds, [*keys[1:], *keys[:1]], strict=True)]
    wrong = [change(id_) for id_ in ids[:1] for change in (str.upper, lambda text: text[:-1], lambda text: f"{text}\0")]
    return [*crossed, *wrong, NOWHERE, f"job_{NOWHERE}", "job_", "_", "", "0", "am9iXzE=", "job:1", "jöb_1"]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask for."""

    ids: Sequence[str]
    texts: Sequence[str] = ()


def scalars(known: Known) -> dict[str, st.SearchStrategy[Any]]:
    """What is drawn for each scalar: mostly what is good, now and then what is at the edge or beyond."""
    ids, text = known.ids, st.one_of(st.sampled_from(TEXTS), st.text(max_size=20))
    words = st.one_of(st.text("abeoS 1", min_size=1, max_size=6), st.sampled_from([*known.texts, "a*"]))
    return {
        "ID": _some(st.sampled_from(ids), st.sampled_from(forged(ids)), nodes.String),
        "Int": _some(st.integers(1, 100), st.sampled_from(SIZES), nodes.Int),
        "String": _some(words, text, nodes.String),
        "Boolean": _some(st.just(True), st.booleans(), nodes.Boolean),
        "DateTime": _some(st.sampled_from(MOMENTS[:3]), st.sampled_from(MOMENTS), nodes.String),
        "Date": _some(st.dates().map(str), st.sampled_from(DAYS), nodes.String),
        "Decimal": _some(st.decimals(-999, 999, places=2).map(_plain), st.sampled_from(NUMBERS), nodes.String),
        "BigInt": _some(st.integers(0, 10_000).map(str), st.sampled_from([*map(str, SIZES), "a", ""]), nodes.String),
        "UUID": _some(st.uuids().map(str), st.sampled_from([NOWHERE, NOWHERE.upper(), "{}", ""]), nodes.String),
        "IpAddress": _some(st.sampled_from(ADDRESSES[:4]), st.sampled_from(ADDRESSES), nodes.String),
        "JSON": _json(text),
        **{name: _rows(text) for name in ROWS},
    }


def _some(good: st.SearchStrategy[Any], edge: st.SearchStrategy[Any], node: Callable[[Any], Any]) -> Any:
    """Mostly something good: a document has many values, and one that is not leaves nothing of the answer."""
    return st.integers(0, 19).flatmap(lambda turn: edge if turn == 0 else good).map(node)


def _plain(number: Decimal) -> str:
    return f"{number:f}"


def _json(text: st.SearchStrategy[str]) -> Any:
    leaf: st.SearchStrategy[Any] = st.one_of(
        text.map(nodes.String), st.sampled_from(SIZES).map(nodes.Int), st.booleans().map(nodes.Boolean)
    )
    return st.one_of(leaf, st.lists(leaf, max_size=3).map(nodes.List))


def _rows(text: st.SearchStrategy[str]) -> Any:
    """Rows of measurements or events, whose fields are known or not, and of a fitting type or not."""
    value: st.SearchStrategy[Any] = st.one_of(
        text.map(nodes.String), st.sampled_from(MOMENTS).map(nodes.String), st.sampled_from(SIZES).map(nodes.Int)
    )
    fields = st.dictionaries(st.sampled_from(FIELDS), value, max_size=4)
    row: st.SearchStrategy[Any] = fields.map(
        lambda given: nodes.Object([_field(name, one) for name, one in given.items()])
    )
    return st.one_of(st.lists(row, max_size=3).map(nodes.List), value)


def _field(name: str, value: ValueNode) -> ObjectFieldNode:
    return ObjectFieldNode(name=NameNode(value=name), value=value)


ROWS = ("MetricRows", "BusinessEventRows", "AnalyticsEventRows")
FIELDS = ("name", "value", "type", "recordedAt", "occurredAt", "domainId", "metadata", "nothing")


def documents(cut: GraphQLSchema, known: Known, count: int, number: int, *, mistaken: bool = False) -> list[str]:
    """So many documents over the one root field of `cut`; `number` makes the same ones again."""
    for name, strategy in scalars(known).items():
        schemathesis.graphql.scalar(name, strategy)
    config = SchemathesisConfig.from_dict({"generation": {"graphql-allow-null": number % 4 == 0}})
    schema = schemathesis.graphql.from_file(print_schema(cut), config=config)
    root: Any = cut.mutation_type or cut.query_type
    (name,) = root.fields
    mode = GenerationMode.NEGATIVE if mistaken else GenerationMode.POSITIVE
    cases = drawn(schema[root.name][name].as_strategy(mode, feedback=NO_FEEDBACK), count, number)
    return [str(case.body) for case in cases]


def drawn(strategy: st.SearchStrategy[T], count: int, number: int) -> list[T]:
    """At most `count` of what `strategy` makes; nothing is shrunk, and nothing kept for the next time."""
    found: list[T] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def note(one: T) -> None:
        found.append(one)

    note()
    return found


class _Naming(Visitor):
    """Adds the ID to whatever is selected of a row."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        if "id" not in getattr(self.info.get_parent_type(), "fields", {}):
            return None
        return SelectionSetNode(selections=(*node.selections, FieldNode(name=NameNode(value="id"))))


def with_ids(schema: GraphQLSchema, document: str) -> str:
    """`document` with the IDs of all rows that it reads."""
    info = TypeInfo(schema)
    named: DocumentNode = visit(parse(document), TypeInfoVisitor(info, _Naming(info)))
    return print_ast(named)
