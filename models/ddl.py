"""Functions and triggers as objects: declared once beside the tables, created with them, compared against them."""

from dataclasses import dataclass

from sqlalchemy import DDL, Connection, MetaData, event
from sqlalchemy.schema import CreateSchema


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


def attach(metadata: MetaData, functions: list[Function], triggers: list[Trigger]) -> None:
    """Let `metadata.create_all` make schemas and functions before the tables, and triggers after them."""

    def before(target: MetaData, connection: Connection, **_: object) -> None:
        for schema in sorted({table.schema for table in target.tables.values() if table.schema}):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        for function in functions:
            connection.execute(_ddl(function.create))

    def after(target: MetaData, connection: Connection, **_: object) -> None:
        for trigger in triggers:
            connection.execute(_ddl(trigger.create))

    event.listen(metadata, "before_create", before)
    event.listen(metadata, "after_create", after)


def _ddl(statement: str) -> DDL:
    return DDL(statement.replace("%", "%%"))
