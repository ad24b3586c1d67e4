"""`agora user` and `agora key`, on a database of their own."""

import asyncio
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.users import key, user
from app.services.accounts.tokens import digest
from tests.identity.accounts import EMAIL, OTHER, PASSWORD, Desk

ADA = [EMAIL, "--first-name", "Ada", "--last-name", "L"]


@pytest.fixture
def agora(committed: str) -> Any:
    """Run a command with a line on standard input."""

    async def run(group: Any, *arguments: str, typed: str = "") -> Result:
        environment = {"AGORA_DATABASE_URL": committed}
        return await asyncio.to_thread(CliRunner().invoke, group, arguments, typed, environment)

    return run


async def changes(desk: Desk) -> list[dict[str, Any]]:
    """What became of rights: each of it severe, and of whom."""
    found = await desk.rows(
        "SELECT e.* FROM identity.security_events e JOIN identity.users u ON u.id = e.user_id "
        "WHERE e.type = 'PERMISSION_CHANGED' ORDER BY e.id"
    )
    assert all(row["severity"] == "HIGH" and row["ip_address"] is None for row in found)
    return [row["details"] for row in found]


async def test_a_person_is_made_who_may_sign_in(agora: Any, real: Desk) -> None:
    done = await agora(user, "create", *ADA, typed=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    await real.sign_in()
    found = await real.user()
    assert (found["is_superuser"], found["email_verified_at"] is not None) == (False, True)
    assert await changes(real) == [{"is_superuser": False, "account": "OPENED"}]


async def test_an_administrator_is_made_and_the_event_is_noted(agora: Any, real: Desk) -> None:
    assert (await agora(user, "create", *ADA, "--admin", typed=PASSWORD)).exit_code == 0
    assert (await real.user())["is_superuser"]
    audit = await real.rows("SELECT DISTINCT operation FROM ops.audit_logs WHERE entity_type = 'User'")
    assert [row["operation"] for row in audit] == ["agora user create"]
    assert await changes(real) == [{"is_superuser": True, "account": "OPENED"}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "agora: password must have 10 to 200 characters"), ("password123\n", "agora: password is among the first")],
)
async def test_a_bad_password_is_refused_in_a_line(agora: Any, real: Desk, typed: str, said: str) -> None:
    done = await agora(user, "create", *ADA, typed=typed)
    assert done.exit_code == 1
    assert said in done.stderr
    assert await real.rows("SELECT 1 FROM identity.users") == []


async def test_an_address_that_is_taken_is_named(agora: Any, real: Desk) -> None:
    await real.person()
    done = await agora(user, "create", *ADA, typed=OTHER)
    assert (done.exit_code, done.stderr) == (1, "agora: email is already taken by another user\n")


async def test_a_person_is_promoted_once(agora: Any, real: Desk) -> None:
    await real.person()
    for _ in range(2):
        assert (await agora(user, "promote", EMAIL.upper())).exit_code == 0
    assert (await real.user())["is_superuser"]
    assert await changes(real) == [{"is_superuser": True}]
    done = await agora(user, "promote", "no@x.example")
    assert (done.exit_code, done.stderr) == (1, "agora: email is not an active user's\n")


async def test_a_key_is_printed_once_and_taken_back(agora: Any, real: Desk) -> None:
    await real.rows("INSERT INTO business.businesses (name, slug, type) VALUES ('s', 'shop', 'RETAIL') RETURNING id")
    done = await agora(
        key, "create", "shop", "Export", "--scope", "orders:read", "--ip", "192.0.2.1", "--expires", "2999-01-01"
    )
    assert done.exit_code == 0, done.output
    secret = done.stdout.strip()
    (stored,) = await real.rows("SELECT * FROM gateway.api_keys")
    assert (stored["key_hash"], stored["created_by_id"], stored["expires_at"].year) == (digest(secret), None, 2999)
    assert (await agora(key, "revoke", "shop", stored["prefix"], "--reason", "Leaked.")).exit_code == 0
    again = await agora(key, "revoke", "shop", stored["prefix"])
    assert (again.exit_code, "was revoked already" in again.stderr) == (1, True)
    assert await real.events() == ["API_KEY_CREATED", "API_KEY_REVOKED"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "none", "Export", "--scope", "*"], "business names no business"),
        (["create", "shop", "Export", "--scope", "all"], "scopes must each be a list or domain"),
        (["revoke", "shop", "agora_k_0123456789"], "prefix names no key of the business"),
    ],
)
async def test_what_cannot_be_is_said_in_a_line(agora: Any, real: Desk, arguments: list[str], said: str) -> None:
    await real.rows("INSERT INTO business.businesses (name, slug, type) VALUES ('s', 'shop', 'RETAIL') RETURNING id")
    done = await agora(key, *arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
