"""What docs/chat.md shows can be asked, and it names every mutation of the core."""

import re
from pathlib import Path
from typing import get_args

import pytest
from strawberry.types import get_object_definition

from graph.chat.messages import MessagesMutation
from graph.chat.sessions import SessionsMutation
from graph.chat.starting import StartingMutation
from graph.engine.model.ids import camel
from models.chat.sessions import ChatEventType
from tests.chat.chats import Chats
from tests.doing import NOBODY

PAGE = (Path(__file__).parents[2] / "docs" / "chat.md").read_text()
DOCUMENTS = PAGE.partition("```graphql\n")[2].partition("```")[0].splitlines()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.split()[1])
async def test_the_documents_on_the_page_can_be_asked(chats: Chats, document: str) -> None:
    shop = await chats.shop()
    asked = re.sub(r"_…", f"_{NOBODY}", document).replace('"…"', f'"{shop.widget_key}"')
    answer = await chats.ask(shop.staff, asked)
    assert "errors" not in answer, answer


def test_the_page_says_who_does_what() -> None:
    table = PAGE.partition("## Who may do what")[2].partition("\n## ")[0]
    told = {name for row in re.findall(r"^\| (.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    ours = {
        camel(field.python_name)
        for type_ in (StartingMutation, MessagesMutation, SessionsMutation)
        for field in get_object_definition(type_, strict=True).fields
    }
    assert told == ours


def test_the_page_says_what_every_entry_holds() -> None:
    table = PAGE.partition("## The log")[2]
    for name in get_args(ChatEventType):
        assert re.search(rf"^\|.*\b{name}\b", table, re.MULTILINE), name
