"""The statements of what is followed: one for a page of a log with where it ends, one for rows each by itself."""

from typing import Any

from sqlalchemy import (
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    null,
    select,
    true,
)

from graph.engine.access import Rule
from graph.engine.model.entities import Entity
from graph.engine.model.json_text import Piece, Value, literal, object_of, text
from graph.engine.planning.plan import Arm, Item, Number, RootEach, RootFeed, TypeNameOf
from graph.engine.planning.terms import Seen
from graph.engine.sql.expressions import Expression, allowed, expression, param
from graph.engine.sql.fragments import aliased
from graph.engine.sql.statements import Statement, beside, compiled, encoded, item_json, row_json

HERE = "here"
"""Name of the parameter that holds the key of the row whose board is followed."""
NUMBER = "#seq"


def log_statement(root: RootFeed) -> Statement:
    """A row for each entry of the page: head, epoch, whether everything is seen, then number, type, id and body.

    Where the page is empty there is one row without an entry, and none where the viewer may not see the row of the log.
    """
    row = aliased(root.of.entity.table, root.of.alias)
    page = _page(root, row).lateral(root.entries.alias)
    entry = (page.c[NUMBER], page.c[root.type_key], page.c.id, encoded(_body(root, page)).label("#body"))
    found = select(*_standing(root, row), *entry).select_from(row.outerjoin(page, true()))
    here = row.c.id == param(root.here)
    return compiled(found.where(here, *allowed(row, root.of.predicate)).order_by(page.c[NUMBER]))


def _standing(root: RootFeed, row: FromClause) -> list[Expression]:
    """Where the log ends, in which epoch, and whether the viewer sees the first of several numbers."""
    first = expression(root.heads[0], row)
    everything = first.is_not(None) if len(root.heads) > 1 else false()
    epoch = cast(expression(root.epoch, row), Integer) if root.epoch else cast(null(), Integer)
    return [_first(root.heads, row).label("#head"), epoch.label("#epoch"), everything.label("#all")]


def _first(seen: tuple[Seen, ...], row: FromClause) -> Expression:
    """The first that is not NULL."""
    values = [expression(one, row) for one in seen]
    return values[0] if not seen[0].nullable else func.coalesce(*values)


def _page(root: RootFeed, row: FromClause) -> Select[Any]:
    """The entries of the page, with all their columns: so few are read that what is not used costs nothing."""
    source, after = aliased(root.entries.entity.table, root.entries.alias), param(root.after)
    number, every = _first(root.numbers, source), source.c[root.numbers[0].column.key]
    # No number is above the one that counts everything: an index over that leads to the page, and has it in order.
    beyond = [every > after] if not root.numbers[0].nullable else [every > after, number > after]
    return (
        select(source, number.label(NUMBER))
        .where(source.c[root.remote] == row.c.id, *allowed(source, beside(root.entries.predicate, (row,))), *beyond)
        .order_by(every)
        .limit(param(root.limit))
        .correlate(row)
    )


def _body(root: RootFeed, entry: FromClause) -> Expression:
    """The whole answer that tells of an entry."""
    shown = [(arm, text(_arm(arm, entry))) for arm in root.arms]
    kind = entry.c[root.type_key]
    if len(shown) == 1:
        json: Expression = case((kind.is_not(None), shown[0][1]))
    else:
        json = case(*((kind.in_([literal(one) for one in arm.kinds]), value) for arm, value in shown))
    return text([f'{{"data":{{"{root.key}":', json, "}}"])


def _arm(arm: Arm, entry: FromClause) -> Value:
    return object_of((item.key, _item(item, entry)) for item in arm.items)


def _item(item: Item, entry: FromClause) -> Value:
    match item:
        case Number():
            return [cast(entry.c[NUMBER], Text)]
        case TypeNameOf(column=key, names=names):
            kind = entry.c[key]
            return ['"', _named(kind, names), '"']
    return item_json(item, entry)


def _named(kind: Expression, names: tuple[tuple[str, str], ...]) -> Piece:
    """The name that belongs to the `kind`."""
    return names[0][1] if len(names) == 1 else case(*((kind == literal(one), literal(name)) for one, name in names))


def each_statement(root: RootEach) -> Statement:
    """A row for each of the uuids whose row the viewer may see: the uuid, and the JSON of what is selected."""
    source = aliased(root.row.entity.table, root.row.alias)
    json = encoded(text(row_json(root.row, source))).label("#body")
    found = select(source.c.id, json).where(source.c.id == any_(param(root.uuids)))
    return compiled(found.where(*allowed(source, root.row.predicate)))


def guard_statement(entity: Entity, key: str, rule: Rule) -> Statement:
    """Whether `rule` would let the viewer see a row of `entity` whose `key` is HERE, and of which no more is known."""
    here = bindparam(HERE, type_=Uuid())
    columns = (
        (here if column.key == key else cast(null(), column.type)).label(column.key) for column in entity.table.columns
    )
    row = select(*columns).subquery("t0")
    return compiled(select(func.coalesce(rule(row), false())).select_from(row))
