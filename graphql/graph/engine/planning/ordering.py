"""Plans the order of a connection, and what breaks its ties."""

from collections.abc import Iterator

from graph.engine.asking.operands import Operand
from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Entity
from graph.engine.planning import order
from graph.engine.planning.scope import Scope
from graph.engine.planning.terms import Aggregated, Folded, OrderKey, Seen, Term

KEYS = 10
"""How many keys an order may have."""
DEPTH = 5
"""Over how many relations a key may lead."""


def ordered(scope: Scope, entity: Entity, given: Operand | None) -> list[OrderKey]:
    """The keys that the argument `given` names; none if it is not there."""
    if given is None or not given.state:
        return []
    return [ordered_by(*directed(scope, entity, item)) for item in limited(given)]


def limited(given: Operand) -> Iterator[Operand]:
    """The keys of an order. Raises BadUserInput if they are too many."""
    for index, item in enumerate(given.items()):
        if index == KEYS:
            raise BadUserInput(f'Argument "{given.where}" has more than {KEYS} keys.', argument=given.where)
        yield item


def ordered_by(term: Term, direction: str) -> OrderKey:
    """The key by `term` in a direction of OrderDirection."""
    return OrderKey(term, *order.DIRECTIONS[direction])


def directed(scope: Scope, entity: Entity, given: Operand, depth: int = 0) -> tuple[Term, str]:
    """The term of rows of `entity` that one key of an order names, and its direction."""
    if depth > DEPTH:
        raise BadUserInput(f'Argument "{given.where}" leads over more than {DEPTH} relations.', argument=given.where)
    name, inner = only(given)
    relation = entity.relations.get(name)
    if relation is None:
        return scope.see(entity.columns[name]), inner.choose()
    target = scope.graph[relation.target]
    if relation.many:
        aggregated, direction = measured(scope, target, *only(inner), depth)
        return Folded(scope.hop(relation), (), aggregated, scope.label("k")), direction
    term, direction = directed(scope, target, inner, depth + 1)
    return scope.through(relation, term), direction


def measured(scope: Scope, entity: Entity, name: str, given: Operand, depth: int = 0) -> tuple[Aggregated, str]:
    """The aggregate of rows of `entity` that the key `name` of an order names, and its direction."""
    if name == "count":
        return Aggregated("count"), given.choose()
    term, direction = directed(scope, entity, given, depth + 1)
    if name in ("min", "max") and not term.scalar.extreme:
        raise BadUserInput(f'Argument "{given.where}" has no least or greatest value.', argument=given.where)
    return scope.aggregated(entity, name, term), direction


def only(given: Operand) -> tuple[str, Operand]:
    """The one key of an input of which just one is given, and what it holds."""
    ((name, inner),) = given.fields()
    if not inner.state:
        raise BadUserInput(f'Argument "{inner.where}" is null.', argument=inner.where)
    return name, inner


def tie_broken(entity: Entity, keys: list[OrderKey]) -> tuple[OrderKey, ...]:
    """`keys` ending in the entity's own key, which takes the last key's direction.

    The time in a firehose table's id is that id when it is the last key: PostgreSQL cannot know.
    """
    own = [column.key for column in entity.key]
    for index, key in enumerate(keys):
        if isinstance(key.term, Seen) and [key.term.column.key] == own:
            return tuple(keys[: index + 1])
    last = keys[-1] if keys else None
    if last and _is_time(last.term, entity):
        keys = keys[:-1]
    descending = last.descending if last else False
    return (*keys, *(OrderKey(Seen(column), descending, descending) for column in entity.key))


def _is_time(term: Term, entity: Entity) -> bool:
    return isinstance(term, Seen) and term.column.key == entity.time and term.rule is None
