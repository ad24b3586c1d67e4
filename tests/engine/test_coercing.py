"""Values become what graphql-core makes of them, or nothing where it makes nothing of them."""

from typing import Any, cast

from graphql import GraphQLInputType, Undefined, build_schema, coerce_input_value, parse_type, type_from_ast
from hypothesis import given
from hypothesis import strategies as st

from graph.engine.asking.coercing import coercer

SCHEMA = build_schema("""
    enum Size { SMALL LARGE }
    input Point { x: Int! y: Int! = 7 name: String = "here" size: Size }
    input Tree { at: Point inner: [Tree!] sizes: [[Size]] = [[SMALL]] }
    input Either @oneOf { point: Point id: ID }
    type Query { ask(point: Point, tree: Tree, either: Either, much: Float, so: Boolean): Int }
""")
TYPES = ["Int", "Float!", "String", "ID", "Boolean", "Size!", "[Int!]", "[[Size]!]", "Point", "[Tree!]!", "Either"]

LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**32), 2**32) | st.floats() | st.sampled_from(["SMALL", "1", "x", ""])
)
KEYS = st.sampled_from(["x", "y", "name", "size", "at", "inner", "sizes", "point", "id", "other"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
POINTS = st.fixed_dictionaries({"x": st.integers(0, 9)}, optional={"y": LEAVES, "name": st.text(), "size": LEAVES})
TREES = st.recursive(
    st.fixed_dictionaries({}, optional={"at": POINTS}),
    lambda inner: st.fixed_dictionaries({"inner": st.lists(inner, max_size=3) | inner}, optional={"at": POINTS}),
    max_leaves=6,
)


def type_called(name: str) -> GraphQLInputType:
    return cast(GraphQLInputType, type_from_ast(SCHEMA, parse_type(name)))


@given(st.sampled_from(TYPES), VALUES | POINTS | TREES | st.fixed_dictionaries({"point": POINTS}))
def test_a_value_is_coerced_as_graphql_core_does_it(name: str, value: Any) -> None:
    type_ = type_called(name)
    assert repr(coercer(type_)(value)) == repr(coerce_input_value(value, type_))


def test_what_comes_out_has_the_order_of_the_type_and_its_defaults() -> None:
    made = coercer(type_called("[Tree!]!"))({"inner": {"at": {"size": "LARGE", "x": 1}}})
    assert repr(made) == repr(
        [
            {
                "inner": [{"at": {"x": 1, "y": 7, "name": "here", "size": "LARGE"}, "sizes": [["SMALL"]]}],
                "sizes": [["SMALL"]],
            }
        ]
    )


def test_what_the_type_does_not_allow_becomes_nothing() -> None:
    for name, value in (("Point", {"x": 1, "z": 2}), ("Point", {}), ("Either", {"id": None}), ("Int!", None)):
        assert coercer(type_called(name))(value) is Undefined
