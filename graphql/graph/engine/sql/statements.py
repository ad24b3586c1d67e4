"""From a plan to SQL whose result is the response's JSON text. Mechanical: every decision stands in the plan.

What hangs on a row is a scalar sub-select in the row's own text; a page of rows is a sub-select of its own, so that
nothing is computed for rows that its LIMIT throws away. Aliases come from the plan, so the SQL of a document is always
the same. Columns of our own begin with "#", which a table's column cannot.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
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

from graph.engine.access import Rule
from graph.engine.model.json_text import NULL, Piece, Value, list_of, literal, object_of, or_null, ready, string, text
from graph.engine.planning.plan import (
    Aggregate,
    Bound,
    Call,
    Choice,
    EdgeCursor,
    EdgeHighlight,
    EdgeItem,
    EdgeNode,
    EdgeRank,
    Edges,
    Groups,
    Hole,
    Item,
    Many,
    Nodes,
    Object,
    One,
    Page,
    PageFlag,
    PageInfo,
    Part,
    Polymorphic,
    RootNodes,
    RootPage,
    RootRow,
    Row,
    Summary,
    TotalCount,
    TypeName,
)
from graph.engine.planning.plan import Rows as GroupRows
from graph.engine.planning.plan import Value as ColumnValue
from graph.engine.planning.terms import Hop, OrderKey, Param, Rank, Seen, Term, Through
from graph.engine.sql import keyset
from graph.engine.sql.expressions import (
    Conditions,
    Expression,
    Rows,
    allowed,
    columns_of,
    condition,
    expression,
    highlight,
    int_,
    linked_rows,
    matches,
    param,
    until_now,
)
from graph.engine.sql.fragments import DIALECT, Frozen, aliased, column_json, named, numbered, qualified, single
from graph.engine.sql.groups import grouped, in_group

NONCE = "nonce"
"""Name of the parameter that marks the holes of batched relations; unguessable, new in every run."""
NOWHERE = "00000000-0000-0000-0000-000000000000"
"""The key that no row has."""

_COMMA = literal(",")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text for asyncpg, the names of its parameters in order, and the values of those that rules brought along."""

    text: str
    params: tuple[str, ...]
    constants: Mapping[str, Any]


def compiled(query: Select[Any]) -> Statement:
    """`query` as text with $1, $2, …"""
    result = query.compile(dialect=DIALECT)
    constants = {name: value for name, value in result.params.items() if value is not None}
    text, params = numbered(str(result), result.positiontup or ())
    return Statement(text, params, constants)


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


@dataclass(frozen=True, slots=True)
class Link:
    """How the rows of a connection hang on what is around it."""

    rows: Callable[[str], Rows]
    """The rows under an alias, with what links them."""
    outer: tuple[FromClause, ...]
    """The rows around them that they refer to."""
    narrow: Callable[[str], Rows] | None = None
    """Likewise, with no more columns than the page's own rows need; for one use, as the walk's name is the alias."""


def linked(hop: Hop, key: Expression, row: FromClause, page: Page) -> Link:
    """To the rows of `page` that `hop` leads to from the row of `row` whose `local` is `key`."""
    wanted = _wanted(page) if hop.relation.walk else None
    narrow = None if wanted is None else lambda name: linked_rows(hop, key, name, wanted)
    return Link(lambda name: linked_rows(hop, key, name), (row,), narrow)


def _wanted(page: Page) -> frozenset[str] | None:
    """The columns of its rows that `page` reads; None if that cannot be said."""
    if page.predicate or page.search:
        return None
    items = _items(page)
    read = columns_of([*_seen(page), *(key.term for key in page.order), *page.where])
    return None if read is None else frozenset(read | {key for item in items for key in _keys(item)})


def _correlated(found: Select[Any], link: Link | None) -> Select[Any]:
    return found.correlate(*link.outer) if link else found


def _root(root: RootRow | RootPage | RootNodes) -> Select[Any]:
    match root:
        case RootRow(row=row, where=where):
            return _one(row, lambda source: [condition(one, source) for one in where])
        case RootPage(page=page):
            return _connection(page, None)
        case RootNodes():
            return _nodes(root)


def beside(predicate: Rule | None, outer: Sequence[FromClause]) -> Rule | None:
    """`predicate` with the row before, the first of those around, if it reads any of it."""
    return predicate.beside(outer[0]) if isinstance(predicate, Frozen) and predicate.outer else predicate


def _one(row: Row, link: Callable[[FromClause], Conditions], *outer: FromClause) -> Select[Any]:
    source = aliased(row.entity.table, row.alias)
    found = select(text(row_json(row, source))).select_from(source)
    found = found.where(*link(source), *allowed(source, beside(row.predicate, outer)))
    return found.correlate(*outer) if outer else found


def row_json(row: Row | Choice, source: FromClause) -> Value:
    """The JSON of what is selected of a row of `source`: an object, or null where it names a row that is not there."""
    if isinstance(row, Choice):
        return _choice(row, source)
    return object_of((item.key, item_json(item, source)) for item in row.items)


def _choice(choice: Choice, source: FromClause) -> Value:
    kind = source.c[choice.type_key]
    found = {name: _single(row, "id", choice.id_key, source) for name, row in choice.arms}
    return or_null([case(*((kind == literal(name), text([one])) for name, one in found.items()))])


def _single(row: Row, remote: str, local: str, source: FromClause) -> Piece:
    """The JSON of the one row whose `remote` is `local` in `source`; put together as text where that can be."""
    if _is_plain(row):
        json = ready(object_of((item.key, item_json(item, named(row.alias))) for item in row.items))
        assert json is not None
        predicate, before = row.predicate, source.name  # type: ignore[attr-defined]
        more = f" AND ({predicate.text(row.alias, before)})" if isinstance(predicate, Frozen) else ""
        return single(row.entity.table, json, row.alias, remote, qualified(source, local), more)
    key = source.c[local]
    return _one(row, lambda inner: [inner.c[remote] == key], source).scalar_subquery()


def _is_plain(row: Row) -> bool:
    """Whether `row` is nothing but columns, its own and those of rows that it leads to, under rules that are text."""
    textual = row.predicate is None or isinstance(row.predicate, Frozen)
    return textual and all(_is_plain_item(item) for item in row.items)


def _is_plain_item(item: Item) -> bool:
    match item:
        case ColumnValue(term=Seen(column=column, rule=None)):
            return column.expression is None
        case One(row=row):
            return _is_plain(row)
    return isinstance(item, TypeName)


def item_json(item: Item, source: FromClause) -> Value:
    """The JSON of what stands under one key of the object of a row of `source`."""
    match item:
        case ColumnValue(term=Seen(column=column, rule=None)) if not column.expression:
            return column_json(column, source.name)  # type: ignore[attr-defined]
        case ColumnValue(term=term):
            value = term.scalar.to_json(expression(term, source))
            return or_null(value) if term.nullable else value
        case TypeName(name=name):
            return string(name)
        case One(hop=hop, row=row):
            return or_null([_single(row, hop.relation.remote, hop.relation.local, source)])
        case Many(hop=hop, page=page):
            return [_connection(page, linked(hop, source.c[hop.relation.local], source, page)).scalar_subquery()]
        case Polymorphic(choice=choice):
            return _choice(choice, source)
        case Hole(slot=slot, local=local, many=many):
            key = cast(source.c[local], Text)
            hole = ['"', _nonce(), f":{slot}:", func.coalesce(key, literal(NOWHERE)) if many else key, '"']
            return hole if many else or_null(hole)
        case Object(items=items):
            return object_of((inner.key, item_json(inner, source)) for inner in items)
        case Call():
            return _call(item, source)
    raise TypeError(f"No rule for {type(item).__name__}.")


def _call(call: Call, source: FromClause) -> Value:
    """What a field that Python computes needs of the row, as a JSON object in a JSON string."""
    needs = object_of((name, item_json(ColumnValue(name, seen), source)) for name, seen in call.needs)
    return (cast(func.to_json(text([_nonce(), f":c{call.slot}:", *needs])), Text),)


def _nonce() -> Expression:
    return bindparam(NONCE, type_=Text())


def belonging(page: Page, name: str, link: Link | None, terms: Sequence[Term] = ()) -> Rows:
    """All rows of the connection, wherever its page begins; they carry what of `terms` is read from other rows."""
    joins = {term.label: term for term in terms if isinstance(term, Through)}
    own = f"{name}i" if joins else name
    source, conditions = link.rows(own) if link else (aliased(page.entity.table, own), [])
    conditions = [
        *conditions,
        *allowed(source, beside(page.predicate, link.outer if link else ())),
        *(condition(one, source) for one in page.where),
        *(matches(search, source) for search in page.searches),
        *until_now(page.entity, source),
    ]
    return _joined(source, conditions, joins, name, link) if joins else (source, conditions)


def _joined(
    source: FromClause, conditions: Conditions, joins: Mapping[str, Through], name: str, link: Link | None
) -> Rows:
    """`source` with terms of the rows that relations to one lead to, joined: sub-selects would be one for each row."""
    rows, columns = source, []
    for number, (label, term) in enumerate(joins.items()):
        rows, value = _join(rows, source, term, f"{name}j{number}")
        columns.append(value.label(label))
    found = select(source, *columns).select_from(rows).where(*conditions)
    return _correlated(found, link).subquery(name), []


def _join(rows: FromClause, row: FromClause, term: Through, name: str) -> tuple[FromClause, Expression]:
    hop, target = term.hop, aliased(term.hop.target.table, name)
    on = and_(target.c[hop.relation.remote] == row.c[hop.relation.local], *allowed(target, hop.predicate))
    rows = rows.outerjoin(target, on)
    if isinstance(term.term, Through):
        return _join(rows, target, term.term, f"{name}j")
    value = expression(term.term, target)
    if isinstance(term.term, Seen) and not term.term.rule and not term.term.column.expression:
        return rows, value
    # Of a row that is not there, an expression may come to something all the same: a count to 0.
    return rows, case((target.c[hop.relation.remote].is_not(None), value))


def param_values(bound: Bound) -> list[Expression | None]:
    """The values of a cursor as parameters, None for NULL."""
    return [None if value is None else param(value) for value in bound.values]


def _nodes(root: RootNodes) -> Select[Any]:
    """The list of rows by ids, null where there is none, in the order asked."""
    places = func.generate_series(int_(1), param(root.count), type_=Integer)
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
    asked = func.unnest(param(ids), param(at)).table_valued(*columns, name=f"{row.alias}k")
    asked = asked.render_derived(name=f"{row.alias}k")
    node = _one(row, lambda source: [source.c.id == asked.c.id], asked)
    return select(asked.c.place, node.scalar_subquery().label("node"))


def _connection(page: Page, link: Link | None) -> Select[Any]:
    """The JSON object of a connection, its rows read in this statement."""
    source = _page_rows(page, link) if page.reads_rows else None
    json = object_of((part.key, _part(part, page, source, link)) for part in page.parts)
    found = select(text(json))
    if source is not None:
        found = found.select_from(source)
    return _correlated(found, link)


def _page_rows(page: Page, link: Link | None) -> FromClause:
    """The rows of the page in the connection's order; "#more" tells whether another follows in reading direction."""
    read = reading(page)
    limit = int_(page.size + page.looks_ahead)
    arms = [
        arm.order_by(*keyset.sorting(read, source, dict(arm.selected_columns.items()))).limit(limit)
        for arm, source in _arms(page, read, link)
    ]
    rows = arms[0] if len(arms) == 1 else _united(page, arms).limit(limit)
    if page.offset:
        rows = rows.offset(param(page.offset))
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


def _arms(page: Page, read: Sequence[OrderKey], link: Link | None) -> Iterator[tuple[Select[Any], FromClause]]:
    """The selects whose union, in this order, is the connection from the page's beginning on."""
    start = page.before if page.backward else page.after
    stop = page.after if page.backward else page.before
    terms = [key.term for key in read]
    count = keyset.count(read, start.values) if start else 1
    link = replace(link, rows=link.narrow) if link and link.narrow else link
    for index in range(count):
        source, conditions = belonging(page, f"{page.alias}r{index}" if count > 1 else page.alias, link, terms)
        inside = [keyset.ranges(read, param_values(start), source)[index]] if start else []
        outside = [keyset.after(keyset.opposite(read), param_values(stop), source)] if stop else []
        arm = select(*carried(page, source)).select_from(source).where(*conditions, *inside, *outside)
        yield _correlated(arm, link), source


def carried(page: Page, source: FromClause) -> list[Expression]:
    """What the rows carry: what is selected, leads on or orders; all columns of the table where a rule decides."""
    items, seen = _items(page), _seen(page)
    if any(one.rule for one in seen):
        keys = {column.key for column in page.entity.table.columns}
    else:
        keys = {one.column.key for one in seen if not one.column.expression}
    choices = [row for row in _rows(page) if isinstance(row, Choice)]
    keys |= {key for item in items for key in _keys(item)}
    keys |= {key for choice in choices for key in (choice.type_key, choice.id_key)}
    keys |= {key for item in _edge_items(page) for key in _highlighted(item)}
    return [source.c[key] for key in sorted(keys)] + computed_columns(page, source)


def computed_columns(page: Page, source: FromClause) -> list[Expression]:
    """The expressions over `source` that the rows carry beside its columns."""
    computed = {one.column.key: one.column for one in _seen(page) if one.column.expression}
    columns: list[Expression] = [column.of(source).label(key) for key, column in sorted(computed.items())]
    ranks = [item.rank for item in _edge_items(page) if isinstance(item, EdgeRank) and item.rank]
    terms: list[Term] = [key.term for key in page.order if not isinstance(key.term, Seen)]
    labelled: dict[str, Term] = {getattr(term, "label", ""): term for term in (*terms, *ranks)}
    return columns + [expression(term, source).label(label) for label, term in labelled.items()]


def _keys(item: Item) -> set[str]:
    """The columns that `item` needs to lead on."""
    match item:
        case One(hop=hop, row=Row(predicate=rule)) | Many(hop=hop, page=Page(predicate=rule)):
            return {hop.relation.local} | (rule.outer if isinstance(rule, Frozen) else set())
        case Hole(local=local):
            return {local}
        case Polymorphic(choice=choice):
            return {choice.type_key, choice.id_key}
    return set()


def _highlighted(item: EdgeItem) -> tuple[str, ...]:
    """The columns whose text an edge shows."""
    return item.search.text.texts if isinstance(item, EdgeHighlight) and item.search else ()


def _edge_items(page: Page) -> list[EdgeItem]:
    return [item for part in page.parts if isinstance(part, Edges) for item in part.items]


def _rows(page: Page) -> list[Row | Choice]:
    edges = [item.row for item in _edge_items(page) if isinstance(item, EdgeNode)]
    return [part.row for part in page.parts if isinstance(part, Nodes)] + edges


def _items(page: Page) -> list[Item]:
    return [item for row in _rows(page) if isinstance(row, Row) for item in row.items]


def _seen(page: Page) -> list[Seen]:
    items = _items(page)
    terms: list[Term] = [item.term for item in items if isinstance(item, ColumnValue)]
    terms += [seen for item in items if isinstance(item, Call) for _, seen in item.needs]
    return [term for term in (*terms, *(key.term for key in page.order)) if isinstance(term, Seen)]


def edge_json(items: Sequence[EdgeItem], page: Page, source: FromClause) -> Value:
    """The JSON object of the edge of a row of `source`."""
    return object_of((item.key, _edge_item(item, page, source)) for item in items)


def _edge_item(item: EdgeItem, page: Page, source: FromClause) -> Value:
    match item:
        case EdgeCursor():
            return string(cursor(page, source))
        case EdgeNode(row=row):
            return row_json(row, source)
        case EdgeRank(rank=Rank() as rank):
            return rank.scalar.to_json(expression(rank, source))
        case EdgeHighlight(search=search) if search:
            return (cast(func.to_json(highlight(search, source)), Text),)
        case TypeName(name=name):
            return string(name)
    return NULL


def cursor(page: Page, source: FromClause) -> ColumnElement[Any]:
    """The cursor of a row: base64url of a JSON array (see `planning/order.py`)."""
    values = [cast(expression(key.term, source), Text) for key in page.order]
    array = cast(func.json_build_array(literal(page.signature), *values), Text)
    in_lines = func.encode(func.convert_to(array, literal("UTF8")), literal("base64"))
    return func.translate(in_lines, literal_column("E'+/\\n'", Text), literal("-_"))


def _part(part: Part, page: Page, source: FromClause | None, link: Link | None) -> Value:
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
        case Aggregate() | Groups():
            return summary_json(part, page, link)
        case TypeName(name=name):
            return string(name)


def summary_json(part: Aggregate | Groups, page: Page, link: Link | None) -> Value:
    """The JSON of what the rows of the connection come to: an object, or the list of its groups."""
    summary = part.summary
    if not summary.keys and not summary.measures:
        return _group_json(summary, page, select(int_(1)).subquery(summary.alias), link)
    measured = [found.term for _, found in summary.measures if found.term]
    terms = [*(key.by or key.term for key in summary.keys), *measured]
    source, conditions = belonging(page, f"{summary.alias}r", link, terms)
    outer = link.outer if link else ()
    rows = grouped(summary, source, conditions, outer).subquery(summary.alias)
    json = text(_group_json(summary, page, rows, link))
    if isinstance(part, Aggregate):
        return [_correlated(select(json).select_from(rows), link).scalar_subquery()]
    listed = select(text(list_of(func.string_agg(json, _COMMA)))).select_from(rows)
    return [_correlated(listed, link).scalar_subquery()]


def _group_json(summary: Summary, page: Page, group: FromClause, link: Link | None) -> Value:
    def value(item: Item) -> Value:
        if isinstance(item, GroupRows):
            return [_connection(item.page, _of_group(summary, item.page, group, link)).scalar_subquery()]
        return item_json(item, group)

    return object_of((item.key, value(item)) for item in summary.items)


def _of_group(summary: Summary, page: Page, group: FromClause, link: Link | None) -> Link:
    """To the rows of a group of the connection that hangs on `link`."""

    def rows(name: str) -> Rows:
        source, conditions = link.rows(name) if link else (aliased(page.entity.table, name), [])
        return source, [*conditions, *(in_group(key, source, group, page.entity) for key in summary.keys)]

    return Link(rows, (*(link.outer if link else ()), group))


def _total(page: Page, link: Link | None) -> Expression:
    source, conditions = belonging(page, f"{page.alias}t", link)
    return _correlated(select(func.count()).select_from(source).where(*conditions), link).scalar_subquery()


def _flags(part: PageInfo, page: Page, source: FromClause | None, link: Link | None) -> dict[PageFlag, Any]:
    more: Any = false()
    flags: dict[PageFlag, Any] = {}
    if source is not None and page.looks_ahead:
        more = func.coalesce(func.bool_and(source.c["#more"]), false())
    if source is not None and page.cursors:
        cursors = func.array_agg(cursor(page, source), type_=ARRAY(Text))
        flags = {PageFlag.START_CURSOR: cursors[int_(1)], PageFlag.END_CURSOR: cursors[func.count()]}
    previous: Any = false()
    following: Any = false()
    if part.asks(PageFlag.HAS_PREVIOUS_PAGE):
        previous = _skipped(page, link) if page.offset else _exists(page, link, page.after, keyset.opposite(page.order))
    if part.asks(PageFlag.HAS_NEXT_PAGE):
        following = _exists(page, link, page.before, page.order)
    flags[PageFlag.HAS_NEXT_PAGE] = following if page.backward else or_(more, following)
    flags[PageFlag.HAS_PREVIOUS_PAGE] = or_(more, previous) if page.backward else previous
    return flags


def _skipped(page: Page, link: Link | None) -> ColumnElement[bool]:
    """Whether the page's offset leaves rows out."""
    assert page.offset is not None
    source, conditions = belonging(page, f"{page.alias}x", link)
    found = select(int_(1)).select_from(source).where(*conditions)
    return and_(param(page.offset) > int_(0), exists(_correlated(found, link)))


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
    values, last = param_values(bound), order[-1].term
    by_id = isinstance(last, Seen) and last.column.key == "id"
    at = keyset.at(order[-1:] if by_id else order, values, source)
    return or_(at, keyset.after(order, values, source))


def _exists(page: Page, link: Link | None, bound: Bound | None, order: Sequence[OrderKey]) -> ColumnElement[bool]:
    """Whether rows of the connection are at a cursor or beyond it; not if there is no cursor."""
    if bound is None:
        return false()
    name = f"{page.alias}{'x' if bound is page.after else 'y'}"
    source, conditions = belonging(page, name, link, [key.term for key in order])
    found = select(int_(1)).select_from(source).where(*conditions, at_or_beyond(bound, order, source))
    return exists(_correlated(found, link))
