"""Input values, coerced as graphql-core's `coerce_input_value` does it, by functions that each type is given once.

That one asks anew of every value what kind of type it has, and goes through all fields of an input object for each row.
https://spec.graphql.org/draft/#sec-Input-Objects.Input-Coercion
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    assert_leaf_type,
    is_required_input_field,
)
from graphql.pyutils import is_iterable
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce = Callable[[Any], Any]
"""The coerced value; Undefined where the type does not allow it."""

KEPT = "coerce"
"""Where an input object's type keeps its function, among its extensions: types name each other in circles."""


def coercer(type_: GraphQLInputType) -> Coerce:
    """The function that coerces values of `type_`."""
    match type_:
        case GraphQLNonNull(of_type=inner):
            return _required(coercer(inner))
        case GraphQLList(of_type=inner):
            return _list(coercer(inner))
        case GraphQLInputObjectType():
            kept: Coerce = type_.extensions.setdefault(KEPT, _Object(type_))
            return kept
    return _leaf(assert_leaf_type(type_))


def _required(inner: Coerce) -> Coerce:
    return lambda value: Undefined if value is None or value is Undefined else inner(value)


def _list(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        items = [inner(one) for one in (value if is_iterable(value) else (value,))]
        return Undefined if any(item is Undefined for item in items) else items

    return coerce


def _leaf(type_: GraphQLLeafType) -> Coerce:
    parse = type_.coerce_input_value

    def coerce(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        try:
            return parse(value)
        except Exception:  # whatever it is, it is told by whoever looks for the reason
            return Undefined

    return coerce


class _Field(NamedTuple):
    """A field of an input object: how it is called outside and inside, and what it holds if it is not given."""

    name: str
    key: str
    coerce: Coerce
    required: bool
    default: Any


class _Object:
    """Coerces the values of one type of input objects; its fields are looked up when the first value comes."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self.type = type_

    @cached_property
    def fields(self) -> tuple[_Field, ...]:
        """The fields in the order of the type, which is that of what comes out."""
        return tuple(_field(name, field) for name, field in self.type.fields.items())

    @cached_property
    def names(self) -> frozenset[str]:
        """What they are called."""
        return frozenset(self.type.fields)

    @cached_property
    def plain(self) -> bool:
        """Whether what comes out is a dict, of which no more is asked."""
        return not self.type.is_one_of and self.type.out_type is GraphQLInputObjectType.out_type

    def __call__(self, value: Any) -> Any:
        """The coerced object."""
        if value is None or value is Undefined:
            return None
        if not isinstance(value, dict) or not self.names.issuperset(value):
            return Undefined
        coerced: dict[str, Any] = {}
        for name, key, coerce, required, default in self.fields:
            if name in value:
                one = coerce(value[name])
                if one is Undefined:
                    return Undefined
                coerced[key] = one
            elif required:
                return Undefined
            elif default is not Undefined:
                coerced[key] = default
        return coerced if self.plain else self._checked(coerced)

    def _checked(self, coerced: dict[str, Any]) -> Any:
        if self.type.is_one_of and (len(coerced) != 1 or None in coerced.values()):
            return Undefined
        return self.type.out_type(coerced)


def _field(name: str, field: GraphQLInputField) -> _Field:
    required = is_required_input_field(field)
    default = Undefined if required else coerce_default_value(field)
    return _Field(name, field.out_name or name, coercer(field.type), required, default)
