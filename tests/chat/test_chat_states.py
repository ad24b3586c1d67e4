"""Every step of a chat leads where its table says, every other is a conflict, and nobody goes past it."""

import re
from pathlib import Path
from typing import get_args

import pytest

from app.services.chat.states import CHAT, OPEN, ChatStep, is_over, moved
from app.services.refusals import Refused
from models.chat import ChatSession
from models.chat.sessions import ChatSessionStatus

SERVICES = Path(__file__).parents[2] / "app" / "services" / "chat"


@pytest.mark.parametrize("status", get_args(ChatSessionStatus))
def test_every_step_leads_where_the_table_says_and_every_other_is_a_conflict(status: ChatSessionStatus) -> None:
    for step in get_args(ChatStep):
        chat = ChatSession(status=status)
        if (status, step) in CHAT.steps:
            assert moved(chat, step) == {"status": {"old": status, "new": CHAT.steps[status, step]}}
            assert chat.status == CHAT.steps[status, step]
        else:
            with pytest.raises(Refused) as refused:
                moved(chat, step)
            assert [(one.code, one.field) for one in refused.value.refusals] == [("CONFLICT", "sessionId")]
            assert chat.status == status


def test_every_state_can_be_reached_and_left() -> None:
    assert {CHAT.begins, *CHAT.steps.values()} == set(get_args(ChatSessionStatus))
    assert {status for status, _ in CHAT.steps} == set(get_args(ChatSessionStatus))
    assert {step for _, step in CHAT.steps} == set(get_args(ChatStep))
    assert {status for status in get_args(ChatSessionStatus) if is_over(ChatSession(status=status))} == {
        "ENDED",
        "ABANDONED",
    }
    assert set(OPEN) == {"WAITING", "QUEUED", "OFFERED", "ACTIVE"}


def test_no_service_writes_a_status_past_the_table() -> None:
    written = {
        (path.name, found)
        for path in SERVICES.glob("*.py")
        for found in re.findall(r"\bchat\.status\b[^=\n]* = (?!=).*", path.read_text())
    }
    assert {name for name, _ in written} == {"starting.py", "states.py"}, written
