"""What is one transaction, what is tried again, and what is done once."""

import asyncio
import hmac
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from graph.access.viewers import person
from graph.engine.writing.values import json_of
from tests.writing.conftest import BUSINESS, SHOP, Shop

NEW = {"businessId": BUSINESS, "name": "Lamp", "slug": "lamp", "price": "10"}
TWO = """mutation($a: CreateProductInput!, $b: CreateProductInput!) %s {
  a: createProduct(input: $a) { product { slug } userErrors { code message } }
  b: createProduct(input: $b) { product { slug } userErrors { code message } }
}"""


async def test_each_field_is_a_transaction_of_its_own(shop: Shop) -> None:
    done = (await shop(TWO % "", a=NEW, b=NEW))["data"]
    assert done["a"] == {"product": {"slug": "lamp"}, "userErrors": []}
    assert [error["code"] for error in done["b"]["userErrors"]] == ["CONFLICT"]
    assert len(await shop.rows("SELECT 1 FROM catalog.products")) == 1


async def test_an_atomic_mutation_is_one_transaction(shop: Shop) -> None:
    done = (await shop(TWO % "@atomic", a=NEW, b=NEW))["data"]
    assert done["a"]["product"] is None
    assert [error["message"] for error in done["a"]["userErrors"]] == [
        "Undone, because another field of this @atomic mutation was refused."
    ]
    assert [error["code"] for error in done["b"]["userErrors"]] == ["CONFLICT"]
    assert await shop.rows("SELECT 1 FROM catalog.products") == []
    done = (await shop(TWO % "@atomic", a=NEW, b={**NEW, "slug": "torch"}))["data"]
    assert [done[key]["product"] for key in "ab"] == [{"slug": "lamp"}, {"slug": "torch"}]


async def test_what_makes_its_own_transactions_is_part_of_no_other(shop: Shop) -> None:
    query = 'mutation @atomic { a: signIn(input: {email: "a", password: "b"}) { token } b: signOut { signedOut } }'
    answer = await shop(query)
    assert answer["errors"][0]["message"] == (
        '"signIn" makes transactions of its own: it cannot be part of an @atomic mutation.'
    )


async def test_transactions_that_wait_for_each_other_are_tried_again(shop: Shop) -> None:
    one, two = await shop.product("one"), await shop.product("two")
    update = """mutation($a: ID!, $b: ID!, $name: String!) @atomic {
      a: updateProduct(input: {id: $a, name: $name}) { userErrors { message } }
      b: updateProduct(input: {id: $b, name: $name}) { userErrors { message } }
    }"""
    orders = [(one, two), (two, one)] * 4
    answers = await asyncio.gather(*(shop(update, a=a, b=b, name="N") for a, b in orders))
    assert [answer.get("errors") for answer in answers] == [None] * 8
    versions = await shop.rows("SELECT version FROM catalog.products")
    assert versions == [{"version": 9}] * 2


async def test_a_mutation_is_done_once_for_its_key_however_often_it_is_sent(shop: Shop) -> None:
    sent = [shop.does("createProduct", NEW, "product { id name }", key="k") for _ in range(100)]
    answers = await asyncio.gather(*sent)
    assert answers[0]["userErrors"] == []
    assert all(answer == answers[0] for answer in answers)
    assert len(await shop.rows("SELECT 1 FROM catalog.products")) == 1


async def test_a_key_with_other_arguments_is_a_conflict(shop: Shop) -> None:
    await shop.does("createProduct", NEW, "product { id }", key="k")
    other = await shop.does("createProduct", {**NEW, "slug": "torch"}, "product { id }", key="k")
    assert other["product"] is None
    assert [(error["code"], error["field"]) for error in other["userErrors"]] == [("CONFLICT", "idempotencyKey")]


async def test_what_was_refused_is_refused_again_with_the_same_words(shop: Shop) -> None:
    first = await shop.does("createProduct", {**NEW, "slug": "A B"}, "product { id }", key="k")
    assert first["userErrors"]
    assert await shop.does("createProduct", {**NEW, "slug": "A B"}, "product { id }", key="k") == first


async def test_keys_of_two_people_are_two_keys(shop: Shop) -> None:
    other = person(UUID(int=23), roles={SHOP: "OWNER"})
    first = await shop.does("createProduct", NEW, "product { slug }", key="k")
    second = await shop.does("createProduct", {**NEW, "slug": "torch"}, "product { slug }", other, key="k")
    assert [done["product"]["slug"] for done in (first, second)] == ["lamp", "torch"]


async def test_what_is_told_again_is_read_anew(shop: Shop) -> None:
    first = await shop.does("createProduct", NEW, "product { id name }", key="k")
    await shop.does("updateProduct", {"id": first["product"]["id"], "name": "Lantern"}, "product { id }")
    assert (await shop.does("createProduct", NEW, "product { name }", key="k"))["product"] == {"name": "Lantern"}


async def test_the_statements_of_a_mutation_are_always_the_same_few(shop: Shop) -> None:
    """The first of them says who acts, too."""

    async def sent(field: str, given: Any, **more: Any) -> list[str]:
        await shop.does(field, given, "product { id }", **more)
        shop.sent.clear()
        given = given if "id" in given else {**given, "slug": given["slug"] + "-2"}
        again: dict[str, Any] = {name: f"{value}2" for name, value in more.items()}
        await shop.does(field, given, "product { id }", **again)
        return [statement.split()[0].strip(";") for statement in shop.sent]

    assert await sent("createProduct", NEW) == ["BEGIN", "WITH", "COMMIT"]
    keyed = await sent("createProduct", {**NEW, "slug": "keyed"}, key="k")
    assert keyed == ["BEGIN", "INSERT", "WITH", "UPDATE", "COMMIT"]
    id_ = await shop.product("changed")
    assert await sent("updateProduct", {"id": id_, "name": "N"}) == ["BEGIN", "WITH", "COMMIT"]
    upsert = {**NEW, "slug": "upsert"}
    assert await sent("upsertProduct", upsert) == ["BEGIN", "WITH", "WITH", "COMMIT"]


async def test_who_is_always_in_the_way_is_told_of_and_not_taken_for_a_fault(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of the database that swallows every row looks like somebody who is always there first."""
    monkeypatch.setattr("graph.engine.running.mutating.PAUSE", 0.0)
    async with shop.database.writes.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )
        await connection.exec_driver_sql(
            "CREATE TRIGGER swallow BEFORE INSERT ON catalog.products FOR EACH ROW EXECUTE FUNCTION public.swallow()"
        )
    done = await shop.does("createProduct", NEW, "product { id }", key="k")
    assert (done["product"], [error["code"] for error in done["userErrors"]]) == (None, ["CONFLICT"])
    async with shop.database.writes.begin() as connection:
        await connection.exec_driver_sql("DROP TRIGGER swallow ON catalog.products")
    again = await shop.does("createProduct", NEW, "product { id }", key="k")
    assert again["userErrors"] == []


SIGN_IN = """mutation($key: String) {
  signIn(input: {email: "u21@x.example", password: "wrong wrong"}, idempotencyKey: $key) { userErrors { code field } }
}"""


async def test_a_key_of_somebody_who_never_came_back_is_busy_for_a_minute(shop: Shop) -> None:
    for age, codes in (("10 seconds", ["CONFLICT"]), ("2 minutes", ["UNAUTHENTICATED"])):
        await shop(SIGN_IN, key=age)
        async with shop.database.writes.begin() as connection:
            await connection.exec_driver_sql(
                f"UPDATE ops.idempotency_keys SET payload = 'null', created_at = now() - interval '{age}'"
            )
        found = (await shop(SIGN_IN, key=age))["data"]["signIn"]["userErrors"]
        assert [error["code"] for error in found] == codes


async def test_neither_the_key_nor_what_was_given_can_be_read_from_what_is_kept(shop: Shop) -> None:
    await shop(SIGN_IN, key="a key of mine")
    (row,) = await shop.rows("SELECT key, arguments, payload FROM ops.idempotency_keys")
    given = {"email": "u21@x.example", "password": "wrong wrong", "remember": False, "cookie": False}
    text = json_of({"input": given}).encode()
    assert row["arguments"] == hmac.digest(b"a key of mine", text, "sha256")
    assert row["arguments"] != sha256(text).digest()
    assert row["key"] != "a key of mine"
