"""What people and agents of the sample data say to each other, how it ends, and what is learnt from it."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.batches import ERRORS, KEPT, OVERHEAD, REQUEST, RESPONSE
from app.seed.ledger import Ledger, money
from app.seed.talk import Said, Topic
from app.seed.world import Dice, Row, World, table_of

CONVERSATIONS = 350
PRESENT = 6
"""Conversations that are held at the end."""
MS, SECOND, HOUR, DAY = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
RECENT = 2 * DAY
LOGGED = 100 * DAY
"""For how long the log of a conversation is kept."""
ARCHIVED_AFTER = 90 * DAY
RATINGS = (5, 5, 5, 4, 4, 3, 2, 1)
OUTCOMES = ("RESOLVED",) * 5 + ("ESCALATED", "ABANDONED")
CONFIDENCES = [Decimal(hundredths) / 10000 for hundredths in range(6200, 9990, 37)]
TEMPERATURES = [Decimal("0.30"), Decimal("0.70"), Decimal("0.70")]
CONVERSATION = (
    *("id", "agent_id", "business_id", "user_id", "model_id", "session_id", "user_type", "title", "context"),
    *("system_prompt", "temperature", "max_tokens", "status", "outcome", "ended_at", "archived_at", "last_seq"),
    *("satisfaction_rating", "feedback", "updated_at"),
)
MESSAGE = (
    *("id", "conversation_id", "model_id", "request_id", "role", "type", "content", "sequence_number", "metadata"),
    *("token_count", "cost", "processing_time_ms", "status", "edited_at"),
)
EVENT = ("id", "conversation_id", "message_id", "seq", "type", "payload", "created_at")
INTENT = (
    *("id", "conversation_id", "message_id", "model_id", "name", "confidence", "parameters", "is_primary"),
    *("is_correct", "reviewed_by_id", "reviewed_at", "created_at"),
)
ENTITY = (
    *("id", "conversation_id", "message_id", "model_id", "type", "value", "normalized_value", "start_offset"),
    *("end_offset", "confidence", "entity_type", "entity_id", "created_at"),
)
EXAMPLE = (
    *("id", "business_id", "agent_id", "message_id", "type", "input_text", "expected_output", "actual_output"),
    *("quality_score", "tags", "is_used", "approved_by_id", "approved_at", "created_at", "updated_at"),
)

Put = Callable[[tuple[Any, ...]], None]


@dataclass(slots=True)
class Desk:
    """An agent at work: who asks it, and what."""

    agent: Row
    model: Row
    until: datetime
    is_outside: bool
    people: list[Row]
    """Who may ask it, in the order in which they came."""
    members: list[Row]
    topics: list[Topic]
    examples: list[list[str]]
    since: list[datetime] = field(default_factory=list)
    price: int = 0
    """Of a thousand tokens, in millionths."""

    def __post_init__(self) -> None:
        self.since = [user["created_at" if self.is_outside else "joined_at"] for user in self.people]
        self.price = int((self.model["cost_per_1k_tokens"] or 0) * 1_000_000)

    @property
    def about(self) -> tuple[UUID, UUID, UUID]:
        """Business, agent and model."""
        return self.agent["business_id"], self.agent["id"], self.model["id"]


@dataclass(slots=True)
class Office:
    """What conversations are made with."""

    world: World
    dice: Dice
    ledger: Ledger
    intent_model: UUID
    words: Any
    put: dict[str, Put]
    """For each table, what takes its rows."""
    requests: int = 0


@dataclass(slots=True)
class Talk:
    """One conversation while it is held."""

    id: UUID
    desk: Desk
    number: int
    started: datetime
    user: Row | None
    user_id: UUID | None
    session: str
    at: datetime
    count: int = 0
    last: tuple[UUID | None, str, str] = (None, "", "")
    """The last answer, and the question before it."""
    log: list[tuple[datetime, str, dict[str, Any], UUID | None]] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [0] * 5)
    """Answers, failures, milliseconds, tokens of all messages and millionths."""


def make_conversations(world: World, desks: list[tuple[Desk, int]], ledger: Ledger) -> Iterator[None]:
    """All conversations; more of them lately than long ago."""
    model = next(row["id"] for row in world.kept["llm.ai_models"] if row["name"] == "house-intent")
    tables = {
        "agents.conversations": CONVERSATION,
        "llm.llm_requests": REQUEST,
        "llm.llm_responses": RESPONSE,
        "agents.messages": MESSAGE,
        "agents.conversation_events": EVENT,
        "agents.intents": INTENT,
        "agents.extracted_entities": ENTITY,
        "agents.training_examples": EXAMPLE,
    }
    puts = {table.partition(".")[2]: world.bulk(table, *columns) for table, columns in tables.items()}
    office = Office(world, world.dice("conversations"), ledger, model, table_of("agents")["words"], puts)
    often = [desk for desk, weight in desks for _ in range(weight)]
    for desk, _ in desks:
        _written(office, desk)
    for i in range(world.times(CONVERSATIONS)):
        _converse(office, office.dice.pick(often), i)
        yield


def _converse(office: Office, desk: Desk, number: int) -> None:
    """One conversation from its first question to its end."""
    dice = office.dice
    first = max(office.world.start + 2 * DAY, desk.agent["created_at"] + DAY)
    if not desk.is_outside:
        first = max(first, desk.since[0] + HOUR)
    started = max(dice.between(first, desk.until), dice.between(first, desk.until))
    if number < PRESENT and desk.agent["status"] == "ACTIVE":
        started = office.world.now - (number + 1) * HOUR
    present = bisect_right(desk.since, started)
    user = None if desk.is_outside and (not present or dice.chance(40)) else dice.pick(desk.people[:present])
    who = user["id"] if user else None
    talk = Talk(dice.id_at(started), desk, number, started, user, who, f"session-{number + 1:07d}", started)
    talk.log.append((started, "STARTED", {"agent": desk.agent["slug"]}, None))
    subjects = [dice.pick(desk.topics) for _ in range(dice.pick((1, 1, 1, 2, 2, 3)))]
    subjects = [topic for i, topic in enumerate(subjects) if topic.title not in {other.title for other in subjects[:i]}]
    if desk.is_outside and dice.chance(12):
        _say(office, talk, "SYSTEM", "TEXT", "The visitor came from a search engine.", 9)
    is_over = office.world.now - started > RECENT
    outcome = dice.pick(OUTCOMES) if is_over else "ONGOING"
    for topic in subjects:
        _discuss(office, talk, topic)
    if outcome == "ABANDONED" and dice.chance(40):
        _fail(office, talk, subjects[-1].lines[0])
    _end(office, talk, outcome, subjects[0].title)


def _discuss(office: Office, talk: Talk, topic: Topic) -> None:
    """The questions and answers of one topic."""
    dice = office.dice
    for i in range(0, len(topic.lines), 2):
        question, answer = topic.lines[i], topic.lines[i + 1]
        talk.at += dice.wait(SECOND, 15 * SECOND) if talk.count < 2 else dice.wait(15 * SECOND, 180 * SECOND)
        edited = talk.at + 900 * MS if dice.chance(2) else None
        key = _say(office, talk, "USER", "TEXT", question.text, question.tokens, edited=edited)
        if i == 0:
            _understand(office, talk, key, topic, question)
        if dice.chance(5):
            talk.at += dice.wait(2 * SECOND, 6 * SECOND)
            kind = "IMAGE" if talk.desk.is_outside else "FILE"
            name = dice.pick(office.words[kind.lower()])
            _say(office, talk, "USER", kind, name, 0, metadata={"name": name, "bytes": dice.number(20_000, 900_000)})
        _answer(office, talk, question, answer)


def _answer(office: Office, talk: Talk, question: Said, answer: Said) -> None:
    """What the model says, now and then with the help of a tool."""
    dice, tools = office.dice, talk.desk.agent["tools"]
    if tools and dice.chance(12):
        tool = dice.pick(tools)
        metadata = {"tool": tool, "arguments": {"text": question.text}}
        _model_says(office, talk, question, Said(tool, 8, ()), "TOOL", dice.number(300, 900), metadata)
    key = _model_says(office, talk, question, answer, "TEXT", dice.number(700, 4200), None)
    talk.last = (key, question.text, answer.text)


def _model_says(
    office: Office, talk: Talk, question: Said, answer: Said, kind: str, ms: int, metadata: dict[str, Any] | None
) -> UUID:
    """A message of the model, with the request it came of if that is still kept."""
    dice, desk = office.dice, talk.desk
    asked, prompt = talk.at + dice.number(40, 400) * MS, OVERHEAD + question.tokens
    millionths = desk.price * (prompt + answer.tokens) // 1000
    talk.at, request = asked + ms * MS, None
    cost = money(millionths) if desk.price else None
    if office.world.now - asked < KEPT:
        request = _request(office, talk, question.text, asked, talk.at, ms)
        tokens, waited = (prompt, answer.tokens, prompt + answer.tokens), dice.number(5, 39)
        reason = "TOOL_CALL" if kind == "TOOL" else "STOP"
        office.put["llm_responses"](
            (
                *(dice.id_at(talk.at), request, answer.text, reason, *tokens, ms + waited, waited, ms, cost, None),
                *("SAFE", False, None, None, None, talk.at, talk.at),
            )
        )
        sums = {"prompt": prompt, "completion": answer.tokens, "millionths": millionths, "ms": ms + waited}
        office.ledger.requested(desk.about, talk.user_id, asked, ok=1, **sums)
    office.ledger.paid(desk.about, talk.at.date(), prompt, answer.tokens, millionths)
    for i, value in enumerate((1, 0, ms, 0, millionths)):
        talk.answers[i] += value
    given = (answer.text, answer.tokens)
    return _say(office, talk, "ASSISTANT", kind, *given, metadata=metadata, cost=cost, ms=ms, request=request)


def _fail(office: Office, talk: Talk, question: Said) -> None:
    """A last question that the model does not answer."""
    talk.at += office.dice.wait(20 * SECOND, 60 * SECOND)
    _say(office, talk, "USER", "TEXT", question.text, question.tokens)
    asked, request = talk.at + 200 * MS, None
    talk.at = asked + 30 * SECOND
    if office.world.now - asked < KEPT:
        error = ERRORS[talk.number % len(ERRORS)]
        request = _request(office, talk, question.text, asked, talk.at, 30_000, error)
        office.ledger.requested(talk.desk.about, talk.user_id, asked, failed=1)
    _say(office, talk, "ASSISTANT", "TEXT", office.words["sorry"], 19, request=request, status="FAILED")
    talk.answers[1] += 1


def _request(
    office: Office,
    talk: Talk,
    prompt: str,
    asked: datetime,
    done: datetime,
    ms: int,
    error: tuple[str | None, str | None] = (None, None),
) -> UUID:
    desk, key = talk.desk, office.dice.id_at(asked)
    office.requests += 1
    office.put["llm_requests"](
        (
            *(key, desk.agent["business_id"], f"chat-{office.requests:08d}", talk.user_id),
            *(desk.agent["id"], desk.model["llm_provider_id"], desk.model["id"], talk.session, "CHAT"),
            *("NORMAL" if desk.is_outside else "HIGH", prompt, desk.agent["system_prompt"], 300, Decimal("0.70")),
            *("FAILED" if error[0] else "COMPLETED", done - ms * MS, done, *error, 2 if error[0] else 0, asked, done),
        )
    )
    return key


def _say(
    office: Office,
    talk: Talk,
    role: str,
    kind: str,
    content: str,
    tokens: int,
    *,
    metadata: dict[str, Any] | None = None,
    cost: Decimal | None = None,
    ms: int | None = None,
    request: UUID | None = None,
    status: str | None = None,
    edited: datetime | None = None,
) -> UUID:
    """One message at the present moment of the conversation."""
    key = office.dice.id_at(talk.at)
    talk.count += 1
    age = office.world.now - talk.at
    status = status or ("READ" if age > DAY else "DELIVERED" if age > 2 * HOUR else "SENT")
    model = talk.desk.model["id"] if cost is not None or ms else None
    office.put["messages"](
        (
            *(key, talk.id, model, request, role, kind, content, talk.count, metadata or {}, tokens, cost, ms),
            *(status, edited),
        )
    )
    talk.answers[3] += tokens
    talk.log.append((talk.at, "MESSAGE_ADDED", {"role": role, "sequenceNumber": talk.count}, key))
    if edited:
        talk.log.append((edited, "MESSAGE_EDITED", {"sequenceNumber": talk.count}, key))
    return key


def _understand(office: Office, talk: Talk, key: UUID, topic: Topic, question: Said) -> None:
    """What a small model takes the person to want, and what it finds named; now and then a person looks at it."""
    dice, at = office.dice, talk.at + 35 * MS
    if not dice.chance(35):
        return
    about = (talk.id, key, office.intent_model)
    reviewed = at + dice.wait(HOUR, 90 * HOUR)
    reviewers = bisect_right([user["joined_at"] for user in talk.desk.members], reviewed) if dice.chance(15) else 0
    review: tuple[Any, ...] = (None, None, None)
    name = topic.intent
    if reviewers and reviewed < office.world.now:
        right, person = dice.chance(85), dice.pick(talk.desk.members[:reviewers])
        review = (right, person["id"], reviewed)
        if not right:
            name = dice.pick([other.intent for other in talk.desk.topics if other.intent != name] or ["small_talk"])
            _corrected(office, talk, key, topic, name, person, reviewed)
    parameters = {found.type.lower(): found.usual for found in question.found}
    office.put["intents"]((dice.id_at(at), *about, name, dice.pick(CONFIDENCES), parameters, True, *review, at))
    if dice.chance(50):
        for found in question.found:
            who = ("User", found.user_id) if found.user_id else (None, None)
            place = (found.type, found.value, found.usual, found.start, found.end, dice.pick(CONFIDENCES))
            office.put["extracted_entities"]((dice.id_at(at), *about, *place, *who, at))


def _corrected(office: Office, talk: Talk, key: UUID, topic: Topic, name: str, person: Row, reviewed: datetime) -> None:
    """What a wrong guess teaches."""
    texts = (topic.lines[0].text, topic.intent, name)
    used = office.world.now - reviewed > 60 * DAY
    given = (*talk.desk.about[:2], key, "CORRECTION", *texts, 90, ["intent"], used, person["id"], reviewed)
    office.put["training_examples"]((office.dice.id_at(reviewed), *given, reviewed, reviewed))


def _end(office: Office, talk: Talk, outcome: str, title: str) -> None:
    """How and when a conversation ended, and what the person said of it."""
    world, dice = office.world, office.dice
    latest, ended, archived, rating, feedback = talk.at, None, None, None, None
    is_deleted = outcome != "ONGOING" and talk.number % 60 == 7
    if outcome != "ONGOING":
        latest = ended = talk.at + dice.wait(5 * SECOND, 600 * SECOND)
        talk.log += [(ended, "OUTCOME_CHANGED", {"outcome": outcome}, None), (ended, "ENDED", {}, None)]
        if outcome != "ABANDONED" and dice.chance(50):
            rating = dice.pick(RATINGS if outcome == "RESOLVED" else (1, 2, 2, 3))
            feedback = _feedback(office, rating)
            latest = ended + dice.wait(5 * SECOND, 120 * SECOND)
            talk.log.append((latest, "RATED", {"rating": rating}, None))
            _learn(office, talk, rating, feedback, latest)
        if world.now - ended > ARCHIVED_AFTER + DAY and not is_deleted and dice.chance(92):
            latest = archived = ended + ARCHIVED_AFTER
            talk.log.append((archived, "ARCHIVED", {}, None))
    status = "ARCHIVED" if archived else "DELETED" if is_deleted else "ACTIVE"
    talk.log.append((min(talk.started + 20 * SECOND, talk.at), "TITLE_CHANGED", {"title": title}, None))
    seq = _log(office, talk) if world.now - talk.started < LOGGED else 0
    desk, user = talk.desk, talk.user
    kind = (
        "ANONYMOUS" if not user else "CUSTOMER" if desk.is_outside else "ADMIN" if user["role"] == "OWNER" else "STAFF"
    )
    told = "This person may change the agent's settings." if kind == "ADMIN" else None
    site = {"site": desk.agent["deployed_sites"][0]} if desk.agent["deployed_sites"] else {}
    office.put["conversations"](
        (
            *(talk.id, desk.agent["id"], desk.agent["business_id"], talk.user_id, desk.model["id"]),
            *(
                talk.session,
                kind,
                title,
                site,
                told,
                dice.pick(TEMPERATURES),
                dice.pick((150, 300, 600)),
                status,
                outcome,
            ),
            *(ended, archived, seq, rating, feedback, latest),
        )
    )
    counts = talk.answers
    office.ledger.conversed(desk.agent["id"], talk.started.date(), outcome, rating, talk.count, counts)


def _feedback(office: Office, rating: int) -> str | None:
    words = office.words["good" if rating > 3 else "bad"]
    return office.dice.pick(words) if rating != 3 and office.dice.chance(40) else None


def _log(office: Office, talk: Talk) -> int:
    """Write what happened in its order; how many events there are."""
    talk.log.sort(key=lambda entry: entry[0])
    for seq, (at, kind, payload, message) in enumerate(talk.log, start=1):
        office.put["conversation_events"]((office.dice.id_at(at), talk.id, message, seq, kind, payload, at))
    return len(talk.log)


def _learn(office: Office, talk: Talk, rating: int, feedback: str | None, at: datetime) -> None:
    """Good answers and bad ones become examples."""
    dice, world, (key, question, answer) = office.dice, office.world, talk.last
    if not dice.chance(50 if rating < 3 and feedback else 12 if rating == 5 else 0):
        return
    old = world.now - at > 60 * DAY
    approver = dice.pick(talk.desk.members) if old and rating == 5 else None
    when = max(at, approver["joined_at"]) + DAY if approver else None
    if when and when >= world.now:
        approver = when = None
    kind, wanted = ("CONVERSATION", answer) if rating == 5 else ("FEEDBACK", None)
    given = (*talk.desk.about[:2], key, kind, question, wanted, answer, rating * 20 - 4, [talk.desk.agent["slug"]])
    office.put["training_examples"](
        (dice.id_at(at), *given, bool(when) and dice.chance(70), approver and approver["id"], when, at, when or at)
    )


def _written(office: Office, desk: Desk) -> None:
    """The examples that people wrote for an agent."""
    for question, answer in desk.examples:
        person = desk.members[0]
        at = max(desk.agent["created_at"], person["joined_at"]) + office.dice.wait(DAY, 30 * DAY)
        given = (
            *desk.about[:2],
            None,
            "EXAMPLE",
            question,
            answer,
            None,
            95,
            ["written"],
            True,
            person["id"],
            at + HOUR,
        )
        office.put["training_examples"]((office.dice.id_at(at), *given, at, at + HOUR))
