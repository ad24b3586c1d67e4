"""The matrix notices every policy that is not there: each is taken away in turn, and an expectation must fail."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import get_args

import pytest

from graph.access.policies import Policies
from graph.access.policy import All, Any, Member, Nobody, Own, Policy, Public, Role, With
from graph.access.tables import READERS
from graph.access.words import Readers
from tests.access.conftest import Matrix
from tests.access.oracle import Line
from tests.access.test_hidden_values import Asked, counted
from tests.access.viewers import Asker

pytestmark = pytest.mark.long

NULL_ANYWAY = {"User.deleted_at", "Configuration.value", "Configuration.default_value"}
"""Values that are null in all rows in which they are hidden: users are public if not deleted, a constraint says so."""

LADDER: tuple[Role, ...] = get_args(Role)
Counts = Mapping[str, Mapping[str, int]]
"""How many rows of each entity each viewer may read."""


@pytest.fixture(scope="module")
async def counts(matrix: Matrix) -> Counts:
    """How many rows there should be."""
    found: dict[str, dict[str, int]] = {}
    for name, asker in matrix.askers.items():
        await matrix.oracle.be(asker)
        for line in matrix.oracle.expected:
            found.setdefault(line.entity.name, {})[name] = len(await matrix.oracle.rows(line))
    return found


async def _seen(matrix: Matrix, asker: Asker, line: Line, rows: Policy) -> int:
    """How many rows of an entity `asker` sees if its policy is `rows`."""
    entity = line.entity
    policies = Policies(matrix.schema.derived.graph, {**READERS, entity.name: Readers(rows, {})})
    found = await matrix.under(policies, asker).data(f"{{ a: {entity.list_field} {{ totalCount }} }}")
    count: int = found["a"]["totalCount"]
    return count


async def _is_noticed(matrix: Matrix, line: Line, rows: Policy, counts: Mapping[str, int]) -> bool:
    """Whether some viewer sees more or fewer rows than expected; those are asked first who see least."""
    for name in sorted(counts, key=lambda name: counts[name]):
        if name != "admin" and await _seen(matrix, matrix.askers[name], line, rows) != counts[name]:
            return True
    return False


async def test_a_missing_policy_of_rows_is_noticed(matrix: Matrix, counts: Counts) -> None:
    kept: list[str] = []
    for line in matrix.oracle.expected:
        name = line.entity.name
        mutant = Nobody() if READERS[name].rows == Public() else Public()
        kept += [] if await _is_noticed(matrix, line, mutant, counts[name]) else [name]
    assert not kept, "\n".join(kept)


async def test_a_missing_policy_of_a_value_is_noticed(matrix: Matrix) -> None:
    columns = [(line, column) for line in matrix.oracle.expected.restricted for column in line.values]
    noticed = {
        f"{line.entity.name}.{column}": await _is_value_noticed(matrix, line, column) for line, column in columns
    }
    assert {name for name, found in noticed.items() if not found} == NULL_ANYWAY


async def _is_value_noticed(matrix: Matrix, line: Line, column: str) -> bool:
    """Whether some viewer sees a value that they should not, if its policy is missing."""
    entity, graph = line.entity, matrix.schema.derived.graph
    readers = READERS[entity.name]
    values = {key: policy for key, policy in readers.values.items() if key != column}
    policies = Policies(graph, {**READERS, entity.name: replace(readers, values=values)})
    field = entity.by_key(column).name
    query = f"{{ a: {entity.list_field}(filter: {{{field}: {{isNull: false}}}}) {{ totalCount }} }}"
    asked = Asked(entity.by_key(column), distinct=False, ordered=False, grouped=False)
    for asker in matrix.askers.values():
        await matrix.oracle.be(asker)
        ((there, _, _),) = await counted(matrix, line, [asked])
        if (await matrix.under(policies, asker).data(query))["a"]["totalCount"] > there:
            return True
    return False


def variants(policy: Policy) -> Iterator[Policy]:
    """The same policy with one thing wrong."""
    match policy:
        case Any(policies) | All(policies):
            for index, part in enumerate(policies):
                others = [*policies[:index], *policies[index + 1 :]]
                yield others[0] if len(others) == 1 else type(policy)(others)
                for variant in variants(part):
                    yield type(policy)([*policies[:index], variant, *policies[index + 1 :]])
        case Member(role, key):
            place = LADDER.index(role)
            yield from (Member(near, key) for near in LADDER[max(0, place - 1) : place + 2] if near != role)
        case With(relation, inner) if inner is not None:
            yield from (With(relation, variant) for variant in variants(inner))
        case Public(where) if where is not None:
            yield Public()
        case Own():
            yield Nobody()


async def test_nearly_every_policy_with_one_thing_wrong_is_noticed(matrix: Matrix, counts: Counts) -> None:
    kept, total = [], 0
    for line in matrix.oracle.expected:
        for variant in variants(READERS[line.entity.name].rows):
            total += 1
            if not await _is_noticed(matrix, line, variant, counts[line.entity.name]):
                kept.append(f"{line.entity.name}: {variant.words(line.entity)}")
    assert len(kept) < total / 20, f"{len(kept)} of {total}:\n" + "\n".join(kept)
