"""The derived types by name, each made once; and the names that only derived types may have."""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
)

SUFFIXES = (
    *("Connection", "Edge", "Filter", "OrderBy", "Aggregate", "GroupRow", "GroupKey", "GroupBy"),
    *("Payload", "Input"),
)
"""Endings that belong to derived types: no entity's name may have one."""


class ClashError(TypeError):
    """Two things of the schema want one name."""


@dataclass(slots=True)
class Types:
    """Derived types, by name."""

    named: dict[str, GraphQLNamedType] = field(default_factory=dict)

    def keep(self, *types: GraphQLNamedType) -> None:
        """Keep `types`; ClashError if there is one of the same name."""
        for type_ in types:
            if type_.name in self.named:
                raise ClashError(f"Two types are called {type_.name}.")
            self.named[type_.name] = type_

    def object(self, name: str) -> GraphQLObjectType:
        """The object type `name`."""
        type_ = self.named[name]
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def input(self, name: str) -> GraphQLInputObjectType:
        """The input type `name`."""
        type_ = self.named[name]
        assert isinstance(type_, GraphQLInputObjectType)
        return type_


def enum(name: str, description: str, values: dict[str, str]) -> GraphQLEnumType:
    """An enumeration of `values`: names with what they mean."""
    members = {value: GraphQLEnumValue(value, description=text) for value, text in values.items()}
    return GraphQLEnumType(name, members, description=description)


def many(type_: Any) -> GraphQLList[Any]:
    """A list of `type_`, none of them null."""
    return GraphQLList(GraphQLNonNull(type_))


def some(type_: Any, description: str, **more: Any) -> GraphQLInputField:
    """A key of an input type."""
    return GraphQLInputField(type_, description=description, **more)
