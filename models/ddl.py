"""Functions, triggers and views as objects: declared once beside the tables, made and removed with them.

Knows nothing of the tables themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, MetaData, event
from sqlalchemy.schema import CreateSchema, DropSchema


class Element(Protocol):
    """Anything beside tables that a statement makes and another removes."""

    @property
    def create(self) -> str:
        """The statement that makes it."""

    @property
    def drop(self) -> str:
        """The statement that removes it."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function in `public`; `signature` is "name(arguments)", `body` all that follows it."""

    signature: str
    body: str

    @property
    def name(self) -> str:
        """Its name alone."""
        return self.signature.partition("(")[0]

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE FUNCTION public.{self.signature} {self.body}"

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP FUNCTION public.{self.signature}"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger on `table` ("schema.table"): when it fires, for what, and the function of ours it calls."""

    name: str
    table: str
    when: str
    scope: str
    function: str

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return (
            f"CREATE TRIGGER {self.name} {self.when} ON {self.table} {self.scope} "
            f"EXECUTE FUNCTION public.{self.function}()"
        )

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP TRIGGER {self.name} ON {self.table}"


_TRANSITIONS = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}


def statement_triggers(table: str, function: Function) -> list[Trigger]:
    """Call `function` once per statement that writes `table`, with its rows as `added` and `removed`."""
    return [
        Trigger(
            f"{function.name}_after_{operation}",
            table,
            f"AFTER {operation.upper()}",
            f"REFERENCING {tables} FOR EACH STATEMENT",
            function.name,
        )
        for operation, tables in _TRANSITIONS.items()
    ]


ADDED = "SELECT 1 AS sign, * FROM added"
REMOVED = "SELECT -1 AS sign, * FROM removed"
BOTH = f"{ADDED} UNION ALL {REMOVED}"
"""The rows of a statement trigger, each with what it adds to a count."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over the rows of `child`, kept in the row of `parent` that their `key` names.

    `sums` gives for each column of `parent` what a row of `child` adds to it. Rows of `parent` are written in the
    order of their ids, so that two batches cannot deadlock, and only where a sum changes.
    """

    name: str
    child: str
    key: str
    parent: str
    sums: Mapping[str, str] = field(hash=False)

    @property
    def function(self) -> Function:
        """The function behind the triggers."""
        unchanged = " AND ".join(f"change.{column} = 0" for column in self.sums)
        set_ = ",\n           ".join(f"{column} = p.{column} + change.{column}" for column in self.sums)
        return Function(
            f"{self.name}()",
            f"""RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changes refcursor;
  change record;
BEGIN
  CASE tg_op
    WHEN 'INSERT' THEN OPEN changes FOR{self._changes(ADDED)};
    WHEN 'DELETE' THEN OPEN changes FOR{self._changes(REMOVED)};
    WHEN 'UPDATE' THEN OPEN changes FOR{self._changes(BOTH)};
  END CASE;
  LOOP
    FETCH changes INTO change;
    EXIT WHEN NOT found;
    CONTINUE WHEN {unchanged};
    UPDATE {self.parent} AS p
       SET {set_}
     WHERE p.id = change.id;
  END LOOP;
  CLOSE changes;
  RETURN NULL;
END $$""",
        )

    @property
    def triggers(self) -> list[Trigger]:
        """The triggers on `child`."""
        return statement_triggers(self.child, self.function)

    def _changes(self, rows: str) -> str:
        sums = ",\n             ".join(f"sum(sign * {value}) AS {column}" for column, value in self.sums.items())
        return f"""
      SELECT {self.key} AS id,
             {sums}
        FROM ({rows}) AS r
       GROUP BY {self.key} ORDER BY {self.key}"""


def attach(
    metadata: MetaData, *, before: Callable[[], Sequence[Element]], after: Callable[[], Sequence[Element]]
) -> None:
    """Let `metadata` make its schemas and all of `before` ahead of the tables, and all of `after` behind them.

    Both are asked for when they are needed, when every mapped class is known.
    """

    def before_create(target: MetaData, connection: Connection, **_: object) -> None:
        for schema in _schemas(target):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        _run(connection, [element.create for element in before()])

    def after_create(target: MetaData, connection: Connection, **_: object) -> None:
        _run(connection, [element.create for element in after()])

    def before_drop(target: MetaData, connection: Connection, **_: object) -> None:
        _run(connection, [element.drop for element in reversed(after())])

    def after_drop(target: MetaData, connection: Connection, **_: object) -> None:
        _run(connection, [element.drop for element in reversed(before())])
        for schema in _schemas(target):
            connection.execute(DropSchema(schema))

    for handler in (before_create, after_create, before_drop, after_drop):
        event.listen(metadata, handler.__name__, handler)


def _schemas(metadata: MetaData) -> list[str]:
    return sorted({table.schema for table in metadata.tables.values() if table.schema})


def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)
