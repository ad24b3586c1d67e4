"""Whether two contenders give the same answer."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_GLOBAL_ID = re.compile(r"[a-z_]+_([0-9a-f]{8}-[0-9a-f-]{27})")


class Different(Exception):
    """Two contenders answer a request differently."""


def check(name: str, shape: str, expected: Any, answer: Any, *, own_dialect: bool) -> None:
    """Raise Different unless `answer` says what `expected` says; in another dialect, value by value in order."""
    if "errors" in answer:
        raise Different(f"{name} answers {shape} with errors: {str(answer['errors'])[:500]}")
    same = leaves(expected) == leaves(answer) if own_dialect else _plain(expected) == _plain(answer)
    if not same:
        raise Different(f"{name} answers {shape} differently: {str(answer)[:400]} instead of {str(expected)[:400]}")


def leaves(value: Any) -> list[Any]:
    """The scalars of `value` in order, ids without their type."""
    return list(_leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for item in value.values():
                yield from _leaves(item)
        case list():
            for item in value:
                yield from _leaves(item)
        case str() if found := _GLOBAL_ID.fullmatch(value):
            yield found[1]
        case _:
            yield _plain(value)


def _plain(value: Any) -> Any:
    """`value` with moments as such: contenders write their fractions with different numbers of digits."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case str() if _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value)
    return value
