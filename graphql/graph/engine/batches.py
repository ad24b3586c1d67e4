"""The statements of batched relations: one for all parents at once, keyed by the parents' keys.

Per-parent pages are numbered by window functions, because that is what a sharded table can do: LATERAL over a list of
keys with a LIMIT it cannot. DataLoaders read their pages by the same sub-select, as rows.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
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
from graph.engine.json_text import Value, list_of, literal, object_of, string, text
from graph.engine.plan import Batch, Edges, Nodes, Page, PageFlag, PageInfo, Part, TotalCount, TypeName
from graph.engine.sql import (
    Statement,
    at_or_beyond,
    belongs,
    compiled,
    computed_columns,
    conditions,
    cursor,
    edge_json,
    encoded,
    int_,
    keys,
    page_info_json,
    param_values,
    reading,
    row_json,
)


def batch_statement(batch: Batch) -> Statement:
    """Rows of (key, JSON) for the parents' keys given as KEYS."""
    body = batch.body
    if isinstance(body, Page):
        source = keyed_rows(body, batch.relation.remote)
        json = object_of((part.key, _part(part, body, source)) for part in body.parts)
        return compiled(select(source.c["#key"], encoded(text(json))).group_by(source.c["#key"]))
    row = body.entity.table.alias(body.alias)
    link = row.c[batch.relation.remote]
    query = select(link, encoded(text(row_json(body, row))))
    return compiled(query.where(link == any_(keys()), *conditions(row, body.predicate)))


def keyed_rows(page: Page, remote: str | None, *, everything: bool = False) -> FromClause:
    """The pages of many parents at once: rows by "#key", those of a page "#shown" and numbered by "#rn".

    Every row says of its whole connection: the "#total" of rows, and whether rows are "#ahead" of the first cursor or
    "#beyond" the last one. With `everything` all of it is computed whatever is selected.
    """
    read, source = reading(page), page.entity.table.alias(f"{page.alias}s")
    key = source.c[remote] if remote else cast(null(), Uuid)
    shown = and_(true(), *_between(page, source))
    every: dict[str, Any] = {"partition_by": key}
    window: dict[str, Any] = {"partition_by": [key, shown], "order_by": keyset.sorting(read, source)}
    ahead = at_or_beyond(page.after, keyset.opposite(page.order), source) if page.after else false()
    beyond = at_or_beyond(page.before, page.order, source) if page.before else false()
    computed = [column for column in page.entity.columns.values() if column.expression] if everything else []
    carried = [column.of(source).label(column.key) for column in computed] or computed_columns(page, source)
    numbered = select(
        source,
        *carried,
        key.label("#key"),
        shown.label("#inside"),
        func.row_number().over(**window).label("#rn"),
        func.lead(true(), int_(1), false()).over(**window).label("#more"),
        func.count().over(**every).label("#total"),
        func.bool_or(ahead).over(**every).label("#ahead"),
        func.bool_or(beyond).over(**every).label("#beyond"),
    ).where(*([key == any_(keys())] if remote else []), *belongs(page, source, None))
    rows = numbered.subquery(f"{page.alias}a")
    in_page = and_(rows.c["#inside"], rows.c["#rn"] <= int_(page.size))
    whole = everything or page.counts or page.asks(PageFlag.HAS_NEXT_PAGE, PageFlag.HAS_PREVIOUS_PAGE)
    kept = or_(in_page, rows.c["#rn"] == int_(1)) if whole else in_page
    return select(rows, in_page.label("#shown")).where(kept).subquery(page.alias)


def _between(page: Page, source: FromClause) -> list[ColumnElement[bool]]:
    """Whether a row lies between the page's cursors."""
    after = [keyset.after(page.order, param_values(page.after), source)] if page.after else []
    before = [keyset.after(keyset.opposite(page.order), param_values(page.before), source)] if page.before else []
    return [*after, *before]


def _gathered(page: Page, source: FromClause, aggregate: Any, *values: Any) -> Any:
    """An aggregate over the rows of each page in the connection's order; the order is told with its last value."""
    place = source.c["#rn"].desc() if page.backward else source.c["#rn"].asc()
    return aggregate(*values[:-1], aggregate_order_by(values[-1], place)).filter(source.c["#shown"])


def _part(part: Part, page: Page, source: FromClause) -> Value:
    match part:
        case Nodes(row=row):
            return list_of(_gathered(page, source, func.string_agg, text(row_json(row, source)), literal(",")))
        case Edges(items=items):
            edge = text(edge_json(items, page, source))
            return list_of(_gathered(page, source, func.string_agg, edge, literal(",")))
        case TotalCount():
            return [cast(func.max(source.c["#total"]), Text)]
        case PageInfo():
            return page_info_json(part, _flags(page, source))
        case TypeName(name=name):
            return string(name)


def _flags(page: Page, source: FromClause) -> dict[PageFlag, Any]:
    more = func.coalesce(func.bool_and(source.c["#more"]).filter(source.c["#shown"]), false())
    flags: dict[PageFlag, Any] = {
        PageFlag.HAS_NEXT_PAGE: or_(false() if page.backward else more, func.bool_or(source.c["#beyond"])),
        PageFlag.HAS_PREVIOUS_PAGE: or_(more if page.backward else false(), func.bool_or(source.c["#ahead"])),
    }
    if page.cursors:
        gathered = _gathered(page, source, func.array_agg, cursor(page, source))
        cursors = func.coalesce(gathered, type_=ARRAY(Text))
        flags[PageFlag.START_CURSOR] = cursors[int_(1)]
        flags[PageFlag.END_CURSOR] = cursors[func.count().filter(source.c["#shown"])]
    return flags
