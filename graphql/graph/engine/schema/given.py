"""Inputs of hand-written fields, made by functions that each type is given once.

Strawberry looks up the types of all fields of an input anew for every value, unless the type has a `from_input`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING
from functools import cached_property
from typing import Any, NamedTuple

from strawberry.scalars import is_scalar
from strawberry.schema.types.concrete_type import ConcreteType
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition


class _Field(NamedTuple):
    """A field: its name outside and inside, its type, and whether its values are taken as they come."""

    given: str
    name: str
    type: Any
    plain: bool


class _Input:
    """Makes the values of one input type."""

    def __init__(self, definition: StrawberryObjectDefinition) -> None:
        self.definition = definition
        self._fields: list[_Field] | None = None

    @cached_property
    def absent(self) -> dict[str, None]:
        """What is null if it is not given."""
        fields = self.definition.fields
        return {one.python_name: None for one in fields if one.default_value is one.default_factory is MISSING}

    def __call__(self, type_: type, value: Mapping[str, Any], context: InputContext) -> Any:
        """An instance of `type_` of what was coerced."""
        if self._fields is None:
            self._fields = [*self._found(context)]
        made: dict[str, Any] = {**self.absent}
        for given, name, of, plain in self._fields:
            if given in value:
                made[name] = value[given] if plain else context.convert(value[given], of, given)
        return type_(**made)

    def _found(self, context: InputContext) -> Iterable[_Field]:
        for field in self.definition.fields:
            type_ = field.resolve_type(type_definition=self.definition)
            bare: Any = type_
            while isinstance(bare, StrawberryOptional) and not isinstance(bare, StrawberryMaybe):
                bare = bare.of_type
            plain = is_scalar(bare, context.scalar_registry) or isinstance(bare, StrawberryEnumDefinition)
            yield _Field(context.config.name_converter.from_field(field), field.python_name, type_, plain)


def quicken(types: Iterable[ConcreteType]) -> None:
    """Have every input among `types` made so."""
    for concrete in types:
        definition = concrete.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input and definition.from_input is None:
            definition.from_input = _Input(definition)
