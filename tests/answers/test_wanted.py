"""A request is answered once or not at all: cancelled before or meanwhile, taken up again when a worker died."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest
import structlog
from sqlalchemy.exc import ProgrammingError

from app.services.answering.waiting import CLAIM, MOST_ATTEMPTS
from app.wakeups import waking
from app.worker import answers as answering
from app.worker.answers import Answers
from app.worker.worker import Worker
from tests.answers.counter import BEN, CANCEL, SHOP, Counter, customer, member, reaching, until
from tests.answers.model import Line, Model, late, saying


@pytest.fixture
async def answers(counter: Counter, spoken: Model) -> AsyncIterator[Answers]:
    """The worker's part, with the model at its place."""
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        yield counter.answers(online)


def slow(heard: asyncio.Event, hung_up: asyncio.Event) -> object:
    """Begin to speak, and never come to an end."""

    async def speak(line: Line) -> None:
        await line.begin()
        await line.piece("We open at nine. But ")
        heard.set()
        await line.gone()
        hung_up.set()

    return speak


async def test_what_is_cancelled_before_is_not_asked(counter: Counter, spoken: Model, answers: Answers) -> None:
    begun = await counter.start("When do you open?")
    cancelled = await counter.asking(CANCEL, id=begun["request"]["id"])
    assert cancelled["request"]["status"] == "CANCELLED"
    assert cancelled["conversation"]["id"] == begun["conversation"]["id"]
    assert await counter.work(answers) == 0
    assert spoken.asked == []
    assert (await counter.asking(CANCEL, id=begun["request"]["id"]))["userErrors"] == []


async def test_what_is_cancelled_meanwhile_hangs_up_and_leaves_no_word(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    heard, hung_up = asyncio.Event(), asyncio.Event()
    spoken.next = [slow(heard, hung_up)]  # type: ignore[list-item]
    begun = await counter.start("When do you open?")
    answering = await counter.takes_up(answers)
    await heard.wait()
    assert (await counter.asking(CANCEL, id=begun["request"]["id"]))["userErrors"] == []
    async with asyncio.timeout(5):
        await answering
        await hung_up.wait()
    assert await counter.messages() == [("USER", "When do you open?")]
    assert counter.told[-1][1]["values"]["isDone"] is True
    assert await counter.statuses() == ["CANCELLED"]
    assert await counter.rows("SELECT FROM llm.llm_responses") == []


async def test_what_is_answered_is_not_cancelled(counter: Counter, answers: Answers) -> None:
    begun = await counter.start("When do you open?")
    await counter.work(answers)
    cancelled = await counter.asking(CANCEL, id=begun["request"]["id"])
    assert [error["code"] for error in cancelled["userErrors"]] == ["CONFLICT"]


@pytest.mark.parametrize(
    ("who", "codes"),
    [(customer(BEN), ["NOT_FOUND"]), (member("STAFF"), ["NOT_FOUND"]), (member("MANAGER"), [])],
    ids=["somebody else", "staff", "a manager"],
)
async def test_who_asked_and_managers_may_cancel(counter: Counter, who: object, codes: list[str]) -> None:
    begun = await counter.start("When do you open?")
    cancelled = await counter.asking.by(who)(CANCEL, id=begun["request"]["id"])  # type: ignore[arg-type]
    assert [error["code"] for error in cancelled["userErrors"]] == codes


async def test_a_worker_that_is_told_to_end_gives_its_question_back_at_once(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    heard, hung_up = asyncio.Event(), asyncio.Event()
    spoken.next = [slow(heard, hung_up), saying("At nine.")]  # type: ignore[list-item]
    await counter.start("When do you open?")
    answering = await counter.takes_up(answers)
    await heard.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    await hung_up.wait()
    assert await counter.work(answers) == 1
    assert await counter.messages() == [("USER", "When do you open?"), ("ASSISTANT", "At nine.")]
    assert (await counter.row("SELECT retry_count FROM llm.llm_requests"))["retry_count"] == 1


async def test_what_a_dead_worker_left_is_taken_up_again_and_answered_once(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.start("When do you open?")
    await counter.connection.execute(
        "UPDATE llm.llm_requests SET started_at = now(), next_attempt_at = $1", datetime.now(UTC) + CLAIM
    )
    assert await answers.due() == []
    counter.now = datetime.now(UTC) + CLAIM + timedelta(seconds=1)
    assert await counter.work(answers) == 1
    assert [role for role, _ in await counter.messages()] == ["USER", "ASSISTANT"]


async def test_two_who_took_up_the_same_question_leave_one_answer(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    heard, go_on = asyncio.Event(), asyncio.Event()

    async def late(line: Line) -> None:
        await line.begin()
        heard.set()
        await go_on.wait()
        await line.piece("Late.", "stop")
        await line.end()

    spoken.next = [late, saying("Early.")]
    await counter.start("When do you open?")
    first = await counter.takes_up(answers)
    await heard.wait()
    counter.now = datetime.now(UTC) + CLAIM + timedelta(seconds=30)
    async with reaching(spoken.url) as online:
        assert await counter.work(counter.answers(online)) == 1
    go_on.set()
    await first
    assert await counter.messages() == [("USER", "When do you open?"), ("ASSISTANT", "Early.")]
    assert len(await counter.rows("SELECT FROM llm.llm_responses")) == 1
    use = await counter.rows("SELECT request_count FROM llm.llm_usage_stats")
    assert {row["request_count"] for row in use} == {1}
    paid = await counter.row("SELECT request_count, cost FROM llm.ai_costs")
    assert paid == {"request_count": 2, "cost": Decimal("0.05")}
    assert [seq for seq, _ in await counter.log()] == [1, 2, 3]


async def test_what_kills_every_worker_is_given_up(counter: Counter, spoken: Model, answers: Answers) -> None:
    await counter.start("When do you open?")
    await counter.connection.execute(
        "UPDATE llm.llm_requests SET started_at = now(), retry_count = $1", MOST_ATTEMPTS - 1
    )
    await counter.work(answers)
    assert spoken.asked == []
    request = await counter.row("SELECT status, error_code FROM llm.llm_requests")
    assert request == {"status": "FAILED", "error_code": "died"}


NOT_THERE = {"what is to be read": "agents.agent_knowledge_items", "what is to be written": "llm.llm_usage_stats"}


@pytest.mark.parametrize("table", NOT_THERE.values(), ids=NOT_THERE)
async def test_what_can_be_neither_answered_nor_refused_is_given_up(
    counter: Counter, spoken: Model, answers: Answers, table: str
) -> None:
    await counter.connection.execute(f"ALTER TABLE {table} RENAME TO gone")
    await counter.start("When do you open?")
    for _ in range(MOST_ATTEMPTS + 3):
        with suppress(asyncpg.UndefinedTableError, ProgrammingError):
            await counter.work(answers)
        counter.wait(seconds=CLAIM.total_seconds() + 1)
    assert len(spoken.asked) == (0 if table.startswith("agents") else MOST_ATTEMPTS)
    request = await counter.row("SELECT status, error_code, retry_count FROM llm.llm_requests")
    assert request == {"status": "FAILED", "error_code": "died", "retry_count": MOST_ATTEMPTS}


async def test_a_look_that_fails_makes_no_answer_unwanted(counter: Counter, spoken: Model, answers: Answers) -> None:
    go_on = asyncio.Event()
    spoken.next = [late(go_on)]
    await counter.start("When do you open?")
    first = await counter.takes_up(answers)
    await until(lambda: spoken.asked)
    with structlog.testing.capture_logs() as logs:
        await counter.connection.execute("ALTER TABLE chat.chat_sessions RENAME TO gone")
        await until(lambda: any(said["event"] == "not looked after" for said in logs))
        await counter.connection.execute("ALTER TABLE chat.gone RENAME TO chat_sessions")
    go_on.set()
    await first
    assert (await counter.messages())[1:] == [("ASSISTANT", "At nine.")]


OVER = "UPDATE agents.conversations SET outcome = 'ESCALATED', ended_at = now()"


@pytest.mark.parametrize(("how", "count"), [("it is cancelled", 0), ("its conversation is over", 1)])
async def test_what_an_answer_costs_that_comes_too_late_is_accounted_for(
    counter: Counter, spoken: Model, answers: Answers, monkeypatch: pytest.MonkeyPatch, how: str, count: int
) -> None:
    monkeypatch.setattr(answering, "LOOKS", 60)  # so that nobody breaks it off
    go_on = asyncio.Event()
    spoken.next = [late(go_on)]
    begun = await counter.start("When do you open?")
    first = await counter.takes_up(answers)
    await until(lambda: spoken.asked)
    if how == "it is cancelled":
        await counter.asking(CANCEL, id=begun["request"]["id"])
    else:
        await counter.connection.execute(OVER)
    go_on.set()
    await first
    assert [role for role, _ in await counter.messages()] == ["USER"]
    assert await counter.statuses() == ["CANCELLED"]
    paid = await counter.row("SELECT request_count, total_tokens, cost FROM llm.ai_costs")
    assert paid == {"request_count": 1, "total_tokens": 50, "cost": Decimal("0.025")}
    counts = "completion_tokens, total_cost, request_count, success_count"
    use = await counter.rows(f"SELECT DISTINCT {counts} FROM llm.llm_usage_stats")
    paid_for = {"completion_tokens": 10, "total_cost": Decimal("0.025")}
    assert use == [{**paid_for, "request_count": count, "success_count": 0}]


async def test_an_answer_to_a_conversation_that_is_over_is_broken_off(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    heard, hung_up = asyncio.Event(), asyncio.Event()
    spoken.next = [slow(heard, hung_up)]  # type: ignore[list-item]
    await counter.start("When do you open?")
    first = await counter.takes_up(answers)
    await heard.wait()
    await counter.connection.execute(OVER)
    async with asyncio.timeout(5):
        await first
        await hung_up.wait()
    assert await counter.statuses() == ["CANCELLED"]


async def test_the_urgent_come_first_and_those_of_one_conversation_in_their_order(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.insert("identity.memberships", business_id=SHOP, user_id=BEN, role="STAFF")
    first = await counter.start("One")
    conversation = first["conversation"]["id"]
    assert (await counter.ask(conversation, "Two", priority="LOW"))["userErrors"] == []
    other = await counter.start(by=member("STAFF"))
    await counter.ask(other["conversation"]["id"], "Urgent", by=member("STAFF"), priority="HIGH")
    await counter.work(answers)
    assert [line.asked["messages"][-1]["content"] for line in spoken.asked] == ["Urgent", "One", "Two"]


async def test_a_question_of_a_conversation_that_was_put_away_meanwhile_is_dropped(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    begun = await counter.start("When do you open?")
    archive = "mutation($id: ID!) { archiveConversation(input: {id: $id}) { userErrors { code } } }"
    assert (await counter.asking(archive, id=begun["conversation"]["id"]))["userErrors"] == []
    await counter.work(answers)
    assert await counter.statuses() == ["CANCELLED"]
    assert spoken.asked == []


async def test_a_worker_at_work_answers_within_moments_and_tells_those_who_follow(
    counter: Counter, spoken: Model
) -> None:
    await counter.provider("acme")
    async with reaching(spoken.url) as online, waking(counter.database) as wakeups:
        heard: list[tuple[str, bytes]] = []
        wakeups.listen(lambda key, payload: heard.append((key, payload)), "conversation")
        worker = Worker(counter.database.dsn, [Answers(counter.database, online, tell=wakeups.send)])
        wakeups.listen(lambda key, payload: worker.wake(), "work")
        async with worker.running():
            begun = await counter.start("When do you open?")

            async def answered() -> bool:
                return len(await counter.messages()) == 2

            await until(answered)
            key = begun["conversation"]["id"].removeprefix("conversation_")
            await until(lambda: any(b'isDone":true' in payload for _, payload in heard))
            assert {of for of, _ in heard if of} == {key}
            assert b"" in {payload for of, payload in heard if of}
