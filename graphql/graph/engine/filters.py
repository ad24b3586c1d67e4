"""The operators of `filter`, in one table: what they are called, which types have them, what SQL they become.

Only total operators belong here: none may raise on a row, least of all on a row that is not the viewer's.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_
from sqlalchemy.types import TypeEngine

from graph.engine.errors import BadUserInput
from graph.engine.scalars import Expression, Scalar

LIST_LIMIT = 500
"""Items of a list in a filter."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: its SQL from a column and a parameter, and the shape of its operand."""

    build: Callable[[Expression, Any], ColumnElement[bool]]
    description: str
    ordered: bool = False
    """Whether it needs a type that has an order."""
    many: bool = False
    """Whether its operand is a list."""
    flag: bool = False
    """Whether its operand is a Boolean that chooses between it and its opposite."""


def _in(column: Expression, values: Expression) -> ColumnElement[bool]:
    return column == any_(values)


def _is_null(column: Expression, _: object) -> ColumnElement[bool]:
    return column.is_(None)


def _not_null(column: Expression, _: object) -> ColumnElement[bool]:
    return column.is_not(None)


OPERATORS: dict[str, Operator] = {
    "eq": Operator(operator.eq, "Equal to this."),
    "in": Operator(_in, "Equal to one of these.", many=True),
    "gt": Operator(operator.gt, "After or above this.", ordered=True),
    "gte": Operator(operator.ge, "Not before or below this.", ordered=True),
    "lt": Operator(operator.lt, "Before or below this.", ordered=True),
    "lte": Operator(operator.le, "Not after or above this.", ordered=True),
    "isNull": Operator(_is_null, "Without a value if true, with one if false.", flag=True),
}


CONDITIONS: dict[str, Callable[[Expression, Any], ColumnElement[bool]]] = {
    **{name: op.build for name, op in OPERATORS.items()},
    "notNull": _not_null,
}
"""What each operator of a plan's conditions becomes; those a flag chooses have both their forms here."""


def operators_of(scalar: Scalar) -> dict[str, Operator]:
    """The operators that columns of `scalar` have."""
    return {name: op for name, op in OPERATORS.items() if scalar.comparable or op.flag}


def bind_type(op: Operator, scalar: Scalar) -> TypeEngine[Any]:
    """The SQL type of the operand of `op` on columns of `scalar`."""
    return ARRAY(scalar.bind) if op.many else scalar.bind


def bounded(values: Any, where: str) -> list[Any]:
    """The list `values`; BadUserInput names the argument `where` if it is too long."""
    if len(values) > LIST_LIMIT:
        raise BadUserInput(f'Argument "{where}" has {len(values)} items; at most {LIST_LIMIT} are allowed.')
    return list(values)
