"""Two servers, a worker, PostgreSQL and 204 clients, while something breaks every five seconds.

At the end every client of a chat was told of everything that it may see, once and in order, and of nothing else; the
desks have before them what there is.
`make chaos` goes on for ten minutes. AGORA_CHAOS_SEED repeats the dice of an earlier run, AGORA_CHAOS_SECONDS says how
long it goes on.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import asyncpg
import orjson
import pytest

from tests.chaos.faults import Faults
from tests.chaos.followers import ChatFollower, DeskFollower, Listed, Told
from tests.chaos.protocols import by_events, by_socket
from tests.chaos.world import Chat, World, world
from tests.chaos.writers import Writer

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("AGORA_CHAOS_SECONDS", "60"))
LONG = 60.0
"""Seconds after which everything went wrong that can."""
CHATS, CLIENTS = 20, 200
PATIENCE = 90.0
"""Seconds within which everybody knows everything, once nothing breaks any more."""

SAID = (
    "SELECT e.client_message_id, m.content FROM chat.chat_events AS e "
    "JOIN chat.chat_messages AS m ON m.id = e.message_id "
    "WHERE e.session_id = $1 AND e.client_message_id LIKE $2"
)
SUBJECTS = (
    "SELECT payload -> 'subject' ->> 'new' AS subject FROM chat.chat_events "
    "WHERE session_id = $1 AND payload -> 'subject' ->> 'new' LIKE $2"
)
LISTED = "SELECT id, subject, staff_seq FROM chat.chat_sessions"


class People(NamedTuple):
    """Everybody who is there."""

    followers: Sequence[ChatFollower]
    desks: Sequence[DeskFollower]
    writers: Sequence[Writer]


async def test_whatever_breaks_nobody_misses_anything(capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("AGORA_CHAOS_SEED") or Random().randrange(10**9))
    dice = Random(seed)
    with TemporaryDirectory(prefix="chaos-") as folder:
        async with world(Path(folder)) as found:
            await found.open_chats(CHATS)
            followers = _followers(found, dice)
            people = People(followers, _desks(found, dice), _writers(followers, dice))
            try:
                faults = await _go_on(found, people, dice)
                await _check(found, people)
                assert SECONDS < LONG or {done.kind for done in faults.done} == faults.kinds.keys()
            except BaseException:
                with capsys.disabled():
                    print(f"\nchaos: AGORA_CHAOS_SEED={seed}\n{_said(Path(folder))}")  # noqa: T201
                raise
    with capsys.disabled():
        print(f"\nchaos: seed {seed}: {_summary(faults, people)}")  # noqa: T201


def _followers(found: World, dice: Random) -> list[ChatFollower]:
    """Visitors and staff, each by both protocols."""
    kinds = cycle([(by_socket, True), (by_events, True), (by_socket, False), (by_events, False)])
    made: list[ChatFollower] = []
    for _ in range(CLIENTS // CHATS):
        for chat in found.chats:
            subscribe, is_visitor = next(kinds)
            token = chat.visitor if is_visitor else chat.staff
            made.append(ChatFollower(chat, subscribe, token, found.servers, found.http, Random(dice.random())))
        next(kinds)  # so that every chat has each kind
    return made


def _desks(found: World, dice: Random) -> list[DeskFollower]:
    """Of everybody who answers, two."""
    return [
        DeskFollower(found.business, subscribe, token, found.servers, found.http, Random(dice.random()))
        for token in found.staff
        for subscribe in (by_socket, by_events)
    ]


def _writers(followers: Sequence[ChatFollower], dice: Random) -> list[Writer]:
    """Of those who follow a chat, one of each side also writes there."""
    chosen = {(follower.chat, follower.is_visitor): follower for follower in followers}
    return [Writer(follower, Random(dice.random())) for follower in chosen.values()]


async def _go_on(found: World, people: People, dice: Random) -> Faults:
    """Let everybody do what they do while things break, and then until everybody knows everything."""
    over = asyncio.Event()
    clients = [*people.followers, *people.desks]
    faults = Faults(found, clients, dice)
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(client.run()) for client in clients]
        writing = [group.create_task(writer.run(over)) for writer in people.writers]
        breaking = group.create_task(faults.run(over))
        await asyncio.sleep(SECONDS)
        over.set()
        await breaking
        await asyncio.wait_for(asyncio.gather(*writing), PATIENCE)
        await _known(found, people)
        for task in following:
            task.cancel()
    return faults


async def _known(found: World, people: People) -> None:
    """Wait until everybody was told of the last entry, or cannot be expected to be any more."""
    logs, listed = await _logs(found), await _listed(found)
    for _ in range(int(PATIENCE)):
        behind = [one for one in people.followers if one.last < len(logs[one.chat, one.is_visitor])]
        if not behind and all(desk.chats == listed for desk in people.desks):
            return
        await asyncio.sleep(1)


async def _check(found: World, people: People) -> None:
    """Everybody's log is the table's; what was confirmed stands there once."""
    logs = await _logs(found)
    for follower in people.followers:
        expected = logs[follower.chat, follower.is_visitor]
        assert [entry.seq for entry in expected] == list(range(1, len(expected) + 1))
        assert follower.log == expected, (follower.subscribe, follower.is_visitor, follower.chat)
        assert not follower.overheard, (follower.subscribe, follower.chat)
        assert not follower.is_visitor or all(told.type != "NOTE_ADDED" for told in follower.log)
    listed = await _listed(found)
    for desk in people.desks:
        assert desk.chats == listed, desk.subscribe
    connection = await asyncpg.connect(found.dsn)
    for writer in people.writers:
        said, described = [
            await connection.fetch(what, writer.chat.uuid, f"{writer.sign}-%") for what in (SAID, SUBJECTS)
        ]
        assert Counter(map(tuple, said)) == Counter(writer.said), writer.chat
        assert Counter(row["subject"] for row in described) == Counter(writer.described), writer.chat
    await connection.close()


async def _logs(found: World) -> dict[tuple[Chat, bool], list[Told]]:
    """The log of each chat, as its visitor sees it and as staff does."""
    connection = await asyncpg.connect(found.dsn)
    logs: dict[tuple[Chat, bool], list[Told]] = {}
    for chat in found.chats:
        for is_visitor, number in ((True, "visitor_seq"), (False, "staff_seq")):
            rows = await connection.fetch(
                f"SELECT {number}, e.type, e.id, m.content, e.payload FROM chat.chat_events AS e "
                "LEFT JOIN chat.chat_messages AS m ON m.id = e.message_id "
                f"WHERE e.session_id = $1 AND {number} IS NOT NULL ORDER BY {number}",
                chat.uuid,
            )
            logs[chat, is_visitor] = [
                Told(seq, type_, f"chat_event_{id_}", content, orjson.loads(payload))
                for seq, type_, id_, content, payload in rows
            ]
    await connection.close()
    return logs


async def _listed(found: World) -> dict[str, Listed]:
    """The open chats, as staff sees them."""
    connection = await asyncpg.connect(found.dsn)
    rows = await connection.fetch(LISTED)
    await connection.close()
    return {f"chat_session_{id_}": Listed(subject, seq) for id_, subject, seq in rows}


def _said(folder: Path) -> str:
    """The last that the processes said."""
    return "\n".join(f"{path.name}: {path.read_text()[-3_000:]}" for path in sorted(folder.glob("*.log")))


def _summary(faults: Faults, people: People) -> str:
    followers, writers = people.followers, people.writers
    told, said = sum(len(follower.log) for follower in followers), sum(len(writer.said) for writer in writers)
    came = sum(follower.connections for follower in followers)
    again = sum(writer.repeated for writer in writers)
    lagged = sum(follower.lagged for follower in followers)
    return (
        f"{said} messages and notes, confirmed after {again} repetitions; {told} entries told over {came} connections, "
        f"{lagged} lagged\n  " + "\n  ".join(done.told for done in faults.done)
    )
