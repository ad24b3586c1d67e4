"""How many rows of a connection are expected, how many groups, and whether an index has them in order.

Nobody shall be able to make an operation cheap by saying more: of several conditions the one that leaves fewest rows
counts, not all of them together, and of values, which a plan does not know, nothing is assumed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import prod, sqrt

from graph.engine.costs.statistics import Statistics
from graph.engine.model.entities import Entity
from graph.engine.planning.plan import Bucket, GroupKey, Page, Summary
from graph.engine.planning.terms import AllOf, AnyOf, Compare, Condition, Exists, Hop, Not, Seen, Term, Through

HITS = 0.2
"""The share of rows in which searched words are found."""
SHARE = 0.5
"""The share of rows that fulfil a condition of which nothing is known."""
DISTINCT = 50.0
"""Different values of a term of which nothing is known."""
BUCKETS = {"minute": 5_000, "hour": 2_000, "day": 500, "week": 100, "month": 36, "quarter": 12, "year": 4}
"""Buckets of time between the first row and the last."""
_DAY = timedelta(days=1)
SPANS = {"minute": _DAY / 1440, "hour": _DAY / 24, "day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY}
SPANS |= {"quarter": 90 * _DAY, "year": 365 * _DAY}
"""How long a bucket is, about."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The rows of one connection: those that `hop` leads to, or all of an entity's, as far as `page` wants them."""

    statistics: Statistics
    page: Page
    hop: Hop | None = None
    groups: float = 1.0
    """Among how many groups the rows are spread of which these are one."""

    @property
    def there(self) -> float:
        """How many rows there are that an index leads to; all others need not be passed."""
        hop, entity = self.hop, self.page.entity
        there = self.statistics.led_to(hop.relation) if hop else self.statistics.rows(entity)
        searches = [HITS] if self.page.searches else []
        return there * min([1.0, *searches, *(self._equal(one) for one in self.page.where)])

    @property
    def matching(self) -> float:
        """How many rows the connection has."""
        conditions = [self._share(one) for one in self.page.where]
        searches = [HITS] if self.page.searches else []
        hop, entity = self.hop, self.page.entity
        there = self.statistics.led_to(hop.relation) if hop else self.statistics.rows(entity)
        return there * min([*conditions, *searches, 1.0]) / self.groups

    @property
    def shown(self) -> float:
        """How many rows are on the page."""
        return min(self.page.size, self.matching)

    def passed(self, offset: float) -> float:
        """How many rows an index in the page's order is followed for.

        With conditions it may be to the end, if what they ask for is rare: then as far as between hope and fear.
        """
        hoped = min((self.shown + offset) * self.there / max(self.matching, 1.0), self.there)
        return sqrt(hoped * self.there) if self.page.where else hoped

    @property
    def in_order(self) -> bool:
        """Whether an index has the rows in the page's order."""
        term, hop = self.page.order[0].term, self.hop
        if not isinstance(term, Seen) or term.rule or (hop and not hop.relation.direct):
            return False
        columns = [*([hop.relation.remote] if hop else []), term.column.key]
        return any(names[: len(columns)] == columns for names in indexes(self.page.entity))

    def groups_of(self, summary: Summary) -> float:
        """How many groups the rows fall into."""
        return min(self.matching, prod(self._values(key) for key in summary.keys))

    def filled(self, summary: Summary) -> float:
        """How many groups there are when the gaps are filled: buckets, each with all that the other keys come to."""
        gaps = [self._values(key) for key in summary.keys if key.bucket and key.bucket.fill]
        others = [self._values(key) for key in summary.keys if not (key.bucket and key.bucket.fill)]
        return prod(gaps) * min(self.matching, prod(others))

    def _values(self, key: GroupKey) -> float:
        if key.bucket:
            return _buckets(key.bucket)
        return min(self._different(key.term) or DISTINCT, self.matching)

    def _different(self, term: Term) -> float | None:
        """How many different values `term` has; of another row no more than there are such rows."""
        match term:
            case Seen(column=column):
                return self._distinct(column.key)
            case Through(hop=hop):
                return self._distinct(hop.relation.local) or self.statistics.rows(hop.target)
        return None

    def _distinct(self, key: str) -> float | None:
        return self.statistics.distinct(self.page.entity.name, key)

    def _equal(self, condition: Condition) -> float:
        """The share of rows to which an index leads for the sake of `condition`; none if nothing can fulfil it."""
        match condition:
            case _ if never(condition):
                return 0.0
            case Compare(term=Seen(column=column, rule=None), operator="eq"):
                first = [names[0] for names in indexes(self.page.entity)]
                return self._share(condition) if column.key in first else 1.0
            case AllOf(conditions=inner):
                return min((self._equal(one) for one in inner), default=1.0)
        return 1.0

    def _share(self, condition: Condition) -> float:
        """The share of rows that fulfil `condition`."""
        match condition:
            case _ if never(condition):
                return 0.0
            case Compare(term=Seen(column=column), operator="eq"):
                distinct = self._distinct(column.key)
                return 1 / distinct if distinct else SHARE
            case Compare(operator="ne" | "notIn" | "notNull") | Not():
                return 1.0
            case AllOf(conditions=inner):
                return min((self._share(one) for one in inner), default=1.0)
            case AnyOf(conditions=inner):
                return min(sum(self._share(one) for one in inner), 1.0)
        return SHARE


def never(condition: Condition) -> bool:
    """Whether PostgreSQL knows without looking that no row fulfils `condition`."""
    match condition:
        case Compare(term=Seen(nullable=False), operator="isNull"):
            return True
        case AllOf(conditions=inner) | Exists(where=inner):
            return any(never(one) for one in inner)
        case AnyOf(conditions=inner):
            return all(never(one) for one in inner)
    return False


def _buckets(bucket: Bucket) -> float:
    """How many buckets there are: from end to end of what is filled, if the document itself says that."""
    fill = bucket.fill
    if fill is None or fill.begin is None or fill.end is None:
        return BUCKETS[bucket.unit]
    begin: datetime | None = fill.begin.source.constant
    end: datetime | None = fill.end.source.constant
    if begin is None or end is None:
        return BUCKETS[bucket.unit]
    return max((end - begin) / SPANS[bucket.unit], 0.0) + 1


def indexes(entity: Entity) -> Iterator[list[str]]:
    """The columns of each index over all rows of `entity`."""
    yield [column.key for column in entity.table.primary_key.columns]
    for index in entity.table.indexes:
        options = index.dialect_options["postgresql"]
        if options["where"] is None and options["using"] in (False, "btree"):
            yield list(index.columns.keys())
