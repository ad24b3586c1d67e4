"""The API under its policies as people use it, on a database where commits stay: what tests of a domain build upon."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, ClassVar
from uuid import UUID

import orjson
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import event

from app.database import Database
from app.services.accounts.passwords import Passwords
from graph.access.viewers import person
from graph.client import Client
from graph.context import Context
from graph.engine.access import Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.schema.schema import Schema

Json = Any

BROWSER = Client("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
NOBODY = UUID("019a0000-0000-7000-8000-000000000000")
"""The id of no row."""
NUMBERS = count(1)
"""For names that no two rows may share."""


class Doing:
    """Does steps of a workflow by mutations, on behalf of whoever a test says."""

    shown: ClassVar[Mapping[str, str]] = {}
    """What is asked of each row of a payload, by its field."""
    said: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """What a step is given beside the row it is about, where a test does not care."""

    def __init__(self, database: Database, schema: Schema, passwords: Passwords) -> None:
        self.database, self.schema, self.passwords = database, schema, passwords
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, self.acquire)

    def acquire(self, timeout: float | None = None) -> Any:
        """A connection to read from."""
        return self.database.reads.acquire(timeout)

    def tell(self, topic: str, payload: bytes) -> None:
        """Take what is told that is worth no row."""

    async def ask(self, viewer: Viewer, query: str, client: Client = BROWSER, **variables: Any) -> Json:
        """The whole answer."""
        context = Context(self.database, self.passwords, viewer, client, tell=self.tell)
        operation = Operation(query, variables, viewer=viewer, context=context)
        return orjson.loads((await self.engine.answer(operation)).body)

    async def does(self, viewer: Viewer, step: str, *, client: Client = BROWSER, **given: Any) -> Json:
        """The payload of a step, with every row that it shows."""
        query = f"mutation($i: {step[0].upper()}{step[1:]}Input!) {{ {step}(input: $i) {{ {self._shown(step)} }} }}"
        answer = await self.ask(viewer, query, client, i={**self.said.get(step, {}), **given})
        assert "errors" not in answer, answer["errors"]
        return answer["data"][step]

    async def did(self, viewer: Viewer, step: str, **given: Any) -> Json:
        """The same of a step that is not refused."""
        payload = await self.does(viewer, step, **given)
        assert payload.pop("userErrors") == [], step
        return payload

    async def refused(self, viewer: Viewer, step: str, **given: Any) -> list[tuple[str, str | None]]:
        """The code and field of each reason why a step is refused; nothing is shown then."""
        payload = await self.does(viewer, step, **given)
        errors = payload.pop("userErrors")
        assert not any(payload.values()) and errors
        return [(error["code"], error["field"]) for error in errors]

    def _shown(self, step: str) -> str:
        mutation = self.schema.core.mutation_type
        assert mutation is not None
        payload = get_named_type(mutation.fields[step].type)
        assert isinstance(payload, GraphQLObjectType)
        shown = {**self.shown, "userErrors": "code field message"}
        return " ".join(f"{name} {{ {shown[name]} }}" if name in shown else name for name in payload.fields)

    async def run(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What a statement finds or writes, past the API."""
        async with self.database.writes.begin() as connection:
            found = await connection.exec_driver_sql(statement, values)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []

    async def made(self, table: str, **values: Any) -> UUID:
        """The id of a new row."""
        columns, places = ", ".join(values), ", ".join(f"${place}" for place in range(1, len(values) + 1))
        (row,) = await self.run(f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id", *values.values())
        found: UUID = row["id"]
        return found

    async def person(self, name: str = "Ada", roles: dict[UUID, str] | None = None) -> Viewer:
        """Somebody new who signed in; member of businesses if `roles` says so."""
        email = f"{name.lower()}-{next(NUMBERS)}@x.example"
        return person(await self.made("identity.users", email=email, first_name=name, last_name="L"), roles=roles or {})

    async def business(self, name: str = "shop") -> UUID:
        """A new business."""
        slug = f"{name}-{next(NUMBERS)}"
        return await self.made("business.businesses", name=slug, slug=slug, type="RETAIL")

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[list[str]]:
        """The statements that mutations send meanwhile through SQLAlchemy."""
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        engine = self.database.writes.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        yield sent
        event.remove(engine, "before_cursor_execute", note)
