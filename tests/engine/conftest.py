"""The crowd in a database of its own: whoever asks changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from graph.engine.asking.limits import Limits
from graph.engine.costs.statistics import Statistics, learned
from graph.engine.planning.planner import Strategy, inlined
from graph.engine.schema.schema import Schema
from tests.api import Api
from tests.conftest import cloned
from tests.engine.crowd import fill
from tests.engine.facts import Facts, learn

PATIENT = Limits(seconds=300.0, aliases=100)
"""What is compared may take its time, as other tests may keep the machine busy; fragments may repeat their aliases."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A connection to the crowd, and what is known of it."""

    connection: asyncpg.Connection = field(repr=False)
    facts: Facts = field(repr=False)
    statistics: Statistics = field(repr=False)

    def api(self, schema: Schema, strategy: Strategy = inlined) -> Api:
        """An engine over the crowd that knows how small it is."""
        api = Api(self.connection, schema, strategy)
        api.engine.learn(self.statistics)
        api.engine.limits_of = lambda viewer: PATIENT
        return api


@pytest.fixture(scope="session")
async def crowd(server: Path, template: str, schema: Schema) -> AsyncIterator[Crowd]:
    """The crowd."""
    async with cloned(server, template) as url:
        await fill(url)
        connection = await asyncpg.connect(url)
        graph = schema.derived.graph
        yield Crowd(connection, await learn(connection, graph), await learned(connection, graph))
        await connection.close()
