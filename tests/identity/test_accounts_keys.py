"""Keys: who may make them, what they may say, and that only their hashes are kept."""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

import models
from app.services.accounts import keys
from app.services.accounts.keys import MadeKey, NewKey
from app.services.accounts.scopes import check_scopes, is_scope, nouns
from app.services.accounts.tokens import digest
from graph.access.policy import is_named
from graph.engine.model.entities import describe
from tests.identity.accounts import Desk, refusal, refusals


async def business(desk: Desk, slug: str = "shop") -> UUID:
    found: UUID = await desk.value(
        "INSERT INTO business.businesses (name, slug, type) VALUES (:s, :s, 'RETAIL') RETURNING id", s=slug
    )
    return found


async def member(desk: Desk, of: UUID, role: str = "OWNER", email: str = "ada@x.example", **values: Any) -> UUID:
    user = await desk.person(email, **values)
    await desk.rows(
        "INSERT INTO identity.memberships (business_id, user_id, role) VALUES (:b, :u, :r) RETURNING id",
        b=of,
        u=user,
        r=role,
    )
    return user


async def made(desk: Desk, by: UUID, new: NewKey) -> MadeKey:
    return await desk.done(lambda session: keys.create_key(session, new, by, desk.at))


async def revoked(desk: Desk, by: UUID, key: UUID, reason: str | None = None) -> Any:
    return await desk.done(lambda session: keys.revoke_key(session, key, by, desk.at, reason))


async def test_an_owner_makes_a_key_whose_secret_is_told_once(desk: Desk) -> None:
    shop = await business(desk)
    owner = await member(desk, shop)
    row, secret = await made(
        desk, owner, NewKey(shop, " Nightly export ", ["orders:read", "catalog:write", "orders:read"])
    )
    assert re.fullmatch(r"agora_k_[0-9a-f]{10}_[A-Za-z0-9_-]{43}", secret)
    (stored,) = await desk.rows("SELECT * FROM gateway.api_keys")
    assert (stored["key_hash"], stored["prefix"]) == (digest(secret), secret[:18])
    assert secret not in str(stored)
    assert secret[18:] not in str(stored)
    assert (stored["name"], stored["scopes"], stored["status"]) == (
        "Nightly export",
        ["catalog:write", "orders:read"],
        "ACTIVE",
    )
    assert (stored["created_by_id"], stored["secret_hash"]) == (owner, None)
    (event,) = await desk.rows("SELECT * FROM identity.security_events")
    assert (event["type"], event["user_id"], event["api_key_id"], event["business_id"]) == (
        "API_KEY_CREATED",
        owner,
        row.id,
        shop,
    )
    assert secret not in str(event)


@pytest.mark.parametrize("role", ["VIEWER", "STAFF", "MANAGER"])
async def test_members_who_own_nothing_make_no_keys_and_take_none_back(desk: Desk, role: str) -> None:
    shop = await business(desk)
    owner = await member(desk, shop)
    other = await member(desk, shop, role, "bob@x.example")
    assert await refusal(made(desk, other, NewKey(shop, "Key", ["*"]))) == ("FORBIDDEN", "businessId")
    key = (await made(desk, owner, NewKey(shop, "Key", ["*"]))).row.id
    assert await refusal(revoked(desk, other, key)) == ("NOT_FOUND", "apiKeyId")


async def test_the_owner_of_another_business_is_told_the_same_as_for_none(desk: Desk) -> None:
    shop, own = await business(desk), await business(desk, "own")
    owner = await member(desk, shop)
    stranger = await member(desk, own, email="bob@x.example")
    key = (await made(desk, owner, NewKey(shop, "Key", ["*"]))).row.id
    for where in (shop, uuid4()):
        assert await refusal(made(desk, stranger, NewKey(where, "Key", ["*"]))) == ("FORBIDDEN", "businessId")
    for what in (key, uuid4()):
        assert await refusal(revoked(desk, stranger, what)) == ("NOT_FOUND", "apiKeyId")
    assert await desk.value("SELECT status FROM gateway.api_keys") == "ACTIVE"


@pytest.mark.parametrize("state", [{"is_active": False}, {"is_superuser": True, "is_active": False}])
async def test_an_owner_whose_account_is_closed_makes_no_keys(desk: Desk, state: dict[str, Any]) -> None:
    shop = await business(desk)
    owner = await member(desk, shop, **state)
    assert await refusal(made(desk, owner, NewKey(shop, "Key", ["*"]))) == ("FORBIDDEN", "businessId")


async def test_an_administrator_makes_keys_for_any_business_that_there_is(desk: Desk) -> None:
    shop, admin = await business(desk), await desk.person(is_superuser=True)
    key = (await made(desk, admin, NewKey(shop, "Key", ["*"]))).row.id
    await revoked(desk, admin, key)
    assert await refusal(made(desk, admin, NewKey(uuid4(), "Key", ["*"]))) == ("NOT_FOUND", "businessId")


async def test_a_key_says_from_where_and_until_when_it_may_be_used(desk: Desk) -> None:
    shop = await business(desk)
    owner = await member(desk, shop)
    desk_month = desk.now.replace(year=desk.now.year + 1, day=1)
    given = NewKey(shop, "Key", ["*"], None, ["192.0.2.1", " 2001:db8::1/32"], [" Shop.Example "], desk_month, 5, 50)
    row = (await made(desk, owner, given)).row
    assert row.allowed_ips == ["192.0.2.1/32", "2001:db8::/32"]
    assert row.allowed_domains == ["shop.example"]
    assert (row.expires_at, row.rate_limit_per_hour, row.rate_limit_per_day) == (desk_month, 5, 50)


async def test_a_key_acts_as_an_agent_of_its_own_business_alone(desk: Desk) -> None:
    shop, own = await business(desk), await business(desk, "own")
    owner = await member(desk, shop)
    insert = "INSERT INTO agents.agents (business_id, name, slug, type) VALUES (:b, 'bot', 'bot', 'SALES') RETURNING id"
    agent, foreign = await desk.value(insert, b=shop), await desk.value(insert, b=own)
    assert (await made(desk, owner, NewKey(shop, "Key", ["*"], agent))).row.agent_id == agent
    for wrong in (foreign, uuid4()):
        assert await refusal(made(desk, owner, NewKey(shop, "Key", ["*"], wrong))) == ("NOT_FOUND", "agentId")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"scopes": []}, "scopes"),
        ({"allowed_ips": ["300.0.0.1"]}, "allowedIps"),
        ({"allowed_ips": ["192.0.2.1"] * 101}, "allowedIps"),
        ({"allowed_domains": ["https://shop.example"]}, "allowedDomains"),
        ({"allowed_domains": ["*.example"]}, "allowedDomains"),
        ({"allowed_domains": ["x" * 64 + ".example"]}, "allowedDomains"),
        ({"allowed_domains": ["shop.example\n.evil"]}, "allowedDomains"),
        ({"rate_limit_per_hour": 0}, "rateLimitPerHour"),
        ({"rate_limit_per_hour": 20_000}, "rateLimitPerDay"),
        ({"rate_limit_per_day": 2**31}, "rateLimitPerDay"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(desk: Desk, values: dict[str, Any], field: str) -> None:
    shop = await business(desk)
    owner = await member(desk, shop)
    assert await refusal(made(desk, owner, replace(NewKey(shop, "Key", ["*"]), **values))) == ("BAD_USER_INPUT", field)


async def test_every_reason_is_told_at_once(desk: Desk) -> None:
    shop = await business(desk)
    owner = await member(desk, shop)
    wrong = NewKey(shop, "", ["all"], uuid4(), expires_at=desk.now)
    found = await refusals(made(desk, owner, wrong))
    assert {refusal.field for refusal in found} == {"name", "expiresAt", "scopes", "agentId"}


async def test_a_key_is_taken_back_once_with_the_reason(desk: Desk) -> None:
    shop = await business(desk)
    owner = await member(desk, shop)
    key = (await made(desk, owner, NewKey(shop, "Key", ["*"]))).row.id
    assert await refusal(revoked(desk, owner, key, "x" * 201)) == ("BAD_USER_INPUT", "reason")
    await revoked(desk, owner, key, "Leaked.")
    (stored,) = await desk.rows("SELECT * FROM gateway.api_keys")
    assert (stored["status"], stored["revoked_at"], stored["revoked_reason"]) == ("REVOKED", desk.now, "Leaked.")
    assert (stored["version"], stored["updated_by_id"]) == (2, owner)
    assert await desk.events() == ["API_KEY_CREATED", "API_KEY_REVOKED"]
    assert await refusal(revoked(desk, owner, key)) == ("CONFLICT", "apiKeyId")


@pytest.mark.parametrize("scope", ["*", "orders:read", "orders:write", "sales:read", "support_tickets:write"])
def test_a_scope_names_a_list_or_a_domain_and_what_may_be_done(scope: str) -> None:
    assert is_scope(scope)
    assert check_scopes([scope]) == []


@pytest.mark.parametrize(
    "scope",
    ["", "orders", "orders:", ":read", "orders:delete", "orders:read:write", "*:read", "Orders:read", "orders:read "],
)
def test_anything_else_is_no_scope_and_named(scope: str) -> None:
    (found,) = check_scopes(["orders:read", scope])
    assert (found.code, found.field) == ("BAD_USER_INPUT", "scopes")
    assert f'"{scope}" is not' in found.message


def test_every_scope_opens_something() -> None:
    entities = list(describe(models.Base))
    for noun in nouns():
        assert any(is_named(entity.table, frozenset({f"{noun}:read"}), writing=False) for entity in entities), noun
    assert len(nouns()) > 200
