"""A chat with a note in its log, and those who follow it under the policies."""

from collections.abc import Callable

import asyncpg
import pytest

from graph.engine.access import Viewer
from graph.engine.schema.schema import Schema
from tests.api import Insert
from tests.engine.feeds.chats import Chat, Client, a_chat, client


@pytest.fixture
async def chat(insert: Insert) -> Chat:
    """The chat."""
    return await a_chat(insert)


@pytest.fixture
def as_(connection: asyncpg.Connection, guarded: Schema) -> Callable[[Viewer], Client]:
    """A client who is known as somebody."""
    return lambda viewer: client(connection, guarded, viewer)


@pytest.fixture
def visitor(as_: Callable[[Viewer], Client], chat: Chat) -> Client:
    """The visitor of the chat."""
    return as_(chat.as_visitor)


@pytest.fixture
def staff(as_: Callable[[Viewer], Client], chat: Chat) -> Client:
    """A member of the business whose chat it is."""
    return as_(chat.as_staff)
