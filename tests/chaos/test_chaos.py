"""Two servers, a worker, PostgreSQL and 200 clients, while something breaks every five seconds.

At the end every client was told of everything that it may see, once and in order, and of nothing else.
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

import asyncpg
import orjson
import pytest

from tests.chaos.faults import Faults
from tests.chaos.followers import ByEvents, BySocket, Follower, Told
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


async def test_whatever_breaks_nobody_misses_anything(capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("AGORA_CHAOS_SEED") or Random().randrange(10**9))
    dice = Random(seed)
    with TemporaryDirectory(prefix="chaos-") as folder:
        async with world(Path(folder)) as found:
            await found.open_chats(CHATS)
            followers = _followers(found, dice)
            writers = _writers(followers, dice)
            try:
                faults = await _go_on(found, followers, writers, dice)
                await _check(found, followers, writers)
                assert SECONDS < LONG or {done.kind for done in faults.done} == faults.kinds.keys()
            except BaseException:
                with capsys.disabled():
                    print(f"\nchaos: AGORA_CHAOS_SEED={seed}\n{_said(Path(folder))}")  # noqa: T201
                raise
    with capsys.disabled():
        print(f"\nchaos: seed {seed}: {_summary(faults, followers, writers)}")  # noqa: T201


def _followers(found: World, dice: Random) -> list[Follower]:
    """Visitors and staff, each by both protocols."""
    kinds = cycle([(BySocket, True), (ByEvents, True), (BySocket, False), (ByEvents, False)])
    made: list[Follower] = []
    for _ in range(CLIENTS // CHATS):
        for chat in found.chats:
            kind, is_visitor = next(kinds)
            token = chat.visitor if is_visitor else chat.staff
            made.append(kind(chat, token, found.servers, found.http, Random(dice.random())))
        next(kinds)  # so that every chat has each kind
    return made


def _writers(followers: Sequence[Follower], dice: Random) -> list[Writer]:
    """Of those who follow a chat, one of each side also writes there."""
    chosen = {(follower.chat, follower.is_visitor): follower for follower in followers}
    return [Writer(follower, Random(dice.random())) for follower in chosen.values()]


async def _go_on(found: World, followers: Sequence[Follower], writers: Sequence[Writer], dice: Random) -> Faults:
    """Let everybody do what they do while things break, and then until everybody knows everything."""
    over = asyncio.Event()
    faults = Faults(found, followers, dice)
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(follower.run()) for follower in followers]
        writing = [group.create_task(writer.run(over)) for writer in writers]
        breaking = group.create_task(faults.run(over))
        await asyncio.sleep(SECONDS)
        over.set()
        await breaking
        await asyncio.wait_for(asyncio.gather(*writing), PATIENCE)
        await _known(found, followers)
        for task in following:
            task.cancel()
    return faults


async def _known(found: World, followers: Sequence[Follower]) -> None:
    """Wait until everybody was told of the last entry, or cannot be expected to be any more."""
    logs = await _logs(found)
    for _ in range(int(PATIENCE)):
        if all(follower.last >= len(logs[follower.chat, follower.is_visitor]) for follower in followers):
            return
        await asyncio.sleep(1)


async def _check(found: World, followers: Sequence[Follower], writers: Sequence[Writer]) -> None:
    """Everybody's log is the table's; what was confirmed stands there once."""
    logs = await _logs(found)
    for follower in followers:
        expected = logs[follower.chat, follower.is_visitor]
        assert [entry.seq for entry in expected] == list(range(1, len(expected) + 1))
        assert follower.log == expected, (follower.protocol, follower.is_visitor, follower.chat)
        assert not follower.overheard, (follower.protocol, follower.chat)
        assert not follower.is_visitor or all(told.type != "NOTE_ADDED" for told in follower.log)
    connection = await asyncpg.connect(found.dsn)
    for writer in writers:
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


def _said(folder: Path) -> str:
    """The last that the processes said."""
    return "\n".join(f"{path.name}: {path.read_text()[-3_000:]}" for path in sorted(folder.glob("*.log")))


def _summary(faults: Faults, followers: Sequence[Follower], writers: Sequence[Writer]) -> str:
    told, said = sum(len(follower.log) for follower in followers), sum(len(writer.said) for writer in writers)
    came = sum(follower.connections for follower in followers)
    again = sum(writer.repeated for writer in writers)
    lagged = sum(follower.lagged for follower in followers)
    return (
        f"{said} messages and notes, confirmed after {again} repetitions; {told} entries told over {came} connections, "
        f"{lagged} lagged\n  " + "\n  ".join(done.told for done in faults.done)
    )
