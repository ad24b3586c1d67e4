"""The course of every live chat in the sample data: who comes in, what is said, and how it ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from app.seed.chatlog import Chat, Desk, Office, Part, write
from app.seed.world import Dice, Row

CHATS = 150
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
LONGEST = 100 * MINUTE
OPEN, CLOSED = ("AI",) * 8 + ("DESK",) * 9 + ("LEFT", "TIMED_OUT", "MISSED"), ("AI",) * 6 + ("NIGHT", "NIGHT", "LEFT")
"""What chats come to, in opening hours and outside of them."""
NOW = ("WAITING", "QUEUED", "OFFERED", "ACTIVE", "BY_AI")
"""Where those stand that are not over."""
SPAM = 2
"""How many of a hundred chats only advertise."""
RATINGS = (5, 5, 5, 5, 4, 4, 3, 2, 1)


def make_chats(office: Office, desks: list[Desk]) -> Iterator[None]:
    """Those that are over, of every kind, then those that are held now."""
    dice, world = office.dice, office.world
    weighed = [desk for desk in desks for _ in range(desk.given["weight"])]
    for i in range(world.times(CHATS)):
        desk = dice.pick(weighed)
        visitor = dice.pick(desk.visitors)
        at = _moment(dice, desk, visitor)
        if i % 100 < SPAM:
            _spam(office, desk, at)
        else:
            kind = dice.pick(OPEN if is_open(desk, at) else CLOSED)
            write(_course(_chat(office, desk, visitor, at), kind))
        if i % 20 == 0:
            yield
    for i, desk in enumerate(desks):
        for k, visitor in enumerate(desk.visitors[:3]):
            at = world.now - dice.wait(8 * MINUTE, 15 * MINUTE)
            write(_course(_chat(office, desk, visitor, at), NOW[(i + k) % len(NOW)]))
        yield


def _moment(dice: Dice, desk: Desk, visitor: Row) -> datetime:
    """Any time at which the visitor may have been there, mostly in opening hours."""
    for _ in range(5):
        at = dice.between(visitor["first_seen_at"] + MINUTE, visitor["last_seen_at"] - LONGEST)
        if is_open(desk, at):
            break
    return at


def is_open(desk: Desk, at: datetime) -> bool:
    """Whether people answer at that time, and were there already."""
    local = at.astimezone(desk.zone)
    low, high = (9, 17) if local.weekday() < 5 else (10, 15)
    return local.weekday() < 6 and low <= local.hour < high and bool(_present(desk, at))


def _present(desk: Desk, at: datetime) -> list[Row]:
    return [person for person in desk.people if person["created_at"] < at]


def _chat(office: Office, desk: Desk, visitor: Row, at: datetime) -> Chat:
    dice = office.dice
    widget = dice.pick([row for row in desk.widgets if row["created_at"] < at] or desk.widgets)
    page = dice.pick(office.words["pages"])
    name = (visitor["name"] or "there").partition(" ")[0]
    blanks = {"visitor": name, "agent": "", "order": _order(dice, desk, at)}
    blanks["product"] = dice.pick(desk.products) if desk.products else "this one"
    topics = desk.topics if blanks["order"] else [topic for topic in desk.topics if "{order}" not in " ".join(topic)]
    topic, url = dice.pick(topics), f"https://{widget['allowed_domains'][0]}{page}"
    chat = Chat(
        office, desk, visitor, dice.id_at(at), at, topic, blanks, widget["site_id"], widget["id"], url, row={"tags": []}
    )
    chat.log("STARTED", None, page=page)
    chat.join("VISITOR", visitor["id"], visitor["name"] or "Visitor")
    return chat


def _order(dice: Dice, desk: Desk, at: datetime) -> str:
    """The number of an order that was placed shortly before, if there is one."""
    last = bisect_left(desk.orders, (at, ""))
    return desk.orders[dice.number(max(last - 20, 0), last - 1)][1] if last else ""


def _course(chat: Chat, kind: str) -> Chat:
    """Let the chat go the way of its kind."""
    if kind in ("AI", "BY_AI") and not chat.desk.ai:
        kind = "WAITING" if kind == "BY_AI" else "DESK" if is_open(chat.desk, chat.at) else "NIGHT"
    _COURSES[kind](chat)
    return chat


def _by_ai(chat: Chat) -> None:
    """The agent knows the answers."""
    chat.say(chat.guest, chat.lines[0])
    ai = _ai(chat)
    chat.say(ai, chat.lines[1], slow=4)
    _sort(chat, ai)
    _talk(chat, ai, chat.lines[2:], slow=4)
    _finish(chat, "RESOLVED")


def _by_person(chat: Chat) -> None:
    """Somebody at the desk knows them, often after the agent gave up."""
    dice = chat.office.dice
    _ask(chat)
    person = _take(chat)
    chat.say(person, chat.lines[1])
    _sort(chat, person)
    _asides(chat, person)
    if len(chat.desk.people) > 1 and dice.chance(15):
        person = _hand_over(chat, person)
    _talk(chat, person, chat.lines[2:])
    chat.say(chat.guest, dice.pick(chat.office.words["thanks"]))
    chat.say(person, chat.desk.responses["bye"]["content"], canned=chat.desk.responses["bye"]["id"], slow=20)
    _finish(chat, "RESOLVED", person)
    if dice.chance(12):
        _come_back(chat, person)


def _given_up(chat: Chat) -> None:
    """Nobody comes in time, and the visitor goes."""
    _ask(chat)
    if is_open(chat.desk, chat.at):
        people = _present(chat.desk, chat.at)
        _offer(chat, chat.office.dice.pick(people))
        _decline(chat)
    chat.wait(120, 400)
    chat.end("VISITOR_LEFT", chat.guest, "ABANDONED")


def _missed(chat: Chat) -> None:
    """Everybody is busy for so long that it ends by itself."""
    _ask(chat)
    chat.wait(500, 900)
    chat.end("NOBODY_FREE", status="ABANDONED")


def _silent(chat: Chat) -> None:
    """The visitor says nothing any more."""
    _ask(chat)
    person = _take(chat)
    chat.say(person, chat.lines[1])
    chat.wait(1200, 1800)
    chat.end("TIMED_OUT")


def _at_night(chat: Chat) -> None:
    """Nobody is there: it becomes a ticket."""
    chat.say(chat.guest, chat.lines[0])
    chat.row["routing_rule_id"] = chat.desk.rules["night"]["id"]
    chat.say(None, chat.office.words["offline"], slow=1)
    chat.wait(30, 200)
    chat.row["subject"] = chat.topic[0]
    chat.end("MOVED_TO_TICKET")
    about = {"site_id": chat.site, "visitor_id": chat.visitor["id"], "customer_id": chat.visitor["customer_id"]}
    kept = chat.office.world.kept.setdefault("chat.chat_sessions", [])
    text = chat.said[0].text
    kept.append(
        {"id": chat.id, "business_id": chat.desk.row["id"], "subject": chat.topic[0], "text": text, "ended_at": chat.at}
        | about
    )


def _spam(office: Office, desk: Desk, at: datetime) -> None:
    """Somebody who only advertises is barred."""
    people = _present(desk, at)
    if not people:
        return
    unset = dict.fromkeys(("customer_id", "name", "email", "phone", "consented_at", "notes"))
    over = at + 10 * MINUTE
    visitor = office.world.add(
        "chat.visitors",
        office.dice,
        at,
        **unset,
        business_id=desk.row["id"],
        key=f"v{office.dice.number(16**15, 16**16):x}",
        first_seen_at=at,
        last_seen_at=over,
        tags=["spam"],
        blocked_at=over,
        blocked_reason="Advertises.",
        updated_at=over,
        country="US",
        city=None,
    )
    chat = _chat(office, desk, visitor, at)
    chat.topic = ["Advertisement", "spam", "", office.dice.pick(office.words["spam"])]
    chat.say(chat.guest, chat.lines[0])
    _queue(chat)
    _take(chat, hello=False)
    chat.at = over
    chat.end("SPAM", chat.parts[-1])
    write(chat)


def _until(step: str) -> Callable[[Chat], None]:
    """A chat that has just come to `step`."""

    def course(chat: Chat) -> None:
        chat.row["status"] = step
        if step == "WAITING":
            chat.say(chat.guest, chat.lines[0])
            return
        _ask(chat)
        if step != "QUEUED":
            _offer(chat, chat.desk.people[0])
        if step == "ACTIVE":
            chat.say(_accept(chat, chat.desk.people[0]), chat.lines[1])

    return course


def _held_by_ai(chat: Chat) -> None:
    chat.row["status"] = "WAITING"
    chat.say(chat.guest, chat.lines[0])
    chat.say(_ai(chat), chat.lines[1], slow=4)


_COURSES: dict[str, Callable[[Chat], None]] = {
    "AI": _by_ai,
    "DESK": _by_person,
    "LEFT": _given_up,
    "MISSED": _missed,
    "TIMED_OUT": _silent,
    "NIGHT": _at_night,
    "BY_AI": _held_by_ai,
    **{step: _until(step) for step in ("WAITING", "QUEUED", "OFFERED", "ACTIVE")},
}


def _ask(chat: Chat) -> None:
    """The first question, which the agent, if there is one, passes on to people."""
    chat.say(chat.guest, chat.lines[0])
    if chat.desk.ai:
        chat.say(_ai(chat), chat.office.dice.pick(chat.office.words["handoff"]), slow=4)
    _queue(chat)


def _ai(chat: Chat) -> Part:
    """The agent comes in."""
    ai = chat.desk.ai
    assert ai is not None
    chat.row |= {"ai_agent_id": ai["id"], "routing_rule_id": chat.desk.rules["ai"]["id"]}
    chat.at += SECOND
    return chat.join("AI", ai["id"], ai["name"])


def _queue(chat: Chat) -> None:
    tag = chat.topic[1]
    rule = chat.desk.rules["skill" if tag == "return" else "person" if tag == "trade" else "anybody"]
    chat.at += SECOND
    chat.row |= {"queued_at": chat.at, "routing_rule_id": rule["id"], "priority": rule["priority"]}
    chat.log("QUEUED", None, position=chat.office.dice.number(1, 4))


def _offer(chat: Chat, person: Row) -> None:
    """Somebody is asked to take the chat."""
    chat.wait(2, 45)
    chat.log("OFFERED", None, chatAgentId=str(person["id"]))
    chat.row["assigned_agent_id"] = person["id"]
    chat.wait(4, 30)


def _decline(chat: Chat) -> None:
    """They cannot."""
    chat.log("DECLINED", None, chatAgentId=str(chat.row.pop("assigned_agent_id")))


def _accept(chat: Chat, person: Row, *, hello: bool = True) -> Part:
    """They do."""
    chat.row["assigned_at"] = chat.at
    chat.log("ASSIGNED", None, name=person["name"])
    return _come_in(chat, person, hello=hello)


def _take(chat: Chat, *, hello: bool = True) -> Part:
    """Somebody takes the chat, now and then after somebody else did not."""
    dice, people = chat.office.dice, _present(chat.desk, chat.at)
    person = dice.pick(people)
    if len(people) > 1 and dice.chance(12):
        _offer(chat, next(other for other in people if other is not person))
        _decline(chat)
    _offer(chat, person)
    return _accept(chat, person, hello=hello)


def _come_in(chat: Chat, person: Row, *, hello: bool) -> Part:
    part = chat.join("AGENT", person["id"], person["name"])
    chat.blanks["agent"] = person["name"]
    if hello:
        answer = chat.desk.responses["hello"]
        chat.say(part, answer["content"], canned=answer["id"], slow=15)
    return part


def _sort(chat: Chat, part: Part) -> None:
    """Whoever answers says what it is about."""
    subject, tag = chat.topic[:2]
    chat.row |= {"subject": subject, "tags": [tag]}
    chat.at += SECOND
    chat.log("TAGS_CHANGED", part, added=[tag])
    chat.log("DETAILS_CHANGED", part, subject=subject)


def _talk(chat: Chat, part: Part, lines: Sequence[str], slow: int = 60) -> None:
    """Visitor and answerer in turn."""
    for i, line in enumerate(lines):
        chat.say(part if i % 2 else chat.guest, line, slow=slow if i % 2 else 60)


def _asides(chat: Chat, person: Part) -> None:
    """What happens in some chats only: notes, pictures, corrections, a number to take out, a supervisor's look."""
    dice, words, note = chat.office.dice, chat.office.words, chat.topic[2]
    if note and dice.chance(70):
        chat.say(person, note, internal=True)
    if dice.chance(8):
        chat.say(chat.guest, None, image=dice.pick(("parcel.jpg", "label.jpg", "screenshot.png")))
    if dice.chance(12):
        last = next(said for said in reversed(chat.said) if said.part is person and not said.internal)
        chat.wait(5, 20)
        last.edited = chat.at
        chat.log("MESSAGE_EDITED", person, last.id)
    if dice.chance(8):
        card = chat.say(chat.guest, None)
        chat.wait(5, 20)
        card.redacted = chat.at
        chat.log("MESSAGE_REDACTED", person, card.id)
        chat.say(person, words["careful"], canned=chat.desk.responses["no-cards"]["id"])
    if chat.desk.crew.managers and dice.chance(12):
        _look_in(chat)


def _look_in(chat: Chat) -> None:
    """A supervisor reads, notes something and goes; the visitor sees nothing of it."""
    key = chat.desk.crew.managers[0]
    if chat.desk.joined[key] > chat.at or any(person["user_id"] == key for person in chat.desk.people):
        return
    chat.wait(2, 30)
    part = chat.join("STAFF", key, "Supervisor")
    chat.say(part, chat.office.dice.pick(chat.office.words["supervise"]), internal=True)
    chat.wait(2, 10)
    chat.leave(part)


def _hand_over(chat: Chat, person: Part) -> Part:
    """A colleague goes on."""
    others = [row for row in _present(chat.desk, chat.at) if row["id"] != person.who]
    if not others:
        return person
    other = chat.office.dice.pick(others)
    chat.wait(5, 60)
    chat.log("TRANSFERRED", person, chatAgentId=str(other["id"]))
    chat.row |= {"assigned_agent_id": other["id"]}
    chat.leave(person)
    chat.wait(2, 20)
    return _come_in(chat, other, hello=True)


def _finish(chat: Chat, reason: str, part: Part | None = None) -> None:
    """The end, and perhaps a rating."""
    dice = chat.office.dice
    if dice.chance(40):
        chat.wait(2, 20)
        chat.log("MESSAGES_READ", chat.guest)
    chat.wait(20, 120)
    chat.end(reason, part)
    if reason == "RESOLVED" and dice.chance(55):
        _rate(chat, dice.pick(RATINGS))


def _rate(chat: Chat, rating: int) -> None:
    words, dice = chat.office.words, chat.office.dice
    chat.wait(5, 60)
    chat.log("RATED", chat.guest, rating=rating)
    chat.row |= {"satisfaction_rating": rating, "rated_at": chat.at}
    if rating != 3 and dice.chance(35):
        chat.row["feedback"] = dice.pick(words["feedback_good" if rating > 3 else "feedback_bad"])


def _come_back(chat: Chat, person: Part) -> None:
    """The visitor has one more question."""
    words, i = chat.office.words, chat.office.dice.number(0, 1)
    chat.wait(60, 300)
    chat.log("REOPENED", chat.guest)
    chat.say(chat.guest, words["late"][i])
    chat.say(person, words["answer"][i])
    chat.wait(20, 120)
    chat.end("RESOLVED", person)
