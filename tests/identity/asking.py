"""The whole API under its policies, asked by whoever a test says."""

from typing import Any
from uuid import UUID

import orjson

from app.services.accounts.passwords import Passwords
from graph.access import viewers
from graph.context import Context, Transactions
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.running.run import Connections
from graph.engine.schema.schema import Schema
from tests.identity.accounts import CLIENT


class Asking:
    """The API, asked by nobody at first."""

    def __init__(
        self, database: Transactions, acquire: Connections, passwords: Passwords, schema: Schema, **more: Any
    ) -> None:
        self.database, self.passwords, self.more, self.viewer = database, passwords, more, ANONYMOUS
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, acquire)

    async def answer(self, query: str, **variables: Any) -> Any:
        """The whole answer."""
        context = Context(self.database, self.passwords, self.viewer, CLIENT, **self.more)
        body = (await self.engine.answer(Operation(query, variables, viewer=self.viewer, context=context))).body
        return orjson.loads(body)

    async def __call__(self, query: str, **variables: Any) -> Any:
        """What the one root field answers."""
        answer = await self.answer(query, **variables)
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        return payload

    def by(self, viewer: Viewer) -> "Asking":
        self.viewer = viewer
        return self

    def by_person(self, user: UUID, session: UUID | None = None) -> "Asking":
        person = viewers.person(user, roles={})
        return self.by(Viewer(person.kind, {**person.params, "session": session}))

    def by_admin(self, user: UUID) -> "Asking":
        return self.by(Viewer(viewers.ADMIN, {"user": user}))


def codes(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The code and field of each reason."""
    return [(error["code"], error["field"]) for error in payload["userErrors"]]
