"""Groups of rows as SQL: what they have in common, what is measured of them, buckets of time and their gaps."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Double,
    FromClause,
    Interval,
    Select,
    and_,
    case,
    cast,
    column,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)

from graph.engine.errors import GAPS
from graph.engine.model.entities import Entity
from graph.engine.model.json_text import literal
from graph.engine.planning.plan import Bucket, Fill, GroupKey, Summary
from graph.engine.planning.terms import Seen, Through
from graph.engine.sql import keyset
from graph.engine.sql.expressions import Conditions, Expression, aggregate, condition, expression, int_, param
from graph.engine.sql.fragments import aliased


def grouped(summary: Summary, source: FromClause, conditions: Conditions, outer: Sequence[FromClause]) -> Select[Any]:
    """The groups of `summary` that are shown, in their order: rows of keys and measures by their labels."""
    keys = [_key(key, source).label(key.carried) for key in summary.keys]
    measures = [aggregate(found, source).label(label) for label, found in summary.measures]
    found = select(*keys, *measures).select_from(source).where(*conditions)
    found = found.group_by(*(literal_column(f'"{key.carried}"') for key in summary.keys))
    found = found.correlate(*outer) if outer else found
    if not summary.keys:
        return found
    # PostgreSQL cannot know how few buckets there are: with a LIMIT in sight it would sort all rows to group them.
    have = found.cte(f"{summary.alias}g", nesting=True).prefix_with("MATERIALIZED")
    gaps = next((key for key in summary.keys if key.bucket and key.bucket.fill), None)
    every = _named(summary, _filled(summary, have, gaps) if gaps else have)
    shown = select(every).where(*(condition(one, every) for one in summary.having))
    shown = shown.order_by(*keyset.sorting(summary.order, every)).limit(int_(summary.size or 1))
    return shown.offset(param(summary.offset)) if summary.offset else shown


def _named(summary: Summary, groups: FromClause) -> FromClause:
    """`groups` with the names of what they are grouped by the keys of."""
    rows, names = groups, list[Expression]()
    for key in summary.keys:
        if key.by and isinstance(key.term, Through):
            target = aliased(key.term.hop.target.table, f"{summary.alias}n{len(names)}")
            rows = rows.outerjoin(target, target.c.id == groups.c[key.carried])
            names.append(expression(key.term.term, target).label(key.label))
    return select(groups, *names).select_from(rows).subquery(f"{summary.alias}n") if names else groups


def _key(key: GroupKey, source: FromClause) -> Expression:
    value = expression(key.by or key.term, source)
    return _bucket(key.bucket, value) if key.bucket else value


def _bucket(bucket: Bucket, value: Expression) -> Expression:
    """The first moment, or day, of the bucket that `value` falls into."""
    if bucket.day:
        return cast(func.date_trunc(literal(bucket.unit), cast(value, DateTime())), Date)
    first: Expression = func.date_trunc(literal(bucket.unit), value, *_zone(bucket), type_=DateTime(timezone=True))
    if bucket.zone is None or bucket.unit in ("hour", "minute"):
        return first
    # Where a clock shows midnight twice, PostgreSQL takes the second one.
    zone, earlier = param(bucket.zone), first - _interval("1 hour")
    return case((func.timezone(zone, earlier) == func.timezone(zone, first), earlier), else_=first)


def _zone(bucket: Bucket) -> list[Expression]:
    return [] if bucket.zone is None else [param(bucket.zone)]


def in_group(key: GroupKey, source: FromClause, group: FromClause, entity: Entity) -> ColumnElement[bool]:
    """Whether a row of `source` has `key` in common with `group`."""
    own, theirs = _key(key, source), group.c[key.carried]
    same = own == theirs
    if key.bucket and isinstance(key.term, Seen) and key.term.column.key == entity.time and not key.term.rule:
        return and_(same, *_near(key.bucket, source, theirs))
    nullable = key.by.nullable if key.by else key.nullable
    return or_(same, and_(own.is_(None), theirs.is_(None))) if nullable else same


def _near(bucket: Bucket, source: FromClause, moment: Expression) -> Conditions:
    """Ids of about the time of a bucket, so that only its partitions are visited."""
    first = func.public.uuid7_floor(moment)
    last = func.public.uuid7_floor(moment + _step(bucket, 1) + _interval("1 day"))
    return [source.c.id >= first, source.c.id < last]


def _interval(said: str) -> Expression:
    return literal_column(f"'{said}'::interval", Interval)


def _step(bucket: Bucket, count: int) -> Expression:
    return _interval(f"{count * 3} months" if bucket.unit == "quarter" else f"{count} {bucket.unit}")


def _filled(summary: Summary, have: FromClause, gaps: GroupKey) -> FromClause:
    """The groups that `have` rows, and one without for each bucket in which there is none."""
    assert gaps.bucket is not None and gaps.bucket.fill is not None
    series = _series(gaps.bucket, gaps.bucket.fill, have.c[gaps.carried], have, f"{summary.alias}s")
    others = [key.carried for key in summary.keys if key is not gaps]
    rows: FromClause = series
    if others:
        kinds = select(*(have.c[label] for label in others)).distinct().subquery(f"{summary.alias}o")
        rows = series.join(kinds, true())
    here = {key.carried: series.c.at if key is gaps else kinds.c[key.carried] for key in summary.keys}
    # EXCEPT takes NULLs for the same and hashes, which a comparison with every group could not.
    wanted = select(*(value.label(label) for label, value in here.items())).select_from(rows)
    missing = wanted.except_(select(*(have.c[label] for label in here))).subquery(f"{summary.alias}h")
    empty = [int_(0) if not measure.nullable else null() for _, measure in summary.measures]
    return union_all(select(have), select(missing, *empty)).subquery(f"{summary.alias}f")


def _series(bucket: Bucket, fill: Fill, key: Expression, have: FromClause, name: str) -> FromClause:
    """The buckets from the first to the last, as the column "at"."""
    first = _bucket_of_end(bucket, fill.begin, select(func.min(key)).select_from(have).scalar_subquery())
    last = _bucket_of_end(bucket, fill.end, select(func.max(key)).select_from(have).scalar_subquery())
    # Nothing but this divides by zero, so that `run.fault` knows what the error means.
    too_many = case(
        (last > first + _step(bucket, GAPS), literal_column("0.0", Double)), else_=literal_column("1.0", Double)
    )
    step = _step(bucket, 1).op("/", return_type=Interval())(too_many)
    # Added up step by step, midnights that a clock change skips or repeats shift all that follow, by hours.
    end = last if bucket.day or bucket.unit in ("hour", "minute") else last + _interval("2 hours")
    moments = func.generate_series(first, end, step, *([] if bucket.day else _zone(bucket)))
    moment: Any = column("moment", DateTime(timezone=not bucket.day))
    every = moments.table_valued(moment, name=f"{name}m").render_derived(name=f"{name}m")
    at = _bucket(bucket, every.c.moment)
    return select(at.label("at")).select_from(every).subquery(name)


def _bucket_of_end(bucket: Bucket, given: Any, found: Expression) -> Expression:
    """Where a series begins or ends: the bucket of the moment `given`, if one is, else the one `found` among groups."""
    if given is None:
        return cast(found, DateTime()) if bucket.day else found
    if bucket.day:
        return func.date_trunc(literal(bucket.unit), cast(param(given), DateTime()))
    return _bucket(bucket, param(given))
