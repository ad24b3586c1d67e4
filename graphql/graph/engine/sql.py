"""From a plan to SQL whose result is the response's JSON text. Mechanical: every decision stands in the plan.

A row's object is `row_to_json` of a sub-select with one column for each response key; what hangs on the row is a
scalar sub-select in it. Aliases come from the plan, so the SQL of a document is always the same. Columns of our own
begin with "#", which neither a response key nor a table's column can.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Integer,
    Label,
    Select,
    Subquery,
    Text,
    Uuid,
    bindparam,
    case,
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
    Page,
    PageFlag,
    PageInfo,
    Param,
    Part,
    RootNodes,
    RootPage,
    RootRow,
    Row,
    TotalCount,
    TypeName,
    Value,
)

NONCE = "nonce"
"""Name of the parameter that marks the holes of batched relations; unguessable, new in every run."""
KEYS = "keys"
"""Name of the parameter that holds a batch's keys."""

_DIALECT = asyncpg_dialect()  # type: ignore[no-untyped-call]
_NOW = literal_column("public.uuid7_floor(statement_timestamp() + interval '1 second')", Uuid)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text for asyncpg and the names of its parameters in order."""

    text: str
    params: tuple[str, ...]


def compiled(query: Select[Any]) -> Statement:
    """`query` as text with $1, $2, …"""
    result = query.compile(dialect=_DIALECT)
    return Statement(str(result), tuple(result.positiontup or ()))


def root_statement(roots: Sequence[RootRow | RootPage | RootNodes]) -> Statement:
    """One row with the JSON of each of `roots`."""
    return compiled(select(*(_root(root).label(root.key) for root in roots)))


def keys() -> ColumnElement[Any]:
    """The parameter that holds a batch's keys."""
    return bindparam(KEYS, type_=ARRAY(Uuid()))


def _param(param: Param) -> ColumnElement[Any]:
    return bindparam(param.name, type_=param.type)


def text_(text: str) -> ColumnElement[str]:
    """A literal of ours: type names and signatures, never a client's text."""
    return literal_column(f"'{text}'", Text)


def int_(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer)


def _json_of(row: Subquery) -> ColumnElement[Any]:
    return func.row_to_json(row.table_valued(), type_=JSON)


def object_of(columns: Sequence[Label[Any]], name: str, outer: FromClause) -> ColumnElement[Any]:
    """The JSON object of expressions over the enclosing row `outer`."""
    inner = select(*columns).correlate(outer).subquery(name)
    return select(_json_of(inner)).scalar_subquery()


def _root(root: RootRow | RootPage | RootNodes) -> ColumnElement[Any]:
    match root:
        case RootRow(row=row, where=where):
            return _one(row, lambda source: [compare(condition, source) for condition in where])
        case RootPage(page=page):
            return _connection(page, None)
        case RootNodes():
            return _nodes(root)


def _one(row: Row, link: Any, *outer: FromClause) -> ColumnElement[Any]:
    source = row.entity.table.alias(row.alias)
    query = select(*items_of(row, source)).select_from(source).where(*link(source), *conditions(source, row.predicate))
    inner = query.correlate(*outer).subquery(f"{row.alias}j") if outer else query.subquery(f"{row.alias}j")
    return select(_json_of(inner)).scalar_subquery()


def items_of(row: Row, source: FromClause) -> list[Label[Any]]:
    return [_item(item, source).label(item.key) for item in row.items]


def _item(item: Item, source: FromClause) -> ColumnElement[Any]:
    match item:
        case Value(seen=seen):
            return seen.column.scalar.to_sql(keyset.expression(seen, source))
        case TypeName(name=name):
            return text_(name)
        case One(relation=relation, row=row):
            return _one(row, lambda inner: [inner.c[relation.remote] == source.c[relation.local]], source)
        case Many(relation=relation, page=page):
            return _connection(page, (relation.remote, source.c[relation.local], source))
        case Hole(slot=slot, local=local):
            return bindparam(NONCE, type_=Text()) + text_(f":{slot}:") + cast(source.c[local], Text)


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
    now = [source.c.id < _NOW] if page.entity.time else []
    return [*linked, *conditions(source, page.predicate), *compared, *now]


def param_values(bound: Bound) -> list[ColumnElement[Any] | None]:
    return [None if value is None else _param(value) for value in bound.values]


def _nodes(root: RootNodes) -> ColumnElement[Any]:
    """The list of rows by ids, null where there is none, in the order asked."""
    places = (
        func.generate_series(int_(1), _param(root.count), type_=Integer)
        .table_valued("place", name="asked")
        .render_derived()
    )
    found = [_found(row, ids, at) for row, ids, at in root.rows]
    if not found:
        return literal_column("'[]'::json", JSON)
    all_ = union_all(*found).subquery("found") if len(found) > 1 else found[0].subquery("found")
    joined = places.outerjoin(all_, all_.c.place == places.c.place)
    ordered = func.json_agg(aggregate_order_by(all_.c.node, places.c.place), type_=JSON)
    return select(func.coalesce(ordered, EMPTY)).select_from(joined).scalar_subquery()


def _found(row: Row, ids: Param, at: Param) -> Select[Any]:
    asked = func.unnest(_param(ids), _param(at)).table_valued(
        column("id", Uuid), column("place", Integer), name=f"{row.alias}k"
    )
    asked = asked.render_derived(name=f"{row.alias}k")
    node = _one(row, lambda source: [source.c.id == asked.c.id], asked)
    return select(asked.c.place, node.label("node"))


EMPTY = literal_column("'[]'::json", JSON)


def _connection(page: Page, link: Link) -> ColumnElement[Any]:
    """The JSON object of a connection, its rows read in this statement."""
    outer = (link[2],) if link else ()
    if not page.reads_rows:
        parts = select(*(_part(part, page, None, link) for part in page.parts)).correlate(*outer)
    elif (plain := _plain(page)) is not None:
        source = _page_rows(page, link)
        rows = _in_order(select(*items_of(plain.row, source)).select_from(source), page, source).subquery(
            f"{page.alias}j"
        )
        parts = select(func.coalesce(func.json_agg(_json_of(rows)), EMPTY).label(plain.key)).select_from(rows)
    else:
        source = _page_rows(page, link)
        columns = [*row_columns(page, source), *([source.c["#more"]] if page.looks_ahead else [])]
        rows = _in_order(select(*columns).select_from(source), page, source).subquery(f"{page.alias}j")
        parts = select(*(_part(part, page, rows, link) for part in page.parts)).select_from(rows)
    return select(_json_of(parts.subquery(f"{page.alias}c"))).scalar_subquery()


def _plain(page: Page) -> Nodes | None:
    """The one list of rows that is all a connection is asked for, as it mostly is."""
    match page.parts:
        case (Nodes() as nodes,):
            return nodes
    return None


def _in_order(rows: Select[Any], page: Page, source: FromClause) -> Select[Any]:
    """`rows` in the connection's order, if they were read backwards."""
    return rows.order_by(*keyset.sorting(page.order, source)) if page.backward else rows


def _page_rows(page: Page, link: Link) -> FromClause:
    """The rows of the page, `more` telling of each whether another follows it in the direction of reading."""
    keys = reading(page)
    limit = int_(page.size + page.looks_ahead)
    arms = [arm.order_by(*keyset.sorting(keys, source)).limit(limit) for arm, source in _arms(page, keys, link)]
    if len(arms) > 1:
        union = union_all(*(select(arm.subquery(f"{page.alias}u{i}")) for i, arm in enumerate(arms)))
        source = union.subquery(f"{page.alias}u")
        rows = select(source).order_by(*keyset.sorting(keys, source)).limit(limit)
    else:
        rows = arms[0]
    if page.looks_ahead:
        ahead = rows.subquery(f"{page.alias}a")
        sorting = keyset.sorting(keys, ahead)
        more = func.lead(true(), int_(1), false()).over(order_by=sorting).label("#more")
        rows = select(ahead, more).order_by(*sorting).limit(int_(page.size))
    return rows.subquery(page.alias)


def reading(page: Page) -> Sequence[Any]:
    return keyset.opposite(page.order) if page.backward else page.order


def _arms(page: Page, keys: Sequence[Any], link: Link) -> Iterator[tuple[Select[Any], FromClause]]:
    """The selects whose union, in this order, is the connection from the page's beginning on."""
    start = page.before if page.backward else page.after
    stop = page.after if page.backward else page.before
    count = 1 if start is None else len(keyset.ranges(keys, param_values(start), page.entity.table))
    for index in range(count):
        source = page.entity.table.alias(f"{page.alias}r{index}" if count > 1 else page.alias)
        inside = [keyset.ranges(keys, param_values(start), source)[index]] if start else []
        outside = [keyset.after(keyset.opposite(keys), param_values(stop), source)] if stop else []
        arm = select(source).where(*belongs(page, source, link), *inside, *outside)
        yield (arm.correlate(link[2]) if link else arm), source


def row_columns(page: Page, source: FromClause, shown: ColumnElement[bool] | None = None) -> list[Label[Any]]:
    """What the parts of a connection gather, computed row by row."""
    columns = []
    if page.cursors:
        columns.append(cursor(page, source).label("#cursor"))
    for index, part in enumerate(page.parts):
        match part:
            case Nodes(row=row):
                node = object_of(items_of(row, source), f"{page.alias}n{index}", source)
            case Edges(items=items):
                node = object_of(_edge(items, page, source, index), f"{page.alias}e{index}", source)
            case _:
                continue
        columns.append((node if shown is None else case((shown, node))).label(f"#n{index}"))
    return columns


def _edge(items: Sequence[Any], page: Page, source: FromClause, index: int) -> list[Label[Any]]:
    def value(place: int, item: EdgeNode | EdgeCursor | TypeName) -> ColumnElement[Any]:
        match item:
            case EdgeCursor():
                return cursor(page, source)
            case EdgeNode(row=row):
                return object_of(items_of(row, source), f"{page.alias}e{index}n{place}", source)
            case TypeName(name=name):
                return text_(name)

    return [value(place, item).label(item.key) for place, item in enumerate(items)]


def cursor(page: Page, source: FromClause) -> ColumnElement[Any]:
    """The cursor of a row: base64url of a JSON array (see `order.py`)."""
    values = [cast(keyset.expression(key.seen, source), Text) for key in page.order]
    array = cast(func.json_build_array(text_(page.signature), *values), Text)
    encoded = func.encode(func.convert_to(array, text_("UTF8")), text_("base64"))
    return func.translate(encoded, literal_column("E'+/\\n'", Text), text_("-_"))


def _part(part: Part, page: Page, rows: FromClause | None, link: Link) -> Label[Any]:
    index = page.parts.index(part)
    match part:
        case Nodes() | Edges():
            assert rows is not None
            value: Any = func.coalesce(func.json_agg(rows.c[f"#n{index}"]), EMPTY)
        case TotalCount():
            value = _total(page, link)
        case PageInfo(items=items):
            value = _page_info(items, page, rows, link)
        case TypeName(name=name):
            value = text_(name)
    return value.label(part.key)  # type: ignore[no-any-return]


def _total(page: Page, link: Link) -> ColumnElement[Any]:
    source = page.entity.table.alias(f"{page.alias}t")
    counted = select(func.count()).select_from(source).where(*belongs(page, source, link))
    return (counted.correlate(link[2]) if link else counted).scalar_subquery()


def _page_info(items: Sequence[Any], page: Page, rows: FromClause | None, link: Link) -> ColumnElement[Any]:
    more: Any = false()
    flags: dict[PageFlag, Any] = {}
    if rows is not None and page.looks_ahead:
        more = func.coalesce(func.bool_and(rows.c["#more"]), false())
    if rows is not None and page.cursors:
        cursors = func.array_agg(rows.c["#cursor"], type_=ARRAY(Text))
        flags = {PageFlag.START_CURSOR: cursors[int_(1)], PageFlag.END_CURSOR: cursors[func.count()]}
    flags[PageFlag.HAS_NEXT_PAGE] = false() if page.backward else more
    flags[PageFlag.HAS_PREVIOUS_PAGE] = more if page.backward else false()
    if page.after and page.asks(PageFlag.HAS_PREVIOUS_PAGE):
        flags[PageFlag.HAS_PREVIOUS_PAGE] = or_(
            flags[PageFlag.HAS_PREVIOUS_PAGE], _exists(page, link, page.after, keyset.opposite(page.order))
        )
    if page.before and page.asks(PageFlag.HAS_NEXT_PAGE):
        flags[PageFlag.HAS_NEXT_PAGE] = or_(flags[PageFlag.HAS_NEXT_PAGE], _exists(page, link, page.before, page.order))
    return info_object(items, flags)


def info_object(items: Sequence[Any], flags: dict[PageFlag, Any]) -> ColumnElement[Any]:
    pairs: list[Any] = []
    for item in items:
        pairs += [text_(item.key), text_(item.name)] if isinstance(item, TypeName) else [text_(item[0]), flags[item[1]]]
    return func.json_build_object(*pairs, type_=JSON)


def at_or_beyond(page: Page, bound: Bound, keys: Sequence[Any], source: FromClause) -> ColumnElement[bool]:
    """Whether a row is at the cursor or beyond it in the order `keys`."""
    values = param_values(bound)
    return or_(source.c.id == values[-1], keyset.after(keys, values, source))


def _exists(page: Page, link: Link, bound: Bound, keys: Sequence[Any]) -> ColumnElement[bool]:
    source = page.entity.table.alias(f"{page.alias}x")
    found = select(int_(1)).select_from(source)
    found = found.where(*belongs(page, source, link), at_or_beyond(page, bound, keys, source))
    return exists(found.correlate(link[2]) if link else found)
