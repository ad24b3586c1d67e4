"""All data about a person as a file: what is in it, who can fetch it, and what becomes of it."""

import asyncio
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from app.claims import Claims
from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from app.services.privacy import requests
from app.services.privacy.exporting import exported, query, write_export
from app.services.privacy.subjects import known_as
from app.services.privacy.vault import LIFE, Vault
from models.identity import PrivacyRequest
from tests.http.conftest import serving
from tests.identity.accounts import Desk, refusals
from tests.identity.asking import Asking, codes

EXPORT = """mutation { exportMyData { privacyRequest { id type status exportUrl verifiedAt dueAt requestedAt }
  userErrors { code field message } } }"""
READ = "query($id: ID!) { privacyRequest(id: $id) { status exportUrl exportExpiresAt result } }"
STATE = "SELECT status, result, export_url FROM identity.privacy_requests WHERE id = :id"


async def asked(desk: Desk, user: UUID, session: UUID | None = None) -> PrivacyRequest:
    return await desk.done(lambda found: requests.ask_for_export(found, user, session, desk.at))


async def rows_of(desk: Desk, vault: Vault, user: UUID) -> dict[str, list[dict[str, Any]]]:
    """What the export of a person holds."""
    file = vault.file(uuid4())
    async with desk.begin() as session:
        await write_export(session, await known_as(session, user), file, desk.now)
    rows: dict[str, list[dict[str, Any]]] = orjson.loads(file.read_bytes())["rows"]
    return {name: found for name, found in rows.items() if found}


async def test_a_person_gets_one_file_however_often_they_ask(real: Desk, claims: Claims, vault: Vault) -> None:
    user = await real.person()
    first, second = await asyncio.gather(asked(real, user), asked(real, user))
    assert first.id == second.id
    assert (first.status, first.due_at - first.requested_at) == ("VERIFIED", timedelta(days=30))
    assert await claims.once()
    assert not await claims.once()
    (row,) = await real.rows(STATE, id=first.id)
    assert row["status"] == "COMPLETED"
    assert row["result"]["User"] == 1
    assert vault.request_of(row["export_url"].removeprefix("/exports/")) == first.id
    assert (await asked(real, user)).id != first.id
    assert "DATA_EXPORTED" in await real.events()
    assert (await real.notices())[-1] == {"template": "privacy.exported"}


async def test_the_file_is_for_its_owner_alone_and_readable_text(real: Desk, claims: Claims, vault: Vault) -> None:
    user = await real.person(first_name="Zoë")
    request = await asked(real, user)
    await claims.once()
    file = vault.file(request.id)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [found.name for found in file.parent.iterdir()] == [file.name]
    text = file.read_bytes().decode()
    assert '"firstName":"Zoë"' in text
    assert orjson.loads(text)["user"] == f"user_{user}"


async def test_a_claim_whose_process_ended_is_taken_up_again_and_another_is_left_alone(
    real: Desk, claims: Claims
) -> None:
    request = await asked(real, await real.person())
    real.now = datetime.now(UTC)
    assert await real.done(lambda session: requests.take(session, real.now)) == request.id
    assert await real.done(lambda session: requests.take(session, real.now)) is None
    real.wait(minutes=6)
    assert await real.done(lambda session: requests.take(session, real.now)) == request.id


async def test_two_processes_never_deal_with_the_same_claim(real: Desk, claims: Claims, vault: Vault) -> None:
    for number in range(4):
        await asked(real, await real.person(f"p{number}@x.example"))
    others = [Claims(claims.database, vault) for _ in range(4)]
    assert await asyncio.gather(*(other.once() for other in others)) == [True] * 4
    assert not await claims.once()
    assert await real.value("SELECT count(*) FROM identity.privacy_requests WHERE status = 'COMPLETED'") == 4
    assert (await real.events()).count("DATA_EXPORTED") == 4


async def test_what_people_deal_with_is_left_to_them(real: Desk, claims: Claims) -> None:
    user = await real.person()
    written = (
        "INSERT INTO identity.privacy_requests (user_id, email, type, status, message, requested_at, due_at) "
        "VALUES (:u, 'ada@x.example', :t, 'VERIFIED', 'Please.', :n, :n) RETURNING id"
    )
    for kind in ("EXPORT", "ERASURE", "OBJECTION"):
        await real.rows(written, u=user, t=kind, n=real.now)
    assert not await claims.once()


async def test_somebody_who_only_shops_gets_no_copy_of_everything(real: Desk) -> None:
    user = await real.person()
    business = await real.value(
        "INSERT INTO business.businesses (name, slug, type) VALUES ('B', 'b', 'OTHER') RETURNING id"
    )
    customer = await real.value(
        "INSERT INTO customers.customers (business_id, user_id, email) VALUES (:b, :u, 'a@x.example') RETURNING id",
        b=business,
        u=user,
    )
    shopping = await real.value(
        "INSERT INTO identity.login_sessions (user_id, customer_id, type, token_hash, expires_at) "
        "VALUES (:u, :c, 'CUSTOMER', 'h', now() + interval '1 day') RETURNING id",
        u=user,
        c=customer,
    )
    assert await refusals(asked(real, user, shopping)) == (requests.SHOPPING,)


async def test_every_entity_of_the_table_can_be_read_on_the_sample_data(
    sampled: Database, vault: Vault, passwords: Passwords
) -> None:
    desk = Desk(sampled.transaction, passwords)
    user = await desk.value(
        "SELECT c.user_id FROM customers.customers c JOIN sales.orders o ON o.customer_id = c.id "
        "WHERE c.user_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    rows = await rows_of(desk, vault, user)
    assert set(rows) <= set(exported())
    (customer,) = rows["Customer"]
    orders = await desk.rows("SELECT id FROM sales.orders WHERE customer_id = :c", c=UUID(customer["id"]))
    assert {row["id"] for row in rows["Order"]} == {str(row["id"]) for row in orders}
    assert len(rows["OrderItem"]) >= len(orders)
    assert not any("internalNotes" in row for row in rows["Order"])
    assert not any("unitCost" in row for row in rows["OrderItem"])
    assert not {"notes", "churnRisk", "tags"} & set(customer)


@pytest.mark.parametrize("name", exported())
def test_no_secret_is_in_an_export(name: str) -> None:
    assert not {"password_hash", "token_hash", "provider_token", "key_hash"} & set(
        query(name).replace('"', " ").split()
    )


async def test_nobody_elses_rows_are_in_an_export(sampled: Database, vault: Vault, passwords: Passwords) -> None:
    desk = Desk(sampled.transaction, passwords)
    users = await desk.rows("SELECT id FROM identity.users ORDER BY id LIMIT 2")
    mine, theirs = [await rows_of(desk, vault, row["id"]) for row in users]
    for name in ("User", "LoginSession", "Application", "GdprConsent"):
        assert not {row["id"] for row in mine.get(name, [])} & {row["id"] for row in theirs.get(name, [])}
        assert all(row.get("userId", str(users[0]["id"])) == str(users[0]["id"]) for row in mine.get(name, []))


async def test_the_api_tells_of_the_claim_and_only_the_person_learns_the_link(
    real: Desk, asking: Asking, claims: Claims
) -> None:
    user, other = await real.person(), await real.person("other@x.example")
    assert codes(await asking(EXPORT)) == [("UNAUTHENTICATED", None)]
    made = (await asking.by_person(user)(EXPORT))["privacyRequest"]
    assert (made["type"], made["status"], made["exportUrl"]) == ("EXPORT", "VERIFIED", None)
    assert (await asking(EXPORT))["privacyRequest"]["id"] == made["id"]
    await claims.once()
    found = await asking(READ, id=made["id"])
    assert found["status"] == "COMPLETED"
    assert found["exportUrl"].startswith("/exports/")
    assert (await asking.by_person(other).answer(READ, id=made["id"]))["data"] == {"privacyRequest": None}


async def test_asking_wakes_whoever_deals_with_it(
    database: Database, passwords: Passwords, asking: Asking, real: Desk
) -> None:
    woken = asyncio.Event()
    user = await real.person()
    teller = Asking(database, database.reads.acquire, passwords, asking.engine.schema, wake=woken.set)
    await teller.by_person(user)(EXPORT)
    assert woken.is_set()


async def test_over_http_the_file_is_there_a_moment_later_and_its_link_opens_nothing_else(
    real: Desk, committed: str, tmp_path: Path
) -> None:
    token = (await real.sign_in((await real.user(await _somebody(real)))["email"])).token
    headers = {"authorization": f"Bearer {token}"}
    async with serving(lambda: connected(committed, read_size=2, write_size=2), None, data_dir=tmp_path) as (client, _):
        answer = (await client.post("/graphql", json={"query": EXPORT}, headers=headers)).json()
        wanted = answer["data"]["exportMyData"]["privacyRequest"]["id"]
        url = None
        async with asyncio.timeout(30):
            while url is None:
                await asyncio.sleep(0.05)
                body = {"query": READ, "variables": {"id": wanted}}
                read = (await client.post("/graphql", json=body, headers=headers)).json()
                url = read["data"]["privacyRequest"]["exportUrl"]
        found = await client.get(url)
        assert found.status_code == 200
        assert found.headers["content-type"] == "application/json"
        assert found.headers["content-disposition"].startswith("attachment;")
        assert found.headers["cache-control"] == "no-store"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.json()["rows"]["User"][0]["email"] == "ada@x.example"
        forged = [await client.get(wrong) for wrong in (url[:-2] + "xx", "/exports/x", f"/exports/{'x' * 999}")]
        assert {(answer.status_code, len(answer.content)) for answer in forged} == {(404, len(forged[0].content))}
        assert (await client.post(url)).status_code == 405
        await real.rows("UPDATE identity.privacy_requests SET export_url = NULL RETURNING id")
        gone = await client.get(url)
        assert (gone.status_code, gone.content) == (404, forged[0].content)


async def _somebody(real: Desk) -> str:
    await real.person()
    return "ada@x.example"


def test_a_link_is_good_for_a_day_and_only_with_the_same_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, wanted = Vault(tmp_path), uuid4()
    token = vault.link(wanted).removeprefix("/exports/")
    assert Vault(tmp_path).request_of(token) == wanted
    assert Vault(tmp_path, "another secret").request_of(token) is None
    assert Vault(tmp_path / "elsewhere").request_of(token) is None
    assert not (tmp_path / "elsewhere").exists()
    later = datetime.now(UTC).timestamp() + LIFE.total_seconds() + 2
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert vault.request_of(token) is None


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    wanted = uuid4()
    tokens = [Vault(tmp_path).link(wanted) for _ in range(3)]
    assert all(Vault(tmp_path).request_of(token.removeprefix("/exports/")) == wanted for token in tokens)
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert len((tmp_path / "secret").read_text()) > 40


def test_what_is_sealed_is_read_with_the_secret_alone(tmp_path: Path) -> None:
    sealed = Vault(tmp_path).seal("ada@x.example")
    assert "ada" not in sealed
    assert Vault(tmp_path).unseal(sealed) == "ada@x.example"
    assert Vault(tmp_path, "another secret").unseal(sealed) is None


async def test_old_files_are_swept_and_new_ones_stay(claims: Claims, vault: Vault, tmp_path: Path) -> None:
    old, new = vault.file(uuid4()), vault.file(uuid4())
    old.parent.mkdir()
    for file in (old, new):
        file.touch()
    before = datetime.now(UTC).timestamp() - LIFE.total_seconds() - 60
    os.utime(old, (before, before))
    await claims.tidy()
    assert (old.exists(), new.exists()) == (False, True)
