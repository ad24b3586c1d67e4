"""What filters compare with: values that occur in the rows, values that are nearly those, and the ends of each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLSchema, get_named_type
from graphql import get_nullable_type as bare

from tests.engine.dice import Dice
from tests.engine.writing import Word, speakable

ENDS: dict[str, tuple[Any, ...]] = {
    "String": ("F1", "f1", "", "red", "100%", "_", "é", '"', "\\", "nothing like it"),
    "Int": (0, 1, 2, -1, 2147483647, -2147483648),
    "Float": (0, 1, 0.5),
    "Decimal": ("1", "2.00", "0", "-0.01", "19.99", "99999999999999999999.99", "0.0000001"),
    "BigInt": ("0", "1", "3000000000", "9223372036854775807", "-9223372036854775808"),
    "Boolean": (True, False),
    "DateTime": (
        "2025-03-01T00:00:00.12Z",
        "2025-05-05T00:00:00Z",
        "2025-04-01T02:00:00.0001+02:00",
        "2025-10-26T00:30:00Z",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2025-12-31T23:59:59.999999Z",
    ),
    "Date": ("2025-01-01", "2025-03-30", "0001-01-01", "9999-12-31"),
    "IpAddress": ("192.0.2.1", "192.0.2.0/24", "2001:db8::1", "0.0.0.0/0"),
    "UUID": ("019a0000-0000-7000-8000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "JSON": ({}, [], {"a": 1}, {"a": 1.0}, ["a"], "a", 1, True, {"a": {"b": "x"}}, {"k": [None]}, {"a": {"k": 2}}),
}
"""Of each scalar, values that may not occur and the ends of its range."""
OFFSETS = tuple(timezone(timedelta(minutes=minutes)) for minutes in (0, 345, -180, 60))
UNITS = tuple(Word(unit) for unit in ("MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"))
TEXTUAL = ("like", "ilike", "startsWith", "endsWith", "contains")
FOR_ADMINS = ("regex",)


@dataclass(frozen=True, slots=True)
class Operands:
    """Draws operators with what they compare with."""

    dice: Dice
    schema: GraphQLSchema

    def operators(self, filter_: str, known: Sequence[Any]) -> dict[str, Any]:
        """One or two operators of the type `filter_`, about values of which `known` occur."""
        type_ = self.schema.type_map[filter_]
        assert isinstance(type_, GraphQLInputObjectType)
        usable = [name for name in type_.fields if name not in FOR_ADMINS]
        names = self.dice.some_of(usable, 1, 2 if self.dice.chance(20) else 1)
        return {name: self._operand(name, type_.fields[name].type, known) for name in names}

    def _operand(self, operator: str, type_: Any, known: Sequence[Any]) -> Any:
        name = get_named_type(type_).name
        special: dict[str, Callable[[], Any]] = {
            "TimeSpan": self._span,
            "JSONPath": lambda: self._path(known),
            "IntFilter": lambda: self.operators("IntFilter", (0, 1, 2, 3)),
        }
        if name in special:
            return special[name]()
        if name.endswith("Range"):
            return {end: self.value(name.removesuffix("Range"), known) for end in ("from", "to")}
        if operator == "isNull":
            return self.dice.chance(50)
        return self._plain(operator, type_, name, known)

    def _plain(self, operator: str, type_: Any, name: str, known: Sequence[Any]) -> Any:
        if name == "JSON":
            return self._document(known)
        if operator == "hasKey":
            return self.dice.one_of(("a", "k", "b", "é", "", "none"))
        if isinstance(bare(type_), GraphQLList):
            items = [item for value in known for item in (value if isinstance(value, list) else [value])]
            return [self.value(name, items) for _ in range(self.dice.one_of((1, 2, 3, 0)))]
        value = self.value(name, known)
        return self._pattern(operator, value) if operator in TEXTUAL else value

    def value(self, name: str, known: Sequence[Any]) -> Any:
        """A value of the scalar or the enumeration `name`."""
        if isinstance(enum := self.schema.type_map[name], GraphQLEnumType):
            return Word(self.dice.one_of(known if known and self.dice.chance(70) else list(enum.values)))
        if name == "JSON":
            return self._document(known)
        ends = () if name == "ID" else ENDS[name]
        value = self.dice.one_of(known) if known and (not ends or self.dice.chance(70)) else self.dice.one_of(ends)
        return self._elsewhere(value) if name == "DateTime" and self.dice.chance(20) else value

    def _elsewhere(self, moment: str) -> str:
        """The same moment as clocks elsewhere show it."""
        if not moment.startswith("2"):
            return moment
        return datetime.fromisoformat(moment).astimezone(self.dice.one_of(OFFSETS)).isoformat()

    def _pattern(self, operator: str, text: str) -> str:
        if operator == "startsWith":
            text = text[: 1 + self.dice.below(6)]
        elif operator == "endsWith":
            text = text[-1 - self.dice.below(6) :]
        else:
            text = text[self.dice.below(4) :][: 1 + self.dice.below(8)]
        if operator not in ("like", "ilike"):
            return text.swapcase() if self.dice.chance(30) else text
        safe = text.replace("\\", "\\\\")
        return self.dice.one_of(
            (f"%{safe}%", f"{safe}%", f"%{safe}", safe, f"_{safe[1:]}" if "\\" not in safe else safe)
        )

    def _span(self) -> dict[str, Any]:
        return {
            self.dice.one_of(("last", "next")): self.dice.one_of((1, 4, 30, 100_000)),
            "unit": self.dice.one_of(UNITS),
        }

    def _document(self, known: Sequence[Any]) -> Any:
        """A document, or a part of one that occurs."""
        found = [value for value in known if speakable(value)]
        if not found or self.dice.chance(40):
            return self.dice.one_of(ENDS["JSON"])
        value = self.dice.one_of(found)
        if isinstance(value, dict) and value and self.dice.chance(60):
            key = self.dice.one_of(sorted(value))
            return {key: value[key]}
        return value

    def _path(self, known: Sequence[Any]) -> dict[str, Any]:
        """A place in a document that occurs, with what is there or with something else."""
        value = self.dice.one_of([item for item in known if speakable(item)] or [{"a": 1}])
        at: list[str] = []
        while isinstance(value, dict | list) and value and len(at) < 3 and not (at and self.dice.chance(30)):
            keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
            key = self.dice.one_of(keys)
            at.append(str(key))
            value = value[key]
        return {"at": at, "eq": self.dice.one_of(ENDS["JSON"]) if self.dice.chance(30) else value}
