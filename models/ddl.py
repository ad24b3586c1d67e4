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
    """A trigger on `table` ("schema.table"): when it fires, for what, and the function of ours it calls with what."""

    name: str
    table: str
    when: str
    scope: str
    function: str
    arguments: tuple[str, ...] = ()

    @property
    def create(self) -> str:
        """The statement that makes it."""
        arguments = ", ".join("'" + argument.replace("'", "''") + "'" for argument in self.arguments)
        return f"CREATE TRIGGER {self.name} {self.when} ON {self.table} {self.scope} EXECUTE FUNCTION public.{self.function}({arguments})"

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP TRIGGER {self.name} ON {self.table}"


@dataclass(frozen=True, slots=True)
class Extension:
    """One of PostgreSQL's own extensions, all of which any owner of a database may install."""

    name: str

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE EXTENSION IF NOT EXISTS {self.name}"

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP EXTENSION {self.name}"


@dataclass(frozen=True, slots=True)
class Unlogged:
    """A table called `name` ("schema.table") that is no entity and that a crash empties: what may be forgotten."""

    name: str
    columns: str
    storage: str = ""

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE UNLOGGED TABLE {self.name} ({self.columns}){self.storage}"

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP TABLE {self.name}"


@dataclass(frozen=True, slots=True)
class Query:
    """A view called `name` ("schema.view") over the SQL `query`; a materialized one keeps its rows until refreshed."""

    name: str
    query: str
    materialized: bool

    @property
    def kind(self) -> str:
        """What PostgreSQL calls it."""
        return "MATERIALIZED VIEW" if self.materialized else "VIEW"

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE {self.kind} {self.name} AS {self.query.strip()}"

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP {self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class QueryIndex:
    """An index on a materialized view; one that is unique lets it be refreshed while others read."""

    view: str
    columns: tuple[str, ...]
    unique: bool

    @property
    def name(self) -> str:
        """Its name after the convention."""
        return f"{'uq' if self.unique else 'ix'}_{self.view.partition('.')[2]}_{'_'.join(self.columns)}"

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE {'UNIQUE ' if self.unique else ''}INDEX {self.name} ON {self.view} ({', '.join(self.columns)})"

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        return f"DROP INDEX {self.view.partition('.')[0]}.{self.name}"


_TRANSITIONS = {"insert": "NEW TABLE AS added", "update": "OLD TABLE AS removed NEW TABLE AS added", "delete": "OLD TABLE AS removed"}


def statement_triggers(table: str, function: Function, arguments: tuple[str, ...] = ()) -> list[Trigger]:
    """Call `function` once per statement that writes `table`, with its rows as `added` and `removed`."""
    return [
        Trigger(
            f"{function.name}_after_{operation}",
            table,
            f"AFTER {operation.upper()}",
            f"REFERENCING {tables} FOR EACH STATEMENT",
            function.name,
            arguments,
        )
        for operation, tables in _TRANSITIONS.items()
    ]


ADDED = "SELECT 1 AS sign, * FROM added"
REMOVED = "SELECT -1 AS sign, * FROM removed"
BOTH = f"{ADDED} UNION ALL {REMOVED}"
"""The rows of a statement trigger, each with what it adds to a count."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over the rows of the class that declares it, kept in the row of `parent` that their `key` names.

    `sums` gives for each column of `parent` what a row adds to it. Rows of `parent` are written in the order of their
    ids, so that two batches cannot deadlock, and only where a sum changes. Not for parents that many write at once.
    """

    name: str
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

    def triggers(self, table: str) -> list[Trigger]:
        """The triggers on `table`, whose rows are summed."""
        return statement_triggers(table, self.function)

    def _changes(self, rows: str) -> str:
        sums = ",\n             ".join(f"sum(sign * {value}) AS {column}" for column, value in self.sums.items())
        return f"""
      SELECT {self.key} AS id,
             {sums}
        FROM ({rows}) AS r
       GROUP BY {self.key} ORDER BY {self.key}"""


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search over everything knows of a row `r` of the class that declares it, as SQL."""

    business_id: str
    visibility: str
    title: str
    content: str
    keywords: str = "'{}'"
    condition: str = "true"
    """Which rows it knows at all."""

    def triggers(self, entity: str, table: str, function: Function) -> list[Trigger]:
        """The triggers on `table` that tell `function` of changes of `entity`."""
        values = ", ".join((self.business_id, self.visibility, self.title, self.content, self.keywords))
        return statement_triggers(table, function, (entity, values, self.condition))


def attach(metadata: MetaData, *, before: Callable[[], Sequence[Element]], after: Callable[[], Sequence[Element]]) -> None:
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
