"""Statements of SQLAlchemy Core for what is done so often that their making counts: each is compiled once.

To build a statement, find what it was compiled to and run it through a session costs 0.15 to 0.2 ms each time, as much
as PostgreSQL takes for it; to run it past SQLAlchemy 0.02. Whatever needs the ORM, or is rare, takes a session.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.sql.elements import ClauseElement

from graph.engine.sql.fragments import DIALECT

Fetch = Callable[..., Awaitable[Sequence[Any]]]
"""Runs the text of a statement with its arguments in the transaction at hand; its rows."""


class Compiled:
    """A statement whose parameters are called by name: `await fetch(*STATEMENT(id=id_))`."""

    __slots__ = ("_binds", "_known", "text")

    def __init__(self, statement: ClauseElement) -> None:
        made = statement.compile(dialect=DIALECT)
        self.text = str(made)
        self._known = {name: value for name, value in made.params.items() if value is not None}
        types = {name: made.binds[name].type for name in made.positiontup or ()}  # type: ignore[attr-defined]
        self._binds = [(name, type_.dialect_impl(DIALECT).bind_processor(DIALECT)) for name, type_ in types.items()]

    def __call__(self, **values: Any) -> tuple[Any, ...]:
        """The text with its arguments in order. Raises KeyError if one is not given."""
        values = self._known | values
        return (self.text, *[processed(values[name]) if processed else values[name] for name, processed in self._binds])
