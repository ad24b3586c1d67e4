"""Documents that nobody sent before: of a person's jobs, each filtered in a way of its own.

What a column is compared with never changes, so two documents that differ differ in their shape.
"""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from bench.shop import words

SEED = 20


class Name(str):
    """A member of an enumeration, which PostGraphile takes for a text."""

    __slots__ = ()


_ORDERED = ("ne", "gt", "gte", "lt", "lte", "in")
_TEXT = ("eq", "startsWith", "contains", *_ORDERED)

_Columns = Mapping[str, tuple[Any, Sequence[str]]]
"""Of each column what it is compared with, and how."""

_JOB: _Columns = {
    "title": ("Sort pictures", _TEXT),
    "description": ("What is to be done", _TEXT),
    "category": ("writing", _TEXT),
    "budget": ("900", _ORDERED),
    "currency": ("USD", ("eq", "in")),
    "status": (Name("OPEN"), ("ne", "in", "notIn")),
    "isRemote": (True, ("eq",)),
    "createdAt": ("2026-06-01T00:00:00Z", _ORDERED),
    "startedAt": (True, ("isNull",)),
}
_USER: _Columns = {
    "firstName": ("Grace", _TEXT),
    "lastName": ("Hopper", _TEXT),
    "country": ("TR", _TEXT),
    "hourlyRate": ("40", _ORDERED),
    "createdAt": ("2026-06-01T00:00:00Z", _ORDERED),
}
_APPLICATION: _Columns = {
    "proposedAmount": ("500", _ORDERED),
    "estimatedDays": (4, ("eq", *_ORDERED)),
    "status": (Name("PENDING"), ("ne", "in", "notIn")),
}
_ESCROW: _Columns = {
    "amount": ("500", _ORDERED),
    "fee": ("5", ("eq", *_ORDERED)),
    "status": (Name("PENDING"), ("ne", "in", "notIn")),
}
_FIELDS = words("title description category budget currency status isRemote createdAt startedAt publishedAt")

_THEIRS = {
    "eq": "equalTo",
    "ne": "distinctFrom",
    "gt": "greaterThan",
    "gte": "greaterThanOrEqualTo",
    "lt": "lessThan",
    "lte": "lessThanOrEqualTo",
    "startsWith": "startsWithInsensitive",
    "contains": "includesInsensitive",
    "id": "rowId",
    "jobsPosted": "freelanceJobsByClientId",
    "client": "userByClientId",
    "freelancer": "userByFreelancerId",
    "applications": "freelanceApplicationsByJobId",
    "escrow": "freelanceEscrowByJobId",
}
"""What PostGraphile calls it, where that is another name."""


def bodies(ids: Sequence[str], *, own_dialect: bool) -> Iterator[bytes]:
    """Requests without end, no two of the same shape, in Agora's dialect or in PostGraphile's own; always the same."""
    dice, seen = random.Random(SEED), set[str]()
    for id_ in itertools.cycle(ids):
        document = _document(dice, own_dialect=own_dialect)
        if document not in seen:
            seen.add(document)
            yield orjson.dumps({"query": document, "variables": {"id": id_}})


def _document(dice: random.Random, *, own_dialect: bool) -> str:
    names = _THEIRS if own_dialect else {}
    id_, applications = names.get("id", "id"), names.get("applications", "applications")
    fields = " ".join([id_, *dice.sample(_FIELDS, dice.randint(3, 8))])
    client = f"{names.get('client', 'client')} {{ {id_} firstName }}"
    nested = f"{applications}(first: {dice.randint(1, 5)}) {{ nodes {{ {id_} proposedAmount }} }}"
    arguments = f"first: {dice.randint(10, 30)}, filter: {_written(_job(dice), names)}"
    jobs = f"{names.get('jobsPosted', 'jobsPosted')}({arguments}) {{ nodes {{ {fields} {client} {nested} }} }}"
    begin = "query ($id: UUID!) { userByRowId(rowId: $id)" if own_dialect else "query ($id: ID!) { user(id: $id)"
    return f"{begin} {{ {id_} firstName {jobs} }} }}"


def _job(dice: random.Random) -> dict[str, Any]:
    """A filter of jobs: by applications, and by either of its columns, its client, its freelancer or its escrow."""
    either = [
        _row(dice, _JOB, dice.randint(1, 2)),
        {"client": _row(dice, _USER, dice.randint(1, 2))},
        {"freelancer": _row(dice, _USER, 1)} if dice.random() < 0.5 else {"escrow": _row(dice, _ESCROW, 1)},
    ]
    dice.shuffle(either)
    wanted = dice.choice(("some", "some", "none"))
    return {"applications": {wanted: _row(dice, _APPLICATION, dice.randint(1, 2))}, "or": either}


def _row(dice: random.Random, columns: _Columns, count: int) -> dict[str, Any]:
    return {name: _compared(dice, *columns[name]) for name in dice.sample(sorted(columns), count)}


def _compared(dice: random.Random, value: Any, operators: Sequence[str]) -> dict[str, Any]:
    operator = dice.choice(operators)
    return {operator: [value] if operator in ("in", "notIn") else value}


def _written(value: Any, names: Mapping[str, str]) -> str:
    """`value` as GraphQL writes it, with the `names` of a dialect."""
    match value:
        case dict():
            inner = ", ".join(f"{names.get(key, key)}: {_written(each, names)}" for key, each in value.items())
            return f"{{{inner}}}"
        case list():
            return f"[{', '.join(_written(each, names) for each in value)}]"
        case Name() if not names:
            return value
    return orjson.dumps(value if not isinstance(value, str) else str(value)).decode()
