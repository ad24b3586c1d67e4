"""From a plan to SQL whose result is the response's JSON text. Mechanical: every decision stands in the plan.

What hangs on a row is a scalar sub-select in the row's own text; a page of rows is a sub-select of its own, so that
nothing is computed for rows that its LIMIT throws away. Aliases come from the plan, so the SQL of a document is always
the same. Columns of our own begin with "#", which a table's column cannot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from graph.engine import keyset
from graph.engine.access import Rule
from graph.engine.filters import CONDITIONS
from graph.engine.json_text import Piece, Value, list_of, literal, object_of, or_null, string, text
from graph.engine.plan import (
    Bound,
    Compare,
    EdgeCursor,
    EdgeNode,
    Edges,
    Hole,
    Item,
    Many,
    Nodes,
    One,
    OrderKey,
    Page,
    PageFlag,
    PageInfo,
    Param,
    Part,
    RootNodes,
    RootPage,
    RootRow,
    Row,
    Seen,
    TotalCount,
    TypeName,
)
from graph.engine.plan import Value as ColumnValue

NONCE = "nonce"
"""Name of the parameter that marks the holes of batched relations; unguessable, new in every run."""
KEYS = "keys"
"""Name of the parameter that holds a batch's keys."""
NOW = "now"
"""Name of the parameter that ends the connections of firehose tables; see `moments.horizon`."""

_DIALECT = asyncpg_dialect()  # type: ignore[no-untyped-call]
_COMMA = literal(",")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text for asyncpg, the names of its parameters in order, and the values of those that rules brought along."""

    text: str
    params: tuple[str, ...]
    constants: Mapping[str, Any]


def compiled(query: Select[Any]) -> Statement:
    """`query` as text with $1, $2, …"""
    result = query.compile(dialect=_DIALECT)
    constants = {name: value for name, value in result.params.items() if value is not None}
    return Statement(str(result), tuple(result.positiontup or ()), constants)


def root_statement(roots: Sequence[RootRow | RootPage | RootNodes]) -> Statement:
    """One row with the JSON of each of `roots`; none if there is but one root and it is not found."""
    found = [_root(root) for root in roots]
    if len(found) == 1:
        (json,) = found[0].selected_columns
        return compiled(found[0].with_only_columns(encoded(json)))
    columns = (encoded(query.scalar_subquery()).label(f"#{number}") for number, query in enumerate(found))
    return compiled(select(*columns))


def encoded(json: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text as bytes, which asyncpg hands over as they are."""
    return func.convert_to(json, literal("UTF8"))


def keys() -> ColumnElement[Any]:
    """The parameter that holds a batch's keys."""
    return bindparam(KEYS, type_=ARRAY(Uuid()))


def _param(param: Param) -> ColumnElement[Any]:
    return bindparam(param.name, type_=param.type)


def int_(number: int) -> ColumnElement[int]:
    """A number of ours as a literal."""
    return literal_column(str(number), Integer)


def _root(root: RootRow | RootPage | RootNodes) -> Select[Any]:
    match root:
        case RootRow(row=row, where=where):
            return _one(row, lambda source: [compare(condition, source) for condition in where])
        case RootPage(page=page):
            return _connection(page, None)
        case RootNodes():
            return _nodes(root)


def _one(row: Row, link: Any, *outer: FromClause) -> Select[Any]:
    source = row.entity.table.alias(row.alias)
    found = select(text(row_json(row, source))).select_from(source)
    found = found.where(*link(source), *conditions(source, row.predicate))
    return found.correlate(*outer) if outer else found


def row_json(row: Row, source: FromClause) -> Value:
    """The JSON object of what `row` selects of `source`."""
    return object_of((item.key, _item(item, source)) for item in row.items)


def _item(item: Item, source: FromClause) -> Value:
    match item:
        case ColumnValue(seen=seen):
            value = seen.column.scalar.to_json(keyset.expression(seen, source))
            return or_null(value) if seen.nullable else value
        case TypeName(name=name):
            return string(name)
        case One(relation=relation, row=row):
            found = _one(row, lambda inner: [inner.c[relation.remote] == source.c[relation.local]], source)
            return or_null([found.scalar_subquery()])
        case Many(relation=relation, page=page):
            return [_connection(page, (relation.remote, source.c[relation.local], source)).scalar_subquery()]
        case Hole(slot=slot, local=local):
            nonce = bindparam(NONCE, type_=Text())
            return or_null(['"', nonce, f":{slot}:", cast(source.c[local], Text), '"'])


Link = tuple[str, ColumnElement[Any], FromClause] | None
"""The column of the page's rows that must equal an expression over an enclosing row."""


def conditions(source: FromClause, predicate: Rule | None) -> list[ColumnElement[bool]]:
    """What `predicate` says of the rows of `source`."""
    return [predicate(source)] if predicate else []


def compare(condition: Compare, source: FromClause) -> ColumnElement[bool]:
    """What `condition` says of the rows of `source`."""
    left = keyset.expression(condition.seen, source)
    return CONDITIONS[condition.operator](left, _param(condition.param) if condition.param else None)


def belongs(page: Page, source: FromClause, link: Link) -> list[ColumnElement[bool]]:
    """What every row of the connection fulfils, wherever its page begins."""
    linked = [source.c[link[0]] == link[1]] if link else []
    compared = [compare(condition, source) for condition in page.where]
    now = [source.c.id < bindparam(NOW, type_=Uuid())] if page.entity.time else []
    return [*linked, *conditions(source, page.predicate), *compared, *now]


def param_values(bound: Bound) -> list[ColumnElement[Any] | None]:
    """The values of a cursor as parameters, None for NULL."""
    return [None if value is None else _param(value) for value in bound.values]


def _nodes(root: RootNodes) -> Select[Any]:
    """The list of rows by ids, null where there is none, in the order asked."""
    places = func.generate_series(int_(1), _param(root.count), type_=Integer)
    asked = places.table_valued("place", name="asked").render_derived(name="asked")
    found = [_found(row, ids, at) for row, ids, at in root.rows]
    if not found:
        return select(literal("[]"))
    every = union_all(*found).subquery("found") if len(found) > 1 else found[0].subquery("found")
    node = func.coalesce(every.c.node, literal("null"))
    joined = func.string_agg(node, aggregate_order_by(_COMMA, asked.c.place))
    rows = asked.outerjoin(every, every.c.place == asked.c.place)
    return select(text(list_of(joined))).select_from(rows)


def _found(row: Row, ids: Param, at: Param) -> Select[Any]:
    columns = column("id", Uuid), column("place", Integer)
    asked = func.unnest(_param(ids), _param(at)).table_valued(*columns, name=f"{row.alias}k")
    asked = asked.render_derived(name=f"{row.alias}k")
    node = _one(row, lambda source: [source.c.id == asked.c.id], asked)
    return select(asked.c.place, node.scalar_subquery().label("node"))


def _connection(page: Page, link: Link) -> Select[Any]:
    """The JSON object of a connection, its rows read in this statement."""
    source = _page_rows(page, link) if page.reads_rows else None
    json = object_of((part.key, _part(part, page, source, link)) for part in page.parts)
    found = select(text(json))
    if source is not None:
        found = found.select_from(source)
    return found.correlate(link[2]) if link else found


def _page_rows(page: Page, link: Link) -> FromClause:
    """The rows of the page in the connection's order; "#more" tells whether another follows in reading direction."""
    read = reading(page)
    limit = int_(page.size + page.looks_ahead)
    arms = [arm.order_by(*keyset.sorting(read, source)).limit(limit) for arm, source in _arms(page, read, link)]
    rows = arms[0] if len(arms) == 1 else _united(page, arms).limit(limit)
    if page.looks_ahead:
        ahead = rows.subquery(f"{page.alias}a")
        sorting = keyset.sorting(read, ahead)
        more = func.lead(true(), int_(1), false()).over(order_by=sorting).label("#more")
        rows = select(ahead, more).order_by(*sorting).limit(int_(page.size))
    if page.backward:
        back = rows.subquery(f"{page.alias}b")
        rows = select(back).order_by(*keyset.sorting(page.order, back))
    return rows.subquery(page.alias)


def _united(page: Page, arms: Sequence[Select[Any]]) -> Select[Any]:
    union = union_all(*(select(arm.subquery(f"{page.alias}u{i}")) for i, arm in enumerate(arms)))
    source = union.subquery(f"{page.alias}u")
    return select(source).order_by(*keyset.sorting(reading(page), source))


def reading(page: Page) -> tuple[OrderKey, ...]:
    """The order in which the page's rows are read: from its end if it is backward."""
    return keyset.opposite(page.order) if page.backward else page.order


def _arms(page: Page, read: Sequence[OrderKey], link: Link) -> Iterator[tuple[Select[Any], FromClause]]:
    """The selects whose union, in this order, is the connection from the page's beginning on."""
    start = page.before if page.backward else page.after
    stop = page.after if page.backward else page.before
    count = 1 if start is None else len(keyset.ranges(read, param_values(start), page.entity.table))
    for index in range(count):
        source = page.entity.table.alias(f"{page.alias}r{index}" if count > 1 else page.alias)
        inside = [keyset.ranges(read, param_values(start), source)[index]] if start else []
        outside = [keyset.after(keyset.opposite(read), param_values(stop), source)] if stop else []
        columns = [source.c[key] for key in needed_columns(page)] + computed_columns(page, source)
        arm = select(*columns).select_from(source).where(*belongs(page, source, link), *inside, *outside)
        yield (arm.correlate(link[2]) if link else arm), source


def needed_columns(page: Page) -> list[str]:
    """The columns that the rows carry: what is selected, leads on or orders; all of them where a rule decides."""
    items, seen = _items(page), _seen(page)
    if any(one.rule for one in seen):
        return [column.key for column in page.entity.table.columns]
    links = {item.relation.local for item in items if isinstance(item, One | Many)}
    holes = {item.local for item in items if isinstance(item, Hole)}
    return sorted({one.column.key for one in seen if not one.column.expression} | links | holes)


def computed_columns(page: Page, source: FromClause) -> list[ColumnElement[Any]]:
    """The expressions over `source` that the rows carry beside its columns."""
    computed = {one.column.key: one.column for one in _seen(page) if one.column.expression}
    return [column.of(source).label(key) for key, column in sorted(computed.items())]


def _items(page: Page) -> list[Item]:
    rows = [part.row for part in page.parts if isinstance(part, Nodes)]
    edges = [item for part in page.parts if isinstance(part, Edges) for item in part.items]
    return [item for row in rows + [edge.row for edge in edges if isinstance(edge, EdgeNode)] for item in row.items]


def _seen(page: Page) -> list[Seen]:
    return [item.seen for item in _items(page) if isinstance(item, ColumnValue)] + [key.seen for key in page.order]


def edge_json(items: Sequence[EdgeNode | EdgeCursor | TypeName], page: Page, source: FromClause) -> Value:
    """The JSON object of the edge of a row of `source`."""

    def value(item: EdgeNode | EdgeCursor | TypeName) -> Value:
        match item:
            case EdgeCursor():
                return string(cursor(page, source))
            case EdgeNode(row=row):
                return row_json(row, source)
            case TypeName(name=name):
                return string(name)

    return object_of((item.key, value(item)) for item in items)


def cursor(page: Page, source: FromClause) -> ColumnElement[Any]:
    """The cursor of a row: base64url of a JSON array (see `order.py`)."""
    values = [cast(keyset.expression(key.seen, source), Text) for key in page.order]
    array = cast(func.json_build_array(literal(page.signature), *values), Text)
    in_lines = func.encode(func.convert_to(array, literal("UTF8")), literal("base64"))
    return func.translate(in_lines, literal_column("E'+/\\n'", Text), literal("-_"))


def _part(part: Part, page: Page, source: FromClause | None, link: Link) -> Value:
    match part:
        case Nodes(row=row):
            assert source is not None
            return list_of(func.string_agg(text(row_json(row, source)), _COMMA))
        case Edges(items=items):
            assert source is not None
            return list_of(func.string_agg(text(edge_json(items, page, source)), _COMMA))
        case TotalCount():
            return [cast(_total(page, link), Text)]
        case PageInfo():
            return page_info_json(part, _flags(part, page, source, link))
        case TypeName(name=name):
            return string(name)


def _total(page: Page, link: Link) -> ColumnElement[Any]:
    source = page.entity.table.alias(f"{page.alias}t")
    counted = select(func.count()).select_from(source).where(*belongs(page, source, link))
    return (counted.correlate(link[2]) if link else counted).scalar_subquery()


def _flags(part: PageInfo, page: Page, source: FromClause | None, link: Link) -> dict[PageFlag, Any]:
    more: Any = false()
    flags: dict[PageFlag, Any] = {}
    if source is not None and page.looks_ahead:
        more = func.coalesce(func.bool_and(source.c["#more"]), false())
    if source is not None and page.cursors:
        cursors = func.array_agg(cursor(page, source), type_=ARRAY(Text))
        flags = {PageFlag.START_CURSOR: cursors[int_(1)], PageFlag.END_CURSOR: cursors[func.count()]}
    ahead = page.after if part.asks(PageFlag.HAS_PREVIOUS_PAGE) else None
    beyond = page.before if part.asks(PageFlag.HAS_NEXT_PAGE) else None
    previous = _exists(page, link, ahead, keyset.opposite(page.order)) if ahead else false()
    following = _exists(page, link, beyond, page.order) if beyond else false()
    flags[PageFlag.HAS_NEXT_PAGE] = following if page.backward else or_(more, following)
    flags[PageFlag.HAS_PREVIOUS_PAGE] = or_(more, previous) if page.backward else previous
    return flags


def page_info_json(part: PageInfo, flags: dict[PageFlag, Any]) -> Value:
    """The JSON object of PageInfo from the expressions of what it may be asked."""
    pairs: list[tuple[str, Sequence[Piece]]] = []
    for item in part.items:
        if isinstance(item, TypeName):
            pairs.append((item.key, string(item.name)))
        elif item[1] in (PageFlag.START_CURSOR, PageFlag.END_CURSOR):
            pairs.append((item[0], or_null(string(flags[item[1]]))))
        else:
            pairs.append((item[0], [cast(flags[item[1]], Text)]))
    return object_of(pairs)


def at_or_beyond(bound: Bound, order: Sequence[OrderKey], source: FromClause) -> ColumnElement[bool]:
    """Whether a row of `source` is at the cursor or beyond it in `order`."""
    values = param_values(bound)
    at = keyset.at(order[-1:] if order[-1].seen.column.key == "id" else order, values, source)
    return or_(at, keyset.after(order, values, source))


def _exists(page: Page, link: Link, bound: Bound, order: Sequence[OrderKey]) -> ColumnElement[bool]:
    source = page.entity.table.alias(f"{page.alias}x")
    found = select(int_(1)).select_from(source)
    found = found.where(*belongs(page, source, link), at_or_beyond(bound, order, source))
    return exists(found.correlate(link[2]) if link else found)
