"""The statements of batched relations: one for all parents at once, keyed by the parents' keys.

Per-parent pages are numbered by window functions, because that is what a sharded table can do: LATERAL over a list of
keys with a LIMIT it cannot. DataLoaders read their pages by the same sub-select, as rows.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    cast,
    false,
    func,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from graph.engine import keyset
from graph.engine.plan import Batch, Edges, Nodes, Page, PageFlag, PageInfo, Part, TotalCount, TypeName
from graph.engine.sql import (
    EMPTY,
    Statement,
    at_or_beyond,
    belongs,
    compiled,
    conditions,
    info_object,
    int_,
    items_of,
    keys,
    object_of,
    param_values,
    reading,
    row_columns,
    text_,
)


def batch_statement(batch: Batch) -> Statement:
    """Rows of (key, JSON) for the parents' keys given as KEYS."""
    body = batch.body
    if isinstance(body, Page):
        return compiled(_keyed_page(batch, body))
    row = body.entity.table.alias(body.alias)
    link = row.c[batch.relation.remote]
    query = select(link.label("#key"), *items_of(body, row)).where(
        link == any_(keys()), *conditions(row, body.predicate)
    )
    found = query.subquery(f"{body.alias}j")
    columns = [found.c[item.key].label(item.key) for item in body.items]
    return compiled(select(found.c["#key"], object_of(columns, f"{body.alias}o", found)))


def keyed_rows(page: Page, remote: str | None, *, everything: bool = False) -> FromClause:
    """The pages of many parents at once: rows by `key`, those of a page `shown` and numbered by `rn`.

    Every row says of its whole connection: the `total` of rows, and whether rows are `ahead` of the first cursor or
    `beyond` the last one. With `everything` all of it is computed whatever is selected.
    """
    read, source = reading(page), page.entity.table.alias(f"{page.alias}s")
    key = source.c[remote] if remote else cast(null(), Uuid)
    shown = and_(
        true(),
        *([keyset.after(page.order, param_values(page.after), source)] if page.after else []),
        *([keyset.after(keyset.opposite(page.order), param_values(page.before), source)] if page.before else []),
    )
    every: dict[str, Any] = {"partition_by": key}
    window: dict[str, Any] = {"partition_by": [key, shown], "order_by": keyset.sorting(read, source)}
    ahead = at_or_beyond(page, page.after, keyset.opposite(page.order), source) if page.after else false()
    beyond = at_or_beyond(page, page.before, page.order, source) if page.before else false()
    link = [key == any_(keys())] if remote else []
    numbered = select(
        source,
        key.label("#key"),
        shown.label("#shown"),
        func.row_number().over(**window).label("#rn"),
        func.lead(true(), int_(1), false()).over(**window).label("#more"),
        func.count().over(**every).label("#total"),
        func.bool_or(ahead).over(**every).label("#ahead"),
        func.bool_or(beyond).over(**every).label("#beyond"),
    ).where(*link, *belongs(page, source, None))
    rows = numbered.subquery(f"{page.alias}a")
    whole = everything or page.counts or page.asks(PageFlag.HAS_NEXT_PAGE, PageFlag.HAS_PREVIOUS_PAGE)
    in_page = and_(rows.c["#shown"], rows.c["#rn"] <= int_(page.size))
    kept = or_(in_page, rows.c["#rn"] == int_(1)) if whole else in_page
    return select(rows).where(kept).subquery(page.alias)


def _keyed_page(batch: Batch, page: Page) -> Select[Any]:
    """Rows of (key, JSON of the connection)."""
    source = keyed_rows(page, batch.relation.remote)
    shown = and_(source.c["#shown"], source.c["#rn"] <= int_(page.size))
    carried = [source.c[f"#{name}"] for name in ("key", "rn", "more", "total", "ahead", "beyond")]
    rows = select(*carried, shown.label("#shown"), *row_columns(page, source, shown)).subquery(f"{page.alias}j")
    parts = [_keyed_part(part, page, rows) for part in page.parts]
    grouped = select(rows.c["#key"], *parts).group_by(rows.c["#key"]).subquery(f"{page.alias}g")
    columns = [grouped.c[part.key].label(part.key) for part in page.parts]
    return select(grouped.c["#key"], object_of(columns, f"{page.alias}c", grouped))


def _gathered(page: Page, rows: FromClause, aggregate: Any, value: ColumnElement[Any]) -> Any:
    place = rows.c["#rn"].desc() if page.backward else rows.c["#rn"].asc()
    return aggregate(aggregate_order_by(value, place)).filter(rows.c["#shown"])


def _keyed_part(part: Part, page: Page, rows: FromClause) -> Label[Any]:
    match part:
        case Nodes() | Edges():
            nodes = rows.c[f"#n{page.parts.index(part)}"]
            value: Any = func.coalesce(_gathered(page, rows, func.json_agg, nodes), EMPTY)
        case TotalCount():
            value = func.max(rows.c["#total"])
        case PageInfo(items=items):
            value = info_object(items, _keyed_flags(page, rows))
        case TypeName(name=name):
            value = text_(name)
    return value.label(part.key)  # type: ignore[no-any-return]


def _keyed_flags(page: Page, rows: FromClause) -> dict[PageFlag, Any]:
    more = func.coalesce(func.bool_and(rows.c["#more"]).filter(rows.c["#shown"]), false())
    first: Any = null()
    last: Any = null()
    if page.cursors:
        cursors = func.coalesce(_gathered(page, rows, func.array_agg, rows.c["#cursor"]), type_=ARRAY(Text))
        first, last = cursors[int_(1)], cursors[func.count().filter(rows.c["#shown"])]
    return {
        PageFlag.START_CURSOR: first,
        PageFlag.END_CURSOR: last,
        PageFlag.HAS_NEXT_PAGE: or_(false() if page.backward else more, func.bool_or(rows.c["#beyond"])),
        PageFlag.HAS_PREVIOUS_PAGE: or_(more if page.backward else false(), func.bool_or(rows.c["#ahead"])),
    }
