"""What is told arrives in every process, once for what is only a hint, and one by one for what has a payload."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from app.database import connected
from app.services.waking import WORK, touch
from app.wakeups import Wakeups, waking
from tests.freezing import FreezingProxy, at_socket
from tests.wakeups.conftest import all_up, listening
from tests.worker.conftest import until


async def test_every_process_hears_what_a_topic_is_about(committed: str) -> None:
    here, there = Wakeups(committed), Wakeups(committed)
    own, chats, desks = listening(here, "chat"), listening(there, "chat"), listening(there, "desk")
    async with all_up(here, there):
        here.send("chat:one")
        here.send("desk:two")
        await until(lambda: ("two", b"") in desks)
        await until(lambda: ("one", b"") in chats and ("one", b"") in own)
        assert ("two", b"") not in chats


async def test_a_topic_without_a_key_has_none(committed: str) -> None:
    wakeups = Wakeups(committed)
    async with all_up(wakeups):
        heard = listening(wakeups, WORK)
        assert heard == [("", b"")]  # whoever begins to listen may have missed something
        wakeups.send(WORK)
        await until(lambda: len(heard) == 2)


async def test_wake_ups_of_many_commits_become_one(committed: str) -> None:
    here, there = Wakeups(committed), Wakeups(committed)
    async with all_up(here, there):
        heard, ended = listening(there, "chat"), listening(there, "end")
        heard.clear()
        for _ in range(1_000):
            here.send("chat:one")
        here.send("end:")
        await until(lambda: len(ended) == 2)
        assert heard == [("one", b"")]


async def test_payloads_arrive_one_by_one_in_their_order_even_where_they_are_the_same(committed: str) -> None:
    here, there = Wakeups(committed), Wakeups(committed)
    async with all_up(here, there):
        heard = listening(there, "chat")
        heard.clear()
        sent = [b"\x00\xff %d" % (number // 2) for number in range(500)]
        for payload in sent:
            here.send("chat:one", payload)
        here.send("chat:one", b"x" * 4_096)
        await until(lambda: len(heard) == 501)
        assert heard == [("one", payload) for payload in [*sent, b"x" * 4_096]]


async def test_a_payload_that_is_too_large_is_refused(committed: str) -> None:
    with pytest.raises(ValueError, match="at most 4096 bytes, not 4097"):
        Wakeups(committed).send("chat:one", b"x" * 4_097)


async def test_hints_wait_for_a_connection_and_payloads_do_not(committed: str) -> None:
    here, there = Wakeups(committed), Wakeups(committed)
    async with all_up(there):
        heard = listening(there, "chat")
        heard.clear()
        here.send("chat:lost", b"payload")
        here.send("chat:kept")
        async with all_up(here):
            await until(lambda: bool(heard))
        assert heard == [("kept", b"")]


async def test_of_too_many_hints_it_is_said_that_there_is_something(committed: str) -> None:
    here, there = Wakeups(committed), Wakeups(committed)
    async with all_up(there):
        heard, others = listening(there, "chat"), listening(there, "other")
        heard.clear()
        others.clear()
        for number in range(1_001):
            here.send(f"chat:{number}")
        async with all_up(here):
            await until(lambda: len(heard) == 2)
        assert (heard, others) == ([("", b""), ("1000", b"")], [("", b"")])


async def test_wake_ups_come_again_after_the_connection_was_cut(
    committed: str, impatient: None, beside: asyncpg.Connection
) -> None:
    wakeups = Wakeups(committed)
    async with all_up(wakeups):
        heard = listening(wakeups, "chat")
        heard.clear()
        await beside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'agora wake-ups' AND datname = current_database()"
        )
        await until(lambda: heard == [("", b"")])  # what was sent meanwhile is missed
        wakeups.send("chat:one")
        await until(lambda: heard == [("", b""), ("one", b"")])


async def test_who_listens_badly_keeps_nobody_else_from_hearing(committed: str) -> None:
    def break_down(key: str, payload: bytes) -> None:
        raise RuntimeError

    wakeups = Wakeups(committed)
    wakeups.listen(break_down, "chat")
    heard = listening(wakeups, "chat")
    async with all_up(wakeups):
        wakeups.send("chat:one")
        await until(lambda: ("one", b"") in heard)
        assert wakeups.is_up


async def test_a_connection_that_says_nothing_more_is_noticed(server: Path, committed: str, impatient: None) -> None:
    database = committed.partition("?")[0].rpartition("/")[2]
    async with FreezingProxy(at_socket(server / ".s.PGSQL.5432")).listening() as proxy:
        wakeups = Wakeups(f"postgresql://agora@127.0.0.1:{proxy.port}/{database}")
        async with all_up(wakeups):
            heard = listening(wakeups, "chat")
            heard.clear()
            assert proxy.freeze() == 1
            await until(lambda: heard == [("", b"")], 1.5)
            wakeups.send("chat:one")
            await until(lambda: heard[1:] == [("one", b"")])


async def test_a_commit_wakes_whoever_listens_to_what_it_touched(committed: str) -> None:
    async with connected(committed, read_size=1, write_size=2) as database, waking(database) as wakeups:
        await asyncio.wait_for(wakeups.up(), 10)
        chats, work = listening(wakeups, "chat"), listening(wakeups, WORK)
        chats.clear()
        work.clear()
        async with database.transaction() as session:
            touch(session, "chat:one")
            touch(session, "chat:two")
            touch(session, "chat:one")
        await until(lambda: sorted(chats) == [("one", b""), ("two", b"")] and work == [("", b"")])


async def test_what_is_undone_or_begins_nothing_wakes_nobody(committed: str) -> None:
    told: list[frozenset[str]] = []
    async with connected(committed, read_size=1, write_size=2) as database:
        database.after_commit.append(told.append)
        with pytest.raises(RuntimeError):
            async with database.transaction() as session:
                touch(session, "chat:one")
                raise RuntimeError
        async with database.work():
            pass
        assert told == []
        async with database.work() as work:
            await work.fetch("SELECT 1")
        assert told == [frozenset({WORK})]
