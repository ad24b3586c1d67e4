"""What is told arrives in every process, once for what is only a hint, and one by one for what has a payload."""

import asyncio

import asyncpg
import pytest

from app.database import connected
from app.services.waking import WORK, touch
from app.wakeups import Wakeups, waking
from tests.freezing import FreezingProxy
from tests.wakeups.conftest import Carried, Redis, all_up, listening
from tests.worker.conftest import until


async def test_every_process_hears_what_a_topic_is_about(carried: Carried) -> None:
    here, there = carried.wakeups(), carried.wakeups()
    own, chats, desks = listening(here, "chat"), listening(there, "chat"), listening(there, "desk")
    async with all_up(here, there):
        here.send("chat:one")
        here.send("desk:two")
        await until(lambda: ("two", b"") in desks)
        await until(lambda: ("one", b"") in chats and ("one", b"") in own)
        assert ("two", b"") not in chats


async def test_a_topic_without_a_key_has_none(carried: Carried) -> None:
    wakeups = carried.wakeups()
    async with all_up(wakeups):
        heard = listening(wakeups, WORK)
        assert heard == [("", b"")]  # whoever begins to listen may have missed something
        wakeups.send(WORK)
        await until(lambda: len(heard) == 2)


async def test_wake_ups_of_many_commits_become_one(carried: Carried) -> None:
    here, there = carried.wakeups(), carried.wakeups()
    async with all_up(here, there):
        heard, ended = listening(there, "chat"), listening(there, "end")
        heard.clear()
        for _ in range(1_000):
            here.send("chat:one")
        here.send("end:")
        await until(lambda: len(ended) == 2)
        assert heard == [("one", b"")]


async def test_payloads_arrive_one_by_one_in_their_order_even_where_they_are_the_same(carried: Carried) -> None:
    here, there = carried.wakeups(), carried.wakeups()
    async with all_up(here, there):
        heard = listening(there, "chat")
        heard.clear()
        sent = [b"\x00\xff %d" % (number // 2) for number in range(500)]
        for payload in sent:
            here.send("chat:one", payload)
        here.send("chat:one", b"x" * 4_096)
        await until(lambda: len(heard) == 501)
        assert heard == [("one", payload) for payload in [*sent, b"x" * 4_096]]


async def test_a_payload_that_is_too_large_is_refused(carried: Carried) -> None:
    with pytest.raises(ValueError, match="at most 4096 bytes, not 4097"):
        carried.wakeups().send("chat:one", b"x" * 4_097)


async def test_hints_wait_for_a_connection_and_payloads_do_not(carried: Carried) -> None:
    here, there = carried.wakeups(), carried.wakeups()
    async with all_up(there):
        heard = listening(there, "chat")
        heard.clear()
        here.send("chat:lost", b"payload")
        here.send("chat:kept")
        async with all_up(here):
            await until(lambda: bool(heard))
        assert heard == [("kept", b"")]


async def test_of_too_many_hints_it_is_said_that_there_is_something(carried: Carried) -> None:
    here, there = carried.wakeups(), carried.wakeups()
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


async def test_a_redis_that_is_away_is_waited_for(redis_server: Redis, impatient: None) -> None:
    here, there = (Wakeups("postgresql://nobody@127.0.0.1:1/nowhere", redis_server.url) for _ in range(2))
    async with all_up(here, there):
        heard = listening(there, "chat")
        heard.clear()
        redis_server.stop()
        try:
            await until(lambda: not here.is_up and not there.is_up)
            here.send("chat:lost", b"payload")
            here.send("chat:kept")
        finally:
            redis_server.start()
        await until(lambda: here.is_up and ("", b"") in heard)
        here.send("chat:one", b"payload")
        await until(lambda: ("one", b"payload") in heard)
        assert ("lost", b"payload") not in heard


async def test_who_uses_another_database_of_the_same_redis_hears_nothing(redis_server: Redis) -> None:
    nowhere, other = "postgresql://nobody@127.0.0.1:1/nowhere", redis_server.url.replace("db=0", "db=1")
    here, there, apart = Wakeups(nowhere, redis_server.url), Wakeups(nowhere, redis_server.url), Wakeups(nowhere, other)
    async with all_up(here, there, apart):
        near, far = listening(there, "chat"), listening(apart, "chat")
        far.clear()
        here.send("chat:one")
        await until(lambda: ("one", b"") in near)
        apart.send("chat:two")
        await until(lambda: ("two", b"") in far)
        assert far == [("two", b"")]


async def test_who_listens_badly_keeps_nobody_else_from_hearing(carried: Carried) -> None:
    def break_down(key: str, payload: bytes) -> None:
        raise RuntimeError

    wakeups = carried.wakeups()
    wakeups.listen(break_down, "chat")
    heard = listening(wakeups, "chat")
    async with all_up(wakeups):
        wakeups.send("chat:one")
        await until(lambda: ("one", b"") in heard)
        assert wakeups.is_up


async def test_a_connection_that_says_nothing_more_is_noticed(carried: Carried, impatient: None) -> None:
    async with FreezingProxy(carried.connect).listening() as proxy:
        wakeups = carried.through(proxy.port)
        async with all_up(wakeups):
            heard = listening(wakeups, "chat")
            heard.clear()
            assert proxy.freeze() > 0
            await until(lambda: heard == [("", b"")], 3.0)
            wakeups.send("chat:one")
            await until(lambda: heard[1:] == [("one", b"")])


async def test_it_is_noticed_too_while_there_is_always_something_to_send(carried: Carried, impatient: None) -> None:
    async with FreezingProxy(carried.connect).listening() as proxy:
        wakeups = carried.through(proxy.port)
        async with all_up(wakeups):
            heard = listening(wakeups, "chat")
            heard.clear()
            proxy.freeze()

            def heard_again() -> bool:
                wakeups.send("chat:one")
                return ("", b"") in heard

            await until(heard_again, 3.0)


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
