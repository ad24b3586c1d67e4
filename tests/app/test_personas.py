"""People of the sample data whom one can be, and where their tokens are shown."""

import stat
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from app import personas
from app.cli import main
from app.http.graphiql import page
from app.http.sites import is_local
from app.services.accounts.tokens import digest

NAMES = ["admin", "owner", "manager", "staff", "client", "freelancer", "customer"]


async def test_each_is_signed_in_once_and_keeps_the_token(sample: asyncpg.Connection, tmp_path: Path) -> None:
    found = await personas.ensure(sample, tmp_path)
    assert list(found) == NAMES
    assert await personas.ensure(sample, tmp_path) == found == personas.known(tmp_path)
    assert stat.S_IMODE((tmp_path / personas.FILE).stat().st_mode) == 0o600
    hashes = [digest(one["token"]) for one in found.values()]
    assert await sample.fetchval("SELECT count(*) FROM identity.login_sessions WHERE token_hash = ANY($1)", hashes) == 7


async def test_who_was_signed_out_gets_another_token(sample: asyncpg.Connection, tmp_path: Path) -> None:
    before = await personas.ensure(sample, tmp_path)
    await sample.execute("UPDATE identity.login_sessions SET revoked_at = now(), revoked_reason = 'SIGNED_OUT'")
    after = await personas.ensure(sample, tmp_path)
    assert {one["token"] for one in before.values()}.isdisjoint(one["token"] for one in after.values())


async def test_nobody_is_signed_in_who_is_not_of_the_sample_data(sample: asyncpg.Connection, tmp_path: Path) -> None:
    await sample.execute("UPDATE identity.users SET email = replace(email, '.example', '.com')")
    assert await personas.ensure(sample, tmp_path) == {}


async def test_the_command_line_prints_a_token(
    sample: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGORA_DATA_DIR", str(tmp_path))
    run = CliRunner().invoke
    assert run(main, ["persona"]).exit_code == 1
    found = await personas.ensure(sample, tmp_path)
    assert run(main, ["persona", "owner"]).stdout.strip() == found["owner"]["token"]
    listed = run(main, ["persona"]).stdout
    assert all(name in listed and found[name]["token"] not in listed for name in NAMES)
    assert run(main, ["persona", "god"]).exit_code == 2


@pytest.mark.parametrize(
    ("address", "host", "local"),
    [
        ("127.0.0.1", b"127.0.0.1:8000", True),
        ("127.0.0.1", b"localhost", True),
        ("::1", b"[::1]:8000", True),
        ("127.0.0.1", b"rebound.example:8000", False),
        ("127.0.0.1", b"", False),
        ("192.0.2.1", b"localhost:8000", False),
    ],
)
def test_the_page_shows_a_token_on_this_machine_only(address: str, host: bytes, local: bool) -> None:
    assert is_local({"client": (address, 1)}, {b"host": host}) is local
    assert b"agora_s_x" in page("agora_s_x") and b"agora_s_" not in page()
