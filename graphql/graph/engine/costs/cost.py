"""What an operation will cost, known before it runs: from its plan and how many rows there are, and nothing else."""

from collections.abc import Iterable
from math import ceil
from typing import Any, NamedTuple

import orjson

from graph.engine.costs.statistics import Statistics
from graph.engine.costs.work import Work, work
from graph.engine.errors import TooComplex
from graph.engine.planning.plan import Plan

UNIT = 10.0
"""Microseconds of a database's time that one unit of cost stands for."""

MICROSECONDS: dict[Work, float] = {
    Work.OPERATION: 90,
    Work.PARAMETER: 15,
    Work.SELECT: 2,
    Work.TERM: 0.4,
    Work.READ: 2,
    Work.PARTITION: 0.83,
    Work.ROW: 0.024,
    Work.SCAN: 0.042,
    Work.VALUE: 0.024,
    Work.BYTE: 0.014,
    Work.CURSOR: 3.2,
    Work.SORT: 0.01,
    Work.CONDITION: 0.028,
    Work.JOIN: 0.11,
    Work.MATCH: 0.1,
    Work.RANK: 1,
    Work.HIGHLIGHT: 3.2,
    Work.MEASURE: 0.025,
    Work.COLLECT: 0.11,
    Work.GROUP: 0.23,
    Work.FILL: 0.017,
    Work.WALK: 0.01,
}
"""What one of each kind of work takes; fitted by `tests/engine/calibration.py` to sample data of two sizes."""


class Cost(NamedTuple):
    """What something costs in all, in units, and the path of the field that costs most on its own."""

    total: int
    path: str
    most: int = 0
    """What that field costs."""

    def below(self, key: str, path: str) -> "Cost":
        """The same cost of a field that stands at `path` and not, as `key`, at the root."""
        return self._replace(path=path + self.path.removeprefix(key))

    def times(self, count: int) -> "Cost":
        """The same so many times."""
        return self._replace(total=count * self.total, most=count * self.most)


COST = "cost"
"""The extension of the response that a client asks for."""
FREE = Cost(0, "")


def cost(plan: Plan, statistics: Statistics, answer: Any = None) -> Cost:
    """What `plan` costs; with the `answer` that it came to, what it did cost.

    Then the rows in the answer count instead of those that were expected, each with its values, its cursor and what
    was looked up for it; what was read without being shown (rows passed, counted, sorted, summed up) stays estimated.
    """
    done = work(plan, statistics, answer).items()
    fields = {path: sum(MICROSECONDS[kind] * amount for kind, amount in amounts.items()) for path, amounts in done}
    path = max(fields, key=lambda path: (path != "", fields[path], path))
    return Cost(ceil(sum(fields.values()) / UNIT), path, ceil(fields[path] / UNIT))


def together(costs: Iterable[Cost]) -> Cost:
    """What several plans cost."""
    found = [FREE, *costs]
    return max(found, key=lambda one: one.most)._replace(total=sum(one.total for one in found))


def check(price: Cost, limit: int) -> None:
    """Raise TooComplex if something costs more than may be spent on one operation."""
    if price.total > limit:
        raise TooComplex(
            f"The operation costs {price.total:,}; {limit:,} are allowed. "
            f'What costs most is "{price.path}": ask for fewer rows there.',
            limit="cost",
            asked=price.total,
            allowed=limit,
            path=price.path,
        )


def spent(price: Cost, reads: Iterable[tuple[Plan, bytes]], statistics: Statistics) -> bytes:
    """The extension that tells what was requested and, by the JSON that plans came to, what it actually cost."""
    actual = sum(cost(plan, statistics, _parsed(json)).total for plan, json in reads)
    return b'"%s":{"requested":%d,"actual":%d}' % (COST.encode(), price.total, actual)


def _parsed(json: bytes) -> Any:
    """The JSON value; None, which leaves the cost as expected, where a stored document is beyond what can be read."""
    try:
        return orjson.loads(json)
    except orjson.JSONDecodeError:
        return None
