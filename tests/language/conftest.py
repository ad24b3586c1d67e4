"""Every example runs inlined, where an operation is one statement, and batched, where the answer must be the same."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.planning.planner import Strategy, batched, inlined
from graph.engine.schema.schema import Schema
from graph.schema import build
from tests.api import Api, Json
from tests.language.rules import RULES

UnderRules = Callable[[Viewer], Api]


class Exact(Api):
    """The API, which answers by one statement where everything is inlined."""

    async def data(self, query: str, **variables: Any) -> Json:
        """The answer's data; it has no errors."""
        found = await super().data(query, **variables)
        if self.engine.strategy is inlined:
            assert self.query_count == 1, self.statements
        return found


@pytest.fixture(params=[inlined, batched], ids=["inlined", "batched"])
def strategy(request: pytest.FixtureRequest) -> Strategy:
    """Whether relations are read in their parent's statement or in one of their own."""
    given: Strategy = request.param
    return given


@pytest.fixture
def api(connection: asyncpg.Connection, schema: Schema, strategy: Strategy) -> Api:
    """The API without rules."""
    return Exact(connection, schema, strategy)


@pytest.fixture
def under_rules(connection: asyncpg.Connection, ruled: Schema, strategy: Strategy) -> UnderRules:
    """The API under the rules of `rules.py`, as a viewer sees it."""

    def make(viewer: Viewer = ANONYMOUS) -> Api:
        made = Exact(connection, ruled, strategy)
        made.viewer = viewer
        return made

    return make


@pytest.fixture(scope="session")
def ruled() -> Schema:
    """The schema under the rules of `rules.py`."""
    return build(RULES)
