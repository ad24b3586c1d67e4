"""The embedded PostgreSQL after every kind of kill -9."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded import running
from app.embedded.postmaster import read_postmaster
from tests.app.embedded_users import (
    User,
    answers,
    ask,
    eventually,
    gone,
    keeper,
    kill,
    postmaster,
    processes,
    psql,
    users,
)

pytestmark = pytest.mark.long

Start = Callable[..., User]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    with users(data) as start:
        yield start


def _kept(data: Path) -> str:
    return ask(data, "SELECT n FROM kept")


def _keep(data: Path) -> None:
    ask(data, "CREATE TABLE kept AS SELECT 7 AS n")


def test_the_server_does_not_outlive_its_only_user(data: Path, start: Start) -> None:
    user = start().joined()
    _keep(data)
    user.kill()
    assert eventually(lambda: gone(data), within=5)
    start().joined()
    assert _kept(data) == "7"


def test_the_server_lives_as_long_as_one_of_its_users(data: Path, start: Start) -> None:
    first, second = start().joined(), start().joined()
    server = postmaster(data)
    first.kill()
    time.sleep(1)
    assert (answers(data), postmaster(data)) == (True, server)
    second.kill()
    assert eventually(lambda: gone(data), within=5)


@pytest.mark.parametrize("stage", ["PG_VERSION", "base/1", "base/5"])
def test_a_killed_creation_leaves_nothing_that_hinders_the_next(data: Path, start: Start, stage: str) -> None:
    user = start()
    assert eventually((data / "pg.tmp" / stage).exists)
    kill(user.process.pid, keeper(data), *processes(data))
    assert not (data / "pg").exists()
    start().joined()
    assert answers(data)
    assert not (data / "pg.tmp").exists()


def test_a_creation_is_given_up_when_nobody_waits_for_it(data: Path, start: Start) -> None:
    user = start()
    assert eventually((data / "pg.tmp" / "PG_VERSION").exists)
    user.kill()
    assert eventually(lambda: gone(data), within=5)
    assert not (data / "pg").exists()


def test_a_server_whose_postmaster_dies_comes_back(data: Path, start: Start) -> None:
    user = start().joined()
    _keep(data)
    dead = postmaster(data)
    kill(dead)
    assert eventually(lambda: answers(data) and postmaster(data) != dead)
    assert _kept(data) == "7"
    user.leave()
    assert gone(data)


def test_a_server_all_of_whose_processes_die_comes_back(data: Path, start: Start) -> None:
    start().joined()
    _keep(data)
    dead = processes(data)
    kill(*dead)
    assert eventually(lambda: answers(data) and postmaster(data) not in dead)
    assert _kept(data) == "7"


def test_a_server_that_keeps_dying_is_given_up_until_the_next_start(data: Path, start: Start) -> None:
    user = start().joined()
    while eventually(lambda: answers(data), within=5):
        kill(postmaster(data))
    assert eventually(lambda: gone(data), within=5)
    start().joined()
    assert answers(data)
    user.leave()
    assert answers(data)


def test_the_server_goes_down_with_its_keeper_and_the_next_start_brings_it_back(data: Path, start: Start) -> None:
    user = start().joined()
    _keep(data)
    kill(keeper(data))
    assert eventually(lambda: not processes(data), within=10)
    start().joined()
    assert _kept(data) == "7"
    user.leave()
    assert answers(data)


def test_a_start_right_after_the_keeper_was_killed_waits_for_the_old_server(data: Path, start: Start) -> None:
    start().joined()
    _keep(data)
    kill(keeper(data))
    start().joined()
    assert _kept(data) == "7"


def test_a_start_after_everything_was_killed_works(data: Path, start: Start) -> None:
    user = start().joined()
    _keep(data)
    kill(user.process.pid, keeper(data), *processes(data))
    start().joined()
    assert _kept(data) == "7"


def test_a_backend_that_survives_its_server_does_not_stop_the_next(data: Path, start: Start) -> None:
    user = start().joined()
    _keep(data)
    with _busy(data):
        kill(user.process.pid, keeper(data), postmaster(data))
        begun = time.monotonic()
        following = start()
        assert following.hear() == ("progress", "waiting for an earlier PostgreSQL to end")
        following.joined()
        assert time.monotonic() - begun < 10
    assert _kept(data) == "7"


def _busy(data: Path) -> subprocess.Popen[bytes]:
    """A client whose backend computes without ever looking up."""
    found = read_postmaster(data / "pg")
    assert found
    loop = "DO $$ BEGIN LOOP END LOOP; END $$"
    client = subprocess.Popen(
        [psql(), "-X", "-U", "agora", "-h", str(found.socket_dir), "-c", loop, "agora"],
        stderr=subprocess.DEVNULL,
    )
    active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO%'"
    assert eventually(lambda: ask(data, active) == "1")
    return client


def test_a_process_id_that_now_belongs_to_a_stranger_is_no_hindrance(data: Path, start: Start) -> None:
    user = start().joined()
    _keep(data)
    stale = (data / "pg" / "postmaster.pid").read_text().splitlines()
    kill(user.process.pid, keeper(data), *processes(data))
    (data / "pg" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *stale[1:], ""]))
    start().joined()
    assert _kept(data) == "7"


def test_a_user_that_comes_while_the_server_stops_gets_a_new_one(data: Path, start: Start) -> None:
    for _ in range(5):
        leaving = start().joined()
        leaving.tell()
        coming = start().joined()
        assert answers(data)
        coming.kill()
        assert start().joined() and answers(data)


def test_many_that_come_go_and_die_always_find_a_server(data: Path, start: Start) -> None:
    for turn in range(12):
        crowd = [start() for _ in range(3)]
        for user in crowd:
            user.joined()
        assert answers(data)
        for place, user in enumerate(crowd):
            (user.kill if (turn + place) % 2 else user.leave)()
    assert eventually(lambda: gone(data), within=5)


def test_a_user_killed_while_it_starts_leaves_the_way_free(data: Path, start: Start) -> None:
    with running(data):
        pass
    for delay in range(0, 200, 20):
        victim = start()
        time.sleep(delay / 1000)
        victim.kill()
        assert start().joined() and answers(data)


def test_signals_of_a_service_manager_leave_the_keeper_to_its_users(data: Path, start: Start) -> None:
    user = start().joined()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(keeper(data), number)
    time.sleep(0.5)
    assert answers(data)
    user.leave()
    assert gone(data)
