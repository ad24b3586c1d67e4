"""A language model answers over HTTP, streamed; where it fails another is asked, and what is written down at last."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import orjson
import pytest

from app.answering import openai
from app.worker.answers import Answers
from tests.answers.counter import AGENT, Counter, reaching, until
from tests.answers.model import Line, Model, Speak, breaking, late, refusing, saying

KEY = "sk-secret-0123456789"


@pytest.fixture
async def answers(counter: Counter, spoken: Model) -> AsyncIterator[Answers]:
    """The worker's part, with the model at its place."""
    await counter.provider("acme", priority=100)
    await counter.insert("llm.llm_providers", slug="offline", name="Offline", priority=0, is_enabled=False)
    async with reaching(spoken.url, KEY) as online:
        yield counter.answers(online)


async def test_the_model_answers_and_all_of_it_is_accounted_for(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    spoken.next = [saying("We open", " at nine. ", "Come in!")]
    await counter.connection.execute("UPDATE agents.agents SET system_prompt = 'Be kind.'")
    begun = await counter.start("When do you open?")
    await counter.work(answers)

    (line,) = spoken.asked
    assert line.headers[":path"] == "/v1/chat/completions"
    assert line.headers["authorization"] == f"Bearer {KEY}"
    assert line.asked["model"] == "acme-1"
    assert line.asked["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "When do you open?"},
    ]
    assert await counter.messages() == [("USER", "When do you open?"), ("ASSISTANT", "We open at nine. Come in!")]
    message = await counter.row("SELECT * FROM agents.messages WHERE role = 'ASSISTANT'")
    assert (message["token_count"], message["cost"]) == (10, Decimal("0.025000"))
    response = await counter.row("SELECT * FROM llm.llm_responses")
    assert (response["prompt_tokens"], response["completion_tokens"], response["total_tokens"]) == (40, 10, 50)
    assert response["response_time_ms"] == response["queue_time_ms"] + response["processing_time_ms"]
    cost = await counter.row("SELECT * FROM llm.ai_costs")
    assert (cost["agent_id"], cost["request_count"], cost["total_tokens"], cost["cost"], cost["is_estimated"]) == (
        *(AGENT, 1, 50, Decimal("0.025000"), True),
    )
    use = await counter.rows("SELECT * FROM llm.llm_usage_stats")
    assert {(row["request_count"], row["success_count"], row["total_cost"]) for row in use} == {
        (1, 1, Decimal("0.025000"))
    }
    assert sorted(
        (row["model_id"] is not None, row["user_id"] is not None, row["hour"] is not None) for row in use
    ) == [
        *((False, False, False), (False, False, True), (True, False, False), (True, True, False)),
    ]
    request = await counter.row("SELECT * FROM llm.llm_requests")
    assert f"llm_request_{request['id']}" == begun["request"]["id"]
    assert (request["status"], request["retry_count"], request["next_attempt_at"]) == ("COMPLETED", 0, None)


async def test_its_words_are_shown_sentence_by_sentence_while_it_speaks(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    seen, go_on = asyncio.Event(), asyncio.Event()

    async def speak(line: Line) -> None:
        await line.begin()
        for text in ("We open", " at nine. ", "Come"):
            await line.piece(text)
        seen.set()
        await go_on.wait()
        await line.piece(" in!", "stop")
        await line.end()

    spoken.next = [speak]
    begun = await counter.start("When do you open?")
    answering = await counter.takes_up(answers)
    await seen.wait()
    await until(lambda: counter.told)
    assert await counter.messages() == [("USER", "When do you open?")]
    assert await answers.due() == []
    go_on.set()
    await answering
    topics, told = zip(*counter.told, strict=True)
    assert set(topics) == {f"conversation:{begun['conversation']['id'].removeprefix('conversation_')}"}
    assert {one["type"] for one in told} == {"ConversationAnswering"}
    assert [(one["values"]["index"], one["values"]["text"], one["values"]["isDone"]) for one in told] == [
        *((0, "We open at nine. ", False), (1, "Come in!", False), (2, "", True)),
    ]
    assert {one["values"]["draftId"] for one in told} == {begun["request"]["id"]}


async def test_it_is_told_what_was_said_before_and_what_it_may_use(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.article("Returning lamps", "You can return lamps within 30 days.")
    spoken.next = [saying("Hello!"), saying("Within 30 days.")]
    begun = await counter.start("Hello there")
    await counter.work(answers)
    await counter.ask(begun["conversation"]["id"], "How long can I return lamps?")
    await counter.work(answers)
    system, *rest = spoken.asked[1].asked["messages"]
    assert "## Returning lamps\nYou can return lamps within 30 days." in system["content"]
    assert [(turn["role"], turn["content"]) for turn in rest] == [
        *(("user", "Hello there"), ("assistant", "Hello!"), ("user", "How long can I return lamps?")),
    ]


def ending(*finishes: str) -> Speak:
    """Say something dreadful, and end it in these ways, one after the other."""

    async def speak(line: Line) -> None:
        await line.begin()
        await line.piece("Dreadful words")
        for finish in finishes:
            await line.piece(None, finish)
        await line.end()

    return speak


UNSAFE: dict[str, Speak] = {
    "a filter of the provider": saying("Dreadful", " words", finish="content_filter"),
    "a filter, and then an end": ending("content_filter", "stop"),
    "a filter, and then an end that is not known": ending("content_filter", "hm"),
    "an end, and then a filter": ending("stop", "content_filter"),
    **{f"an end called {name}": ending(name) for name in ("content_filter: SAFETY", "SAFETY", "refusal", "sensitive")},
    "a rating in words": saying("Dreadful words", safety_rating="FLAGGED"),
    "a rating of the last piece": saying("Dreadful words", content_filter_results={"hate": {"filtered": True}}),
}


@pytest.mark.parametrize("speak", UNSAFE.values(), ids=UNSAFE)
async def test_an_unsafe_answer_is_never_shown_nor_kept(
    counter: Counter, spoken: Model, answers: Answers, speak: Speak
) -> None:
    spoken.next = [speak]
    await counter.start("Say something dreadful")
    await counter.work(answers)
    assert (await counter.messages())[1] == ("ASSISTANT", "I cannot answer that. Please ask in another way.")
    response = await counter.row("SELECT * FROM llm.llm_responses")
    assert response["safety_rating"] in ("FLAGGED", "BLOCKED")
    assert "Dreadful" not in str(response) + counter.shown()
    assert response["cost"] > 0
    assert await counter.rows("SELECT FROM ops.audit_logs WHERE after::text LIKE '%Dreadful%'") == []


ENDS = {"eos_token": "STOP", "end_turn": "STOP", "STOP": "STOP", "max_tokens": "LENGTH"}


@pytest.mark.parametrize("finish", ENDS)
async def test_the_ends_of_other_dialects_are_understood(
    counter: Counter, spoken: Model, answers: Answers, finish: str
) -> None:
    async def speak(line: Line) -> None:
        await line.begin()
        await line.piece("At", "")
        await line.piece(" nine.", finish)
        await line.end()

    spoken.next = [speak]
    await counter.start("When do you open?")
    await counter.work(answers)
    assert (await counter.messages())[1] == ("ASSISTANT", "At nine.")
    assert (await counter.row("SELECT finish_reason FROM llm.llm_responses"))["finish_reason"] == ENDS[finish]


async def test_an_agent_that_holds_its_drafts_shows_nothing_before_the_verdict(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.connection.execute("""UPDATE agents.agents SET configuration = '{"holdsDrafts": true}'""")
    spoken.next = [saying("Dreadful. Words. ", "All of them.", safety_rating="BLOCKED"), saying("Kind. ", "Words.")]
    await counter.start("Say something dreadful")
    await counter.work(answers)
    assert counter.told == []
    await counter.start("Say something kind")
    await counter.work(answers)
    assert counter.shown() == "Kind. Words."


async def test_who_wants_to_be_left_alone_is_asked_again_when_it_says(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    spoken.next = [refusing(429, "slow_down", retry_after="40"), saying("Now I can.")]
    await counter.start("When do you open?")
    assert await counter.work(answers) == 1
    request = await counter.row("SELECT * FROM llm.llm_requests")
    assert (request["status"], request["error_code"], request["error_message"]) == (
        "PENDING",
        "slow_down",
        "It is 429.",
    )
    assert 35 < (request["next_attempt_at"] - counter.clock()).total_seconds() < 41
    counter.wait(seconds=30)
    assert await counter.work(answers) == 0
    counter.wait(seconds=15)
    assert await counter.work(answers) == 1
    assert (await counter.messages())[1] == ("ASSISTANT", "Now I can.")
    assert (await counter.row("SELECT retry_count FROM llm.llm_requests"))["retry_count"] == 1


@pytest.mark.parametrize("speak", [refusing(500), breaking("We open", " at nine. ", "Or")], ids=["500", "broken"])
async def test_what_fails_is_tried_again_with_growing_pauses_and_answered_by_what_is_written_at_last(
    counter: Counter, spoken: Model, answers: Answers, speak: Speak
) -> None:
    await counter.article("Opening hours", "We open at nine.")
    await counter.connection.execute("UPDATE llm.llm_providers SET is_enabled = true")
    spoken.next = [speak]
    await counter.start("What are the opening hours?")
    pauses = []
    for _ in range(3):
        assert await counter.work(answers) == 1
        due = (await counter.row("SELECT next_attempt_at FROM llm.llm_requests"))["next_attempt_at"]
        pauses.append(round((due - counter.clock()).total_seconds()))
        await counter.settle()
    assert pauses == [1, 5, 20]
    assert await counter.messages() == [("USER", "What are the opening hours?")]
    await counter.work(answers)
    assert len(spoken.asked) == 4
    (_, (_, answer)) = await counter.messages()
    assert answer == "We open at nine.\n\nThis is from our article “Opening hours”."
    assert (await counter.row("SELECT retry_count FROM llm.llm_requests"))["retry_count"] == 3


async def test_without_a_place_for_models_what_is_written_answers_for_agents_that_name_one(counter: Counter) -> None:
    await counter.provider("acme")
    await counter.article("Opening hours", "We open at nine.")
    await counter.start("What are the opening hours?")
    await counter.work()
    assert (await counter.messages())[1][1].startswith("We open at nine.")
    through = "SELECT p.slug FROM llm.llm_requests AS q JOIN llm.llm_providers AS p ON p.id = q.provider_id"
    assert (await counter.row(through))["slug"] == "offline"


async def test_without_a_last_resort_it_fails_and_says_so(counter: Counter, spoken: Model, answers: Answers) -> None:
    spoken.next = [refusing(401, "invalid_api_key")]
    await counter.start("When do you open?")
    await counter.work(answers)
    assert await counter.statuses() == ["FAILED"]
    message = await counter.row("SELECT content, status FROM agents.messages WHERE role = 'ASSISTANT'")
    assert message == {"content": "I cannot answer at the moment. Please try again later.", "status": "FAILED"}
    request = await counter.row("SELECT * FROM llm.llm_requests")
    assert (request["error_code"], request["retry_count"]) == ("invalid_api_key", 0)
    use = await counter.rows("SELECT request_count, success_count, error_count FROM llm.llm_usage_stats")
    assert {tuple(row.values()) for row in use} == {(1, 0, 1)}
    assert await counter.rows("SELECT FROM llm.llm_responses") == []


async def repeat(line: Line, status: int = 400) -> None:
    """Repeat the key, so that it is cut where the message is."""
    key = line.headers["authorization"].removeprefix("Bearer ")
    await line.begin(status, content_type="application/json")
    await line.put(orjson.dumps({"error": {"code": f"no {key}", "message": f"It is {key}: {'x' * 475} {key}"}}))


async def repeat_with_401(line: Line) -> None:
    """Repeat the key as what is wrong."""
    await repeat(line, 401)


async def repeat_in_stream(line: Line) -> None:
    """Repeat the key where an answer began."""
    await line.begin()
    await line.event({"error": {"code": "oops", "message": line.headers["authorization"]}})


REPEATING: dict[str, tuple[Speak, str]] = {
    "400": (repeat, "It is [key]: x"),
    "401": (repeat_with_401, "The provider does not take the key."),
    "in the stream": (repeat_in_stream, "Bearer [key]"),
}


@pytest.mark.parametrize(("speak", "kept"), REPEATING.values(), ids=REPEATING)
async def test_a_key_that_a_provider_repeats_is_kept_nowhere(
    counter: Counter, spoken: Model, answers: Answers, speak: Speak, kept: str
) -> None:
    spoken.next = [speak]
    await counter.start("When do you open?")
    await counter.work(answers)
    provider = await counter.row("SELECT * FROM llm.llm_providers WHERE slug = 'acme'")
    request = await counter.row("SELECT * FROM llm.llm_requests")
    assert provider["last_error_message"] == request["error_message"]
    assert request["error_message"].startswith(kept)
    assert KEY[:5] not in f"{provider} {request}"


@pytest.mark.parametrize("path", ["v1", "v2"], ids=["its own address", "another"])
async def test_a_model_may_think_for_as_long_as_is_said_and_no_longer(
    counter: Counter, spoken: Model, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert openai.SILENT == 30
    monkeypatch.setattr(openai, "SILENT", 0.2)
    over = asyncio.Event()

    async def think(line: Line) -> None:
        await line.begin()
        await over.wait()

    spoken.next = [think]
    await counter.provider("acme", base_url=spoken.url.replace("v1", path))
    async with reaching(spoken.url) as online:
        await counter.start("When do you open?")
        async with asyncio.timeout(3):
            await counter.work(counter.answers(online))
    over.set()
    assert (await counter.row("SELECT error_code FROM llm.llm_requests"))["error_code"] == "timeout"


async def test_another_provider_answers_where_one_fails_the_one_of_higher_priority_first(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.provider("low", priority=10)
    await counter.provider("high", priority=90)
    spoken.next = [refusing(503), saying("It is high.")]
    await counter.start("Who are you?")
    await counter.work(answers)
    assert [line.asked["model"] for line in spoken.asked] == ["acme-1", "high-1"]
    request = await counter.row("""SELECT p.slug, m.name FROM llm.llm_requests AS q
        JOIN llm.llm_providers AS p ON p.id = provider_id JOIN llm.ai_models AS m ON m.id = model_id""")
    assert request == {"slug": "high", "name": "high-1"}
    health = await counter.rows("SELECT slug, status, consecutive_failures FROM llm.llm_providers ORDER BY slug")
    assert [tuple(row.values()) for row in health if row["slug"] in ("acme", "high")] == [
        *(("acme", "DEGRADED", 1), ("high", "HEALTHY", 0)),
    ]


async def test_a_provider_that_fails_five_times_is_left_alone_for_a_while(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.provider("spare", priority=10)
    spoken.next = [step for _ in range(5) for step in (refusing(500), saying("Spare."))] + [saying("Spare.")]
    for number in range(6):
        await counter.start(f"Question {number}")
        await counter.work(answers)
    assert [line.asked["model"] for line in spoken.asked] == ["acme-1", "spare-1"] * 5 + ["spare-1"]
    state = await counter.row("SELECT * FROM llm.llm_providers WHERE slug = 'acme'")
    assert (state["status"], state["consecutive_failures"], state["last_error_message"]) == ("DOWN", 5, "It is 500.")
    await counter.settle()
    await counter.start("Are you back?")
    await counter.work(answers)
    assert spoken.asked[-1].asked["model"] == "acme-1"
    state = await counter.row("SELECT * FROM llm.llm_providers WHERE slug = 'acme'")
    assert (state["status"], state["consecutive_failures"]) == ("HEALTHY", 0)


async def test_one_question_finds_out_whether_a_provider_is_back(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    go_on = asyncio.Event()
    spoken.next = [late(go_on, "I am back."), saying("Still here.")]
    await counter.connection.execute(
        "UPDATE llm.llm_providers SET status = 'DOWN', last_error_at = now() - interval '1 minute' WHERE slug = 'acme'"
    )
    await counter.start("Are you back?")
    first = await counter.takes_up(answers)
    await until(lambda: spoken.asked)
    await counter.start("And for me?")
    assert await counter.work(answers) == 1
    assert len(spoken.asked) == 1
    waiting = await counter.row("SELECT status, error_code FROM llm.llm_requests ORDER BY id DESC LIMIT 1")
    assert waiting == {"status": "PENDING", "error_code": "down"}
    go_on.set()
    await first
    counter.wait(seconds=3)
    await counter.work(answers)
    assert [content for role, content in await counter.messages() if role == "ASSISTANT"] == [
        *("I am back.", "Still here."),
    ]


async def test_in_maintenance_nobody_is_asked_and_people_are_told(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.connection.execute(
        "UPDATE llm.llm_providers SET is_in_maintenance = true, maintenance_message = 'Back at noon.'"
    )
    await counter.start("When do you open?")
    await counter.work(answers)
    assert spoken.asked == []
    assert (await counter.messages())[1] == ("ASSISTANT", "Back at noon.")
    await counter.connection.execute("UPDATE llm.llm_providers SET maintenance_until = now() - interval '1 minute'")
    await counter.start("And now?")
    await counter.work(answers)
    assert len(spoken.asked) == 1


async def test_the_key_goes_to_its_own_address_alone(counter: Counter, spoken: Model, answers: Answers) -> None:
    await counter.connection.execute("UPDATE llm.llm_providers SET base_url = $1", spoken.url.replace("v1", "v2"))
    await counter.start("Who are you?")
    await counter.work(answers)
    (line,) = spoken.asked
    assert line.headers[":path"] == "/v2/chat/completions"
    assert "authorization" not in line.headers


async def test_an_agent_without_a_model_has_the_configured_one(counter: Counter, spoken: Model) -> None:
    async with reaching(spoken.url) as online:
        await counter.start("Who are you?")
        await counter.work(counter.answers(online, model="llama-3"))
        await counter.start("Who am I?")
        await counter.work(counter.answers(online, model="llama-3"))
    assert [line.asked["model"] for line in spoken.asked] == ["llama-3", "llama-3"]
    assert await counter.statuses() == ["COMPLETED", "COMPLETED"]


async def test_a_model_may_pass_a_conversation_on(counter: Counter, spoken: Model, answers: Answers) -> None:
    await counter.connection.execute("""UPDATE agents.agents SET configuration = '{"canHandOver": true}'""")
    spoken.next = [saying(finish="tool_calls")]
    await counter.start("I want to talk to a person")
    await counter.work(answers)
    assert spoken.asked[0].asked["tools"][0]["function"]["name"] == "hand_over"
    assert (await counter.messages())[1] == ("ASSISTANT", "I pass this on to a colleague at Lamps & Co.")
    assert (await counter.row("SELECT outcome FROM agents.conversations"))["outcome"] == "ESCALATED"


async def test_what_else_waits_is_not_asked_once_a_conversation_is_passed_on(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await counter.connection.execute("""UPDATE agents.agents SET configuration = '{"canHandOver": true}'""")
    spoken.next = [saying(finish="tool_calls")]
    begun = await counter.start("I want to talk to a person")
    await counter.ask(begun["conversation"]["id"], "Is anybody there?")
    await counter.work(answers)
    assert len(spoken.asked) == 1
    assert await counter.statuses() == ["COMPLETED", "CANCELLED"]


async def test_a_model_that_does_not_stream_is_understood(counter: Counter, spoken: Model, answers: Answers) -> None:
    async def speak(line: Line) -> None:
        await line.begin(content_type="application/json")
        body = b'{"choices":[{"message":{"content":"At nine."},"finish_reason":"stop"}],"usage":{"prompt_tokens":7}}'
        await line.put(body)

    spoken.next = [speak]
    await counter.start("When do you open?")
    await counter.work(answers)
    assert (await counter.messages())[1] == ("ASSISTANT", "At nine.")


NONSENSE: dict[str, bytes] = {
    "no JSON": b"data: {oops\n\n",
    "a list": b"data: []\n\n",
    "nothing at all": b"",
    "an end without a beginning": b"data: [DONE]\n\n",
    "an error in the stream": b'data: {"error": {"message": "overloaded"}}\n\n',
    "numbers for words": b'data: {"choices": [{"delta": {"content": 7}, "finish_reason": "stop"}]}\n\n',
    "an end that is not known": b'data: {"choices": [{"delta": {"content": "Half"}, "finish_reason": "error"}]}\n\n',
    "silence": b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n',
    "an event without end": b"data: " + b"x" * 300_000,
    "an answer without end": b'data: {"choices": [{"delta": {"content": "' + b"x" * 100_000 + b'"}}]}\n\n',
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_no_answer(counter: Counter, spoken: Model, answers: Answers, said: bytes) -> None:
    async def speak(line: Line) -> None:
        await line.begin()
        await line.put(said)

    spoken.next = [speak]
    await counter.start("When do you open?")
    await counter.work(answers)
    assert len(await counter.messages()) in (1, 2)
    assert await counter.rows("SELECT FROM llm.llm_responses") == []
    assert (await counter.row("SELECT error_code FROM llm.llm_requests"))["error_code"] is not None
