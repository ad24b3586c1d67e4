"""What many rows come to: the functions, what they are called, what SQL they become."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Double, Integer, Numeric, cast, func, literal_column

from graph.engine.model.scalars import Expression

NUMERIC = {
    "sum": "The sum; of money null where there are several currencies",
    "avg": "The mean, rounded to 6 places; of money null where there are several currencies",
    "stddev": "The standard deviation of the sample, rounded to 6 places",
    "median": "The median, of 15 digits and rounded to 6 places; of money null where there are several currencies",
}
"""Aggregates of numbers, with what they mean."""

PLACES = 6
"""Decimal places of what is no exact number."""

_PLACES = literal_column(str(PLACES), Integer)
_HALF = literal_column("0.5", Double)
_ZERO = literal_column("0", Integer)
# PostgreSQL divides to 16 digits, or to the scale of what it divides: of large numbers that is too few places.
_EXACT = Numeric(60, PLACES + 2)


def rounded(value: Expression) -> Expression:
    """`value` to PLACES, half away from zero, without trailing zeros."""
    return func.trim_scale(func.round(value, _PLACES), type_=Numeric())


def _percentile(term: Expression, at: Expression) -> Expression:
    """Interpolated (percentile_cont), which PostgreSQL does in double precision only."""
    found = func.percentile_cont(at).within_group(cast(term, Double))
    return rounded(cast(found, Numeric()))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "count": func.count,
    "countDistinct": lambda term: func.count(term.distinct()),
    "sum": lambda term: func.sum(term, type_=Numeric()),
    "avg": lambda term: rounded(cast(func.sum(term), _EXACT) / func.nullif(func.count(term), _ZERO)),
    "stddev": lambda term: rounded(func.stddev_samp(cast(term, _EXACT))),
    "median": lambda term: _percentile(term, _HALF),
    "percentile": _percentile,
    "min": func.min,
    "max": func.max,
}
"""From a term (and the fraction of a percentile) to the aggregate."""
