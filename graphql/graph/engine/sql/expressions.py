"""Terms and conditions as SQL over a row, and the rows that a hop leads to. Mechanical, like `statements.py`.

Aliases of what is enclosed grow from the name of the row around it, so the SQL of a document is always the same.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    REAL,
    ColumnElement,
    FromClause,
    Integer,
    Numeric,
    Select,
    Text,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, array

from graph.engine.access import Rule
from graph.engine.model.aggregates import FUNCTIONS
from graph.engine.model.entities import Entity, Relation
from graph.engine.model.filters import CONDITIONS
from graph.engine.model.json_text import literal
from graph.engine.planning.terms import (
    STEPS,
    Aggregated,
    AllOf,
    AnyOf,
    Carried,
    Compare,
    Condition,
    Exists,
    Folded,
    Hop,
    Length,
    Not,
    Param,
    Rank,
    Search,
    Seen,
    Term,
    Through,
)
from graph.engine.sql.fragments import aliased

NOW = "now"
"""Name of the parameter that ends the connections of firehose tables; see `moments.horizon`."""
KEYS = "keys"
"""Name of the parameter that holds a batch's keys."""

Expression = ColumnElement[Any]
Conditions = list[ColumnElement[bool]]
Rows = tuple[FromClause, Conditions]
"""Rows under an alias, and what those of them fulfil that are meant."""


def keys() -> Expression:
    """The parameter that holds a batch's keys."""
    return bindparam(KEYS, type_=ARRAY(Uuid()))


def param(given: Param) -> Expression:
    """A parameter of the plan."""
    return bindparam(given.name, type_=given.type)


def int_(number: int) -> ColumnElement[int]:
    """A number of ours as a literal."""
    return literal_column(str(number), Integer)


def expression(term: Term, row: FromClause) -> Expression:
    """The value of `term` in `row`; where `row` is a sub-select that carries it, what that calls it."""
    label = getattr(term, "label", None)
    if label is not None and (label in row.c or isinstance(term, Carried)):
        carried: Expression = row.c[label]
        return carried
    match term:
        case Seen(column=column, rule=rule):
            return column.of(row) if rule is None else rule(row)
        case Length(term=inner):
            return func.cardinality(expression(inner, row), type_=Integer())
        case Through(hop=hop, term=inner):
            return _single(hop, row, lambda source: expression(inner, source))
        case Folded(hop=hop, where=where, aggregated=aggregated):
            return _single(hop, row, lambda source: aggregate(aggregated, source), where)
        case Rank(search=search):
            return rank(search, row)
    raise TypeError(f"No rule for the term {term!r}.")


def _single(hop: Hop, row: FromClause, value: Any, where: Iterable[Condition] = ()) -> Expression:
    """The one value that is read of the rows that `hop` leads to."""
    source, linked = reached(hop, row)
    found = select(value(source)).select_from(source).where(*linked, *(condition(one, source) for one in where))
    return found.correlate(row).scalar_subquery()


def aggregate(of: Aggregated, source: FromClause) -> Expression:
    """An aggregate over the rows of `source`; of money NULL where it is of several currencies."""
    given = [expression(of.term, source)] if of.term else []
    found = FUNCTIONS[of.function](*given, *([param(of.at)] if of.at else []))
    if of.currency is None:
        return found  # type: ignore[no-any-return]
    currency = expression(of.currency, source)
    return case((func.min(currency) == func.max(currency), found))


def condition(given: Condition, row: FromClause) -> ColumnElement[bool]:
    """What `given` says of `row`."""
    match given:
        case Compare(term=term, operator=operator, params=params):
            return CONDITIONS[operator](expression(term, row), *map(param, params))
        case AllOf(conditions=inner):
            return and_(true(), *(condition(one, row) for one in inner))
        case AnyOf(conditions=inner):
            return or_(false(), *(condition(one, row) for one in inner))
        case Exists(hop=hop, where=where):
            source, linked = reached(hop, row)
            found = select(int_(1)).select_from(source).where(*linked, *(condition(one, source) for one in where))
            return exists(found.correlate(row))
        case Not(condition=inner):
            return _not(inner, row)


def _not(given: Condition, row: FromClause) -> ColumnElement[bool]:
    """Where `given` is not true. Negation goes down to what can be unknown, so that NOT EXISTS stays an anti-join."""
    match given:
        case AllOf(conditions=inner):
            return or_(false(), *(_not(one, row) for one in inner))
        case AnyOf(conditions=inner):
            return and_(true(), *(_not(one, row) for one in inner))
        case Not(condition=inner):
            return condition(inner, row)
        case Exists():
            return not_(condition(given, row))
    found = condition(given, row)
    return found.is_not(True) if given.term.nullable else not_(found)


def allowed(source: FromClause, predicate: Rule | None) -> Conditions:
    """What `predicate` says of the rows of `source`."""
    return [predicate(source)] if predicate else []


def until_now(entity: Entity, source: FromClause) -> Conditions:
    """Where the rows of a firehose table end, so that its partitions ahead are not visited."""
    return [source.c.id < bindparam(NOW, type_=Uuid())] if entity.time else []


def reached(hop: Hop, row: FromClause) -> Rows:
    """The rows that `hop` leads to from `row`, as far as the viewer may see them."""
    source, linked = linked_rows(hop, row.c[hop.relation.local], f"{row.name}_")  # type: ignore[attr-defined]
    ends = until_now(hop.target, source) if hop.relation.many else []
    return source, [*linked, *allowed(source, hop.predicate), *ends]


def linked_rows(hop: Hop, key: Expression, name: str, wanted: frozenset[str] | None = None) -> Rows:
    """The rows that `hop` leads to from the row whose `local` is `key`, an expression over an enclosing row."""
    relation, table = hop.relation, hop.target.table
    if relation.walk:
        return _walked(hop, key, name, wanted), []
    source = aliased(table, name)
    if relation.via is None:
        return source, [source.c[relation.remote] == key]
    links = aliased(relation.via.table, f"{name}l")
    far = select(links.c[relation.via.far]).where(links.c[relation.via.near] == key, *allowed(links, hop.between))
    return source, [source.c.id.in_(_correlated(far, key))]


def _correlated(found: Select[Any], key: Expression) -> Select[Any]:
    """`found`, which refers to the row of `key` around it."""
    around: Any = getattr(key, "table", None)
    return found.correlate(around) if around is not None else found


def keyed(hop: Hop, name: str) -> tuple[FromClause, Expression, Conditions]:
    """The rows that `hop` leads to from all of a batch's keys, with the expression of the key of each."""
    relation, table = hop.relation, hop.target.table
    if relation.direct:
        source = aliased(table, name)
        key = source.c[relation.remote]
        return source, key, [key == any_(keys())]
    found = _walked(hop, None, name) if relation.walk else _paired(hop, name)
    return found, found.c["#key"], []


def _paired(hop: Hop, name: str) -> FromClause:
    """The rows that a link table leads to from all of a batch's keys."""
    rows, pairs = aliased(hop.target.table, f"{name}j"), _pairs(hop, name)
    found = select(rows, pairs.c["#key"]).select_from(rows.join(pairs, pairs.c["#id"] == rows.c.id))
    return found.subquery(name)


def _pairs(hop: Hop, name: str) -> FromClause:
    """Each key with the rows that the link table leads to from it."""
    via = hop.relation.via
    assert via is not None
    links = aliased(via.table, f"{name}l")
    near, far = links.c[via.near], links.c[via.far]
    found = select(near.label("#key"), far.label("#id")).where(near == any_(keys()), *allowed(links, hop.between))
    return found.distinct().subquery(f"{name}p")


def _walked(hop: Hop, start: Expression | None, name: str, wanted: frozenset[str] | None = None) -> FromClause:
    """The rows that a walk comes to, with the number of STEPS; from all of a batch's keys if there is no `start`.

    The walk goes over rows that the viewer may see and no further, never twice over one, and ends after `reach` steps.
    The rows carry the columns that are `wanted`; all of them if that is not known.
    """
    relation, table = hop.relation, hop.target.table
    first, then = aliased(table, f"{name}f"), aliased(table, f"{name}n")
    keys_ = sorted({"id", relation.local, *(wanted if wanted is not None else table.columns.keys())})
    here = first.c[relation.remote]
    passed = [here.label("#key"), int_(1).label(STEPS.label), *_passed(relation, first)]
    begun = select(*(first.c[key] for key in keys_), *passed)
    begun = begun.where(here == (any_(keys()) if start is None else start), *allowed(first, hop.predicate))
    begun = begun if start is None else _correlated(begun, start)
    walk = begun.cte(f"{name}w", recursive=True, nesting=True)
    # OFFSET 0 keeps each step a look-up: joined, PostgreSQL would hash the whole table every time.
    step = select(*(then.c[key] for key in keys_)).where(then.c[relation.remote] == walk.c[relation.local])
    step = step.where(_is_new(relation, then, walk), *allowed(then, hop.predicate)).offset(int_(0))
    every = walk.union_all(_further(hop, walk, step.correlate(walk).lateral(f"{name}m")))
    if wanted is not None:
        return every.alias(name)
    # One select may read several walks of a term, and their CTEs would clash.
    return select(*(column for column in every.c if column.key != PATH)).subquery(name)


PATH = "#path"
"""What the rows of a walk upwards call the ids that it went over."""


def _passed(relation: Relation, first: FromClause) -> list[Expression]:
    """What else a walk must remember so that it goes over no row twice.

    Upwards it may run into a circle that it did not begin in. Downwards, where every row has one parent, it meets a
    row again only if it comes back to where it began.
    """
    path: Expression = array([first.c.id], type_=ARRAY(Uuid()))
    return [] if relation.local == "id" else [path.label(PATH)]


def _is_new(relation: Relation, then: FromClause, walk: FromClause) -> ColumnElement[bool]:
    """Whether the walk has not been at a row of `then`; downwards, whether it goes on from where it is."""
    return walk.c.id != walk.c["#key"] if relation.local == "id" else then.c.id != all_(walk.c[PATH])


def _further(hop: Hop, walk: FromClause, next_: FromClause) -> Select[Any]:
    assert hop.reach is not None
    passed = [walk.c["#key"], walk.c[STEPS.label] + int_(1)]
    if PATH in walk.c:
        passed.append(func.array_append(walk.c[PATH], next_.c.id))
    found = select(*next_.c, *passed).select_from(walk, next_)
    return found.where(walk.c[STEPS.label] < param(hop.reach))


def columns_of(terms: Iterable[Term | Condition]) -> set[str] | None:
    """The columns that `terms` and conditions read; None if that cannot be said."""
    found: set[str] = set()
    for term in terms:
        columns = _columns_of(term)
        if columns is None:
            return None
        found |= columns
    return found


def _columns_of(term: Term | Condition) -> set[str] | None:
    match term:
        case Seen(column=column, rule=rule):
            return None if rule or column.expression else {column.key}
        case Through(hop=hop) | Folded(hop=hop) | Exists(hop=hop):
            return {hop.relation.local}
        case Length(term=inner) | Compare(term=inner) | Not(condition=inner):
            return _columns_of(inner)
        case AllOf(conditions=several) | AnyOf(conditions=several):
            return columns_of(several)
        case Carried():
            return set()
    return None


def matches(search: Search, row: FromClause) -> ColumnElement[bool]:
    """Whether `row` has the searched words."""
    return row.c[search.text.vector].bool_op("@@")(query(search))


def query(search: Search) -> Expression:
    """The searched words as PostgreSQL's text search takes them: a sub-select, read once and not for every row."""
    language = _configuration(search.text.language)
    found = [func.websearch_to_tsquery(language, param(search.words), type_=TSQUERY())] if search.words else []
    if search.prefix:
        # The beginning of a word is none of its forms, which the language's own configuration would make of it.
        plain, formed = (func.to_tsquery(one, param(search.prefix)) for one in (_configuration("simple"), language))
        found.append(func.tsquery_or(plain, formed, type_=TSQUERY()))
    together = func.tsquery_or if search.either else func.tsquery_and
    return select(found[0] if len(found) == 1 else together(*found, type_=TSQUERY())).scalar_subquery()


def _configuration(language: str) -> Expression:
    return literal_column(f"'{language}'::regconfig")


def rank(search: Search, row: FromClause) -> Expression:
    """How well `row` matches, to 6 places, so that a cursor can say it."""
    found: Expression = func.ts_rank(row.c[search.text.vector], query(search), type_=REAL())
    return func.trim_scale(func.round(cast(found, Numeric()), int_(6)), type_=Numeric())


_OPTIONS = 'StartSel=<mark>, StopSel=</mark>, MaxFragments=2, MaxWords=20, MinWords=5, FragmentDelimiter=" … "'


def highlight(search: Search, row: FromClause) -> Expression:
    """Where the words are in the texts of `row`: HTML in which nothing but <mark> is markup."""
    texts = [func.coalesce(row.c[name], literal("")) for name in search.text.texts]
    text: Expression = func.concat_ws(literal(" "), *texts, type_=Text())
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = func.replace(text, literal(character), literal(entity), type_=Text())
    return func.ts_headline(_configuration(search.text.language), text, query(search), literal(_OPTIONS), type_=Text())
