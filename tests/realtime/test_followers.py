"""What one who follows is told: everything once and in order, whatever happens meanwhile."""

import asyncio
from random import Random

import pytest

from app.realtime import groups, reading
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.errors import Conflict, DatabaseUnavailable, NotFound
from tests.realtime.logs import Log, caught_up, told

STAFF = Viewer("member", {"user": 1})


async def test_who_joins_gets_what_was_missed_then_that_this_was_all_then_what_happens() -> None:
    log = Log(["STARTED", "MESSAGE_SENT", "MESSAGE_SENT"])
    follower = log.follow(after=1)
    assert await told(follower, 3) == [2, 3, caught_up(3)]
    log.add()
    assert await told(follower, 1) == [4]
    follower.close()


async def test_without_a_place_it_is_from_now_on() -> None:
    log = Log(["STARTED", "MESSAGE_SENT"])
    follower = log.follow()
    assert await told(follower, 1) == [caught_up(2)]
    log.add()
    assert await told(follower, 1) == [3]


async def test_a_log_of_any_length_is_replayed_whole() -> None:
    log = Log(["MESSAGE_SENT"] * (2 * groups.ROOM + 17))
    for after in (0, 1, groups.PAGE, groups.PAGE + 1, groups.ROOM, 2 * groups.ROOM + 16, 2 * groups.ROOM + 17):
        follower = log.follow(after=after)
        expected = list(range(after + 1, len(log.types) + 1))
        assert await told(follower, len(expected) + 1) == [*expected, caught_up(len(log.types))]
        follower.close()


@pytest.mark.parametrize(("after", "epoch"), [(4, None), (2, 2), (4, 1)])
async def test_a_place_that_means_nothing_is_a_conflict_that_says_where_the_log_is(
    after: int, epoch: int | None
) -> None:
    with pytest.raises(Conflict) as error:
        await told(Log(["STARTED"] * 3).follow(after=after, epoch=epoch), 1)
    assert error.value.extensions == {"code": "CONFLICT", "head": 3, "epoch": 1}


async def test_a_log_that_is_lost_ends_with_a_conflict() -> None:
    log = Log(["STARTED"] * 3)
    follower = log.follow(after=3)
    assert await told(follower, 1) == [caught_up(3)]
    log.types, log.epoch = [], 2
    log.wake()
    with pytest.raises(Conflict) as error:
        await told(follower, 1)
    assert error.value.extensions == {"code": "CONFLICT", "head": 0, "epoch": 2}


async def test_who_may_not_see_it_any_more_is_told_that_it_is_not_there() -> None:
    log = Log(["STARTED"])
    follower = log.follow(after=1)
    assert await told(follower, 1) == [caught_up(1)]
    log.is_there = False
    log.add()
    with pytest.raises(NotFound):
        await told(follower, 1)


async def test_an_event_is_read_once_for_all_who_get_the_same() -> None:
    log = Log(["STARTED"])
    followers = [log.follow(after=0) for _ in range(300)]
    assert await asyncio.gather(*(told(follower, 2) for follower in followers)) == [[1, caught_up(1)]] * 300
    before = len(log.reads)
    log.add()
    assert await asyncio.gather(*(told(follower, 1) for follower in followers)) == [[2]] * 300
    assert len(log.reads) == before + 1


@pytest.mark.parametrize("length", [90, 5 * groups.ROOM])
async def test_a_crowd_that_reconnects_costs_no_more_reads_than_one(length: int) -> None:
    dice = Random(7)
    places = [dice.randrange(length - 80, length) for _ in range(200)]
    log = Log(["MESSAGE_SENT"] * length)
    followers = [log.follow(after=place) for place in places]
    answers = await asyncio.gather(
        *(told(follower, length - place + 1) for follower, place in zip(followers, places, strict=True))
    )
    assert answers == [[*range(place + 1, length + 1), caught_up(length)] for place in places]
    assert len(log.reads) <= 4


async def test_who_is_too_slow_is_told_so_and_resumes_where_it_was() -> None:
    log = Log(["STARTED"])
    slow, quick = log.follow(after=1), log.follow(after=1)
    assert await told(slow, 1) == await told(quick, 1) == [caught_up(1)]
    log.add()
    assert await told(slow, 1) == await told(quick, 1) == [2]
    log.add(*["MESSAGE_SENT"] * (groups.ROOM + 1))
    assert await told(quick, groups.ROOM + 1) == list(range(3, groups.ROOM + 4))
    assert await told(slow, 1) == [{"ChatLagged": {"seq": 2}}]
    with pytest.raises(StopAsyncIteration):
        await anext(slow)
    again = log.follow(after=2)
    rest = list(range(3, len(log.types) + 1))
    assert await told(again, len(rest) + 1) == [*rest, caught_up(len(log.types))]


async def test_what_soon_passes_is_told_once_to_those_it_is_for_and_never_replayed() -> None:
    log = Log(["STARTED"])
    follower = log.follow(after=1)
    assert await told(follower, 1) == [caught_up(1)]
    group = log.group_of_all
    for number in range(groups.PASSING + 5):
        group.pass_on("ChatTyping", {"name": number})
    assert await told(follower, groups.PASSING) == [
        {"ChatTyping": {"name": number}} for number in range(5, groups.PASSING + 5)
    ]
    late = log.follow(after=0)
    assert await told(late, 2) == [1, caught_up(1)]
    log.add()
    assert await told(late, 1) == await told(follower, 1) == [2]


async def test_what_soon_passes_is_dropped_first() -> None:
    log = Log(["STARTED"])
    follower = log.follow(after=1)
    assert await told(follower, 1) == [caught_up(1)]
    log.group_of_all.pass_on("ChatTyping", {})
    log.add(*["MESSAGE_SENT"] * 100)
    await asyncio.shield(log.group_of_all.flight.ask())
    assert await told(follower, 100) == list(range(2, 102))
    log.add()
    assert await told(follower, 1) == [102]


async def test_nobody_gets_from_memory_what_was_taken_out_since() -> None:
    log = Log(["STARTED", "MESSAGE_SENT"])
    first = log.follow(after=0)
    assert await told(first, 3) == [1, 2, caught_up(2)]
    log.add("MESSAGE_REDACTED")
    assert await told(first, 1) == [3]
    before = len(log.reads)
    assert await told(log.follow(after=0), 4) == [1, 2, 3, caught_up(3)]
    assert 0 in log.reads[before:]


async def test_who_becomes_somebody_else_goes_on_in_another_group_or_learns_that_it_counts_otherwise() -> None:
    log = Log(["STARTED", "MESSAGE_SENT"])
    follower, staff = log.follow(after=2), log.follow(after=2, viewer=STAFF)
    assert await told(follower, 1) == await told(staff, 1) == [caught_up(2)]
    follower.become(Viewer("user", {"user": 1}))
    staff.become(Viewer("member", {"user": 1, "staff": []}))
    log.add()
    assert await told(follower, 1) == await told(staff, 1) == [3]
    staff.become(ANONYMOUS)
    with pytest.raises(Conflict):
        await told(staff, 1)


async def test_who_becomes_somebody_else_while_they_join_goes_on() -> None:
    log = Log(["STARTED", "MESSAGE_SENT"])
    follower = log.follow(after=0)
    telling = asyncio.create_task(told(follower, 3))
    await asyncio.sleep(0)
    follower.become(Viewer("user", {"user": 1}))
    assert await telling == [1, 2, caught_up(2)]


async def test_who_becomes_somebody_else_while_a_page_is_read_for_them_goes_on() -> None:
    length = 2 * groups.ROOM
    log = Log(["MESSAGE_SENT"] * length)
    follower = log.follow(after=0)
    telling = asyncio.create_task(told(follower, length + 1))
    while log.reads.count(0) < 2:  # noqa: ASYNC110 - the first is of the group, the second of the page
        await asyncio.sleep(0)
    follower.become(Viewer("user", {"user": 1}))
    assert await telling == [*range(1, length + 1), caught_up(length)]


async def test_who_follows_no_more_while_they_join_is_told_nothing_and_keeps_nothing_alive() -> None:
    log = Log(["STARTED"])
    follower = log.follow(after=0)
    telling = asyncio.create_task(anext(follower))
    await asyncio.sleep(0)
    follower.close()
    with pytest.raises(StopAsyncIteration):
        await telling
    assert (log.groups, log.reads) == ({}, [])


async def test_a_database_that_is_away_for_a_while_is_waited_for() -> None:
    log = Log(["STARTED"])
    follower = log.follow(after=1)
    assert await told(follower, 1) == [caught_up(1)]
    log.is_down = True
    log.add()
    joining = asyncio.create_task(told(log.follow(after=0), 3))
    await asyncio.sleep(0.3)
    log.is_down = False
    assert await told(follower, 1) == [2]
    assert await joining == [1, 2, caught_up(2)]


async def test_a_database_that_stays_away_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.2)
    log = Log(["STARTED"], is_down=True)
    with pytest.raises(DatabaseUnavailable):
        await told(log.follow(after=0), 1)


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_nothing_is_lost_told_twice_or_out_of_order(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Followers of every speed come, are cut off and resume, while entries come, wake-ups get lost and reads fail."""
    dice = Random(seed)
    monkeypatch.setattr(groups, "ROOM", 20)
    monkeypatch.setattr(groups, "PAGE", 8)
    monkeypatch.setattr(reading, "FIRST_PAUSE", 0.001)
    log, total = Log(["STARTED"] * dice.randrange(60)), 300

    async def write() -> None:
        while len(log.types) < total:
            types = dice.choices(["MESSAGE_SENT", "MESSAGE_REDACTED"], [9, 1], k=dice.randrange(1, 12))
            log.types += types
            if dice.random() < 0.7:
                log.wake()
            log.is_down = dice.random() < 0.1
            await asyncio.sleep(dice.random() * 0.004)
        log.is_down = False

    async def poll() -> None:
        while True:
            await asyncio.sleep(0.01)
            log.wake()

    async def read() -> list[int]:
        got: list[int] = []
        while len(got) < total:
            follower = log.follow(after=len(got))
            async for body in follower:
                if body.isdigit():
                    got.append(int(body))
                if len(got) >= total or dice.random() < 0.02:
                    break
                if dice.random() < 0.2:
                    await asyncio.sleep(dice.random() * 0.01)
            follower.close()
        return got

    polling = asyncio.create_task(poll())
    async with asyncio.timeout(20):
        _, *logs = await asyncio.gather(write(), *(read() for _ in range(8)))
    polling.cancel()
    assert logs == [[*range(1, len(log.types) + 1)][:total]] * 8
    assert not log.groups
