"""Values of arguments in GraphQL's own writing: as literals, as variables, and as variables inside of literals."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
)

from tests.engine.dice import Dice

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


class Word(str):
    """A value of an enumeration."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cursor of row number `place` of the rows of `entity` in an order, or of those that a search finds.

    It is always a variable, whose value whoever runs the document looks up.
    """

    entity: str
    order: str
    """The keys as JSON."""
    search: str | None
    place: int


@dataclass(slots=True)
class Variables:
    """The variables of one operation, declared as they are needed."""

    dice: Dice
    values: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    _same: dict[tuple[str, str], str] = field(default_factory=dict)
    """Variables by their type and value."""

    @property
    def head(self) -> str:
        """What stands behind the operation's name."""
        return f"({', '.join(self.declared)})" if self.declared else ""

    def argument(self, type_: Any, value: Any) -> str:
        """The writing of an argument."""
        often = 30 if isinstance(value, dict | list) else 45
        if isinstance(value, Cursor) or self.dice.chance(often):
            return self._variable(type_, value)
        return self._literal(type_, value)

    def absent(self, type_: Any) -> str:
        """The writing of a nullable argument that says nothing."""
        name, kind = f"v{len(self.declared)}", self.dice.below(3)
        if kind == 0:
            return "null"
        self.declared.append(f"${name}: {get_nullable_type(type_)}")
        if kind == 1:
            self.values[name] = None
        return f"${name}"

    def _variable(self, type_: Any, value: Any, *, required: bool = False) -> str:
        strict = required or (not isinstance(value, Cursor) and self.dice.chance(15))
        declared = f"{get_nullable_type(type_)}!" if strict else str(type_)
        known = (declared, repr(value))
        if known not in self._same or self.dice.chance(40):
            self._same[known] = self._declare(type_, declared, value)
        return self._same[known]

    def _declare(self, type_: Any, declared: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        by_default = not isinstance(value, Cursor) and self.dice.chance(15)
        self.declared.append(f"${name}: {declared}{f' = {literal(type_, value)}' if by_default else ''}")
        if not by_default:
            self.values[name] = value if isinstance(value, Cursor) else plain(value)
        return f"${name}"

    def _literal(self, type_: Any, value: Any) -> str:
        match get_nullable_type(type_):
            case GraphQLInputObjectType() as object_:
                parts = [f"{name}: {self._part(object_, name, item)}" for name, item in value.items()]
                return f"{{{', '.join(parts)}}}"
            case GraphQLList(of_type=inner) if len(value) == 1 and self.dice.chance(10):
                return self._literal(inner, value[0])
            case GraphQLList(of_type=inner):
                return f"[{', '.join(self._inner(inner, item) for item in value)}]"
        return literal(type_, value)

    def _part(self, object_: GraphQLInputObjectType, name: str, value: Any) -> str:
        return self._inner(object_.fields[name].type, value, required=object_.is_one_of)

    def _inner(self, type_: Any, value: Any, *, required: bool = False) -> str:
        if self.dice.chance(12):
            return self._variable(type_, value, required=required)
        return self._literal(type_, value)


def literal(type_: Any, value: Any) -> str:
    """`value` without variables."""
    match type_:
        case GraphQLNonNull(of_type=inner):
            return literal(inner, value)
        case GraphQLList(of_type=inner):
            return f"[{', '.join(literal(inner, item) for item in value)}]"
        case GraphQLInputObjectType(fields=fields):
            return f"{{{', '.join(f'{name}: {literal(fields[name].type, item)}' for name, item in value.items())}}}"
        case GraphQLEnumType():
            return str(value)
        case GraphQLScalarType(name="JSON"):
            return _document(value)
    return json.dumps(value)


def _document(value: Any) -> str:
    """A JSON value; its keys must be names."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_document(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_document(item) for item in value)}]"
    return json.dumps(value)


def speakable(value: Any) -> bool:
    """Whether a JSON value can be written as a literal."""
    if isinstance(value, dict):
        return all(_NAME.fullmatch(key) and speakable(item) for key, item in value.items())
    return all(speakable(item) for item in value) if isinstance(value, list) else True


def plain(value: Any) -> Any:
    """`value` as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Word) else value
