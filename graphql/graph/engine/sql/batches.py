"""The statements of batched relations: one for all parents at once, keyed by the parents' keys.

Per-parent pages are numbered by window functions, because that is what a sharded table can do: LATERAL over a list of
keys with a LIMIT it cannot. DataLoaders read their pages by the same sub-select, as rows.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, Uuid, and_, cast, column, false, func, null, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from graph.engine.model.json_text import Value, list_of, literal, object_of, string, text
from graph.engine.planning.plan import (
    Aggregate,
    Batch,
    Edges,
    Groups,
    Nodes,
    Page,
    PageFlag,
    PageInfo,
    Part,
    TotalCount,
    TypeName,
)
from graph.engine.planning.terms import Hop
from graph.engine.sql import keyset
from graph.engine.sql.expressions import KEYS, Conditions, Expression, int_, keyed, keys, param
from graph.engine.sql.statements import (
    Link,
    Statement,
    at_or_beyond,
    belonging,
    compiled,
    computed_columns,
    cursor,
    edge_json,
    encoded,
    linked,
    page_info_json,
    param_values,
    reading,
    row_json,
    summary_json,
)

__all__ = ["KEYS", "batch_statement", "keyed_rows"]


def batch_statement(batch: Batch) -> Statement:
    """Rows of (key, JSON) for the parents' keys given as KEYS."""
    body = batch.body
    if isinstance(body, Page):
        return _pages(body, batch.hop)
    row, key, conditions = keyed(batch.hop, body.alias)
    allowed = [body.predicate(row)] if body.predicate else []
    return compiled(select(key, encoded(text(row_json(body, row)))).where(*conditions, *allowed))


def _pages(page: Page, hop: Hop) -> Statement:
    """A row for each parent that has any in its connection; for all of them where empty ones have something to show."""
    source = keyed_rows(page, hop)
    rows, key = source, source.c["#key"]
    if any(isinstance(part, Groups) and part.summary.fills for part in page.parts):
        asked: Any = func.unnest(keys()).table_valued(column("key", Uuid), name=f"{page.alias}k").render_derived()
        rows, key = asked.outerjoin(source, source.c["#key"] == asked.c.key), asked.c.key
    json = object_of((part.key, _part(part, page, hop, source, key)) for part in page.parts)
    return compiled(select(key, encoded(text(json))).select_from(rows).group_by(key))


def keyed_rows(page: Page, hop: Hop | None, *, everything: bool = False) -> FromClause:
    """The pages of many parents at once: rows by "#key", those of a page "#shown" and numbered by "#rn".

    Every row says of its whole connection: the "#total" of rows, and whether rows are "#ahead" of the first cursor or
    "#beyond" the last one. With `everything` all of it is computed whatever is selected.
    """
    read = reading(page)
    source, conditions = belonging(page, f"{page.alias}s", _all_of(hop), [order.term for order in page.order])
    key = _key(hop, source)
    shown = and_(true(), *_between(page, source))
    every: dict[str, Any] = {"partition_by": key}
    window: dict[str, Any] = {"partition_by": [key, shown], "order_by": keyset.sorting(read, source)}
    ahead = at_or_beyond(page.after, keyset.opposite(page.order), source) if page.after else false()
    beyond = at_or_beyond(page.before, page.order, source) if page.before else false()
    numbered = select(
        source,
        *_carried(page, source, everything=everything),
        *([] if "#key" in source.c else [key.label("#key")]),
        shown.label("#inside"),
        func.row_number().over(**window).label("#rn"),
        func.lead(true(), int_(1), false()).over(**window).label("#more"),
        func.count().over(**every).label("#total"),
        func.bool_or(ahead).over(**every).label("#ahead"),
        func.bool_or(beyond).over(**every).label("#beyond"),
    ).where(*conditions)
    return _shown(page, numbered.subquery(f"{page.alias}a"), everything=everything)


def _key(hop: Hop | None, source: FromClause) -> Expression:
    """Of which parent a row is."""
    if hop is None:
        return cast(null(), Uuid)
    return source.c["#key" if "#key" in source.c else hop.relation.remote]


def _all_of(hop: Hop | None) -> Link | None:
    """To the rows that `hop` leads to from any of the batch's keys."""
    if hop is None:
        return None

    def rows(name: str) -> tuple[FromClause, Conditions]:
        source, _, conditions = keyed(hop, name)
        return source, conditions

    return Link(rows, ())


def _carried(page: Page, source: FromClause, *, everything: bool) -> list[Expression]:
    """What the rows carry beside the columns of `source`."""
    wanted = computed_columns(page, source)
    if everything:
        computed = [column for column in page.entity.columns.values() if column.expression]
        wanted = [*(column.of(source).label(column.key) for column in computed), *wanted]
    return list({column.key: column for column in wanted if str(column.key) not in source.c}.values())


def _shown(page: Page, rows: FromClause, *, everything: bool) -> FromClause:
    """`rows` with those of a page marked; of a connection without any, its first where something is said of it."""
    first = param(page.offset) if page.offset is not None else int_(0)
    in_page = and_(rows.c["#inside"], rows.c["#rn"] > first, rows.c["#rn"] <= first + int_(page.size))
    kept = or_(in_page, rows.c["#rn"] == int_(1)) if everything or _tells(page) else in_page
    return select(rows, in_page.label("#shown")).where(kept).subquery(page.alias)


def _tells(page: Page) -> bool:
    """Whether something is said of a connection whose page is empty."""
    summarised = any(isinstance(part, Aggregate | Groups) for part in page.parts)
    return page.counts or summarised or page.asks(PageFlag.HAS_NEXT_PAGE, PageFlag.HAS_PREVIOUS_PAGE)


def _between(page: Page, source: FromClause) -> list[ColumnElement[bool]]:
    """Whether a row lies between the page's cursors."""
    after = [keyset.after(page.order, param_values(page.after), source)] if page.after else []
    before = [keyset.after(keyset.opposite(page.order), param_values(page.before), source)] if page.before else []
    return [*after, *before]


def _gathered(page: Page, source: FromClause, aggregate: Any, *values: Any) -> Any:
    """An aggregate over the rows of each page in the connection's order; the order is told with its last value."""
    place = source.c["#rn"].desc() if page.backward else source.c["#rn"].asc()
    return aggregate(*values[:-1], aggregate_order_by(values[-1], place)).filter(source.c["#shown"])


def _part(part: Part, page: Page, hop: Hop, source: FromClause, key: Expression) -> Value:
    match part:
        case Nodes(row=row):
            return list_of(_gathered(page, source, func.string_agg, text(row_json(row, source)), literal(",")))
        case Edges(items=items):
            edge = text(edge_json(items, page, source))
            return list_of(_gathered(page, source, func.string_agg, edge, literal(",")))
        case TotalCount():
            return [cast(func.coalesce(func.max(source.c["#total"]), int_(0)), Text)]
        case PageInfo():
            return page_info_json(part, _flags(page, source))
        case Aggregate() | Groups():
            return summary_json(part, page, linked(hop, key, key.table, page))
        case TypeName(name=name):
            return string(name)


def _skipped(page: Page, source: FromClause) -> Expression:
    """Whether the page's offset leaves rows out, which takes that there are any."""
    assert page.offset is not None
    return and_(param(page.offset) > int_(0), func.count(source.c["#rn"]) > int_(0))


def _any(flag: Expression) -> Expression:
    """Whether `flag` is true of a row; where nothing is known it is not."""
    return func.coalesce(func.bool_or(flag), false())


def _flags(page: Page, source: FromClause) -> dict[PageFlag, Any]:
    more = func.coalesce(func.bool_and(source.c["#more"]).filter(source.c["#shown"]), false())
    flags: dict[PageFlag, Any] = {
        PageFlag.HAS_NEXT_PAGE: or_(false() if page.backward else more, _any(source.c["#beyond"])),
        PageFlag.HAS_PREVIOUS_PAGE: or_(
            more if page.backward else false(),
            _skipped(page, source) if page.offset is not None else _any(source.c["#ahead"]),
        ),
    }
    if page.cursors:
        gathered = _gathered(page, source, func.array_agg, cursor(page, source))
        cursors = func.coalesce(gathered, type_=ARRAY(Text))
        flags[PageFlag.START_CURSOR] = cursors[int_(1)]
        flags[PageFlag.END_CURSOR] = cursors[func.count().filter(source.c["#shown"])]
    return flags
