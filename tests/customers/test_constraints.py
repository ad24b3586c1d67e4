"""What the tables of customers refuse, count and compute, and what goes with a customer who is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

SHOP = "(SELECT id FROM business.businesses WHERE slug = 'vividwalls')"
CUSTOMER = f"(SELECT id FROM customers.customers WHERE business_id = {SHOP} ORDER BY id LIMIT 1)"
NEW = f"""
    INSERT INTO customers.customers (business_id, email, first_name, last_name)
    VALUES ({SHOP}, 'grace@new.example', 'Grace', NULL) RETURNING id"""

REFUSED = [
    Refused(
        "two customers of one address in a business",
        f"UPDATE customers.customers SET email = 'same@mail.example' WHERE business_id = {SHOP}",
        "uq_customers_business_id_email",
        "email is already taken by another customer with the same business",
    ),
    Refused(
        "an address with capitals",
        "UPDATE customers.customers SET email = 'Ada@mail.example'",
        "ck_customers_email_form",
        "email must be an e-mail address in lower case",
    ),
    Refused(
        "a person who is two customers of a business",
        f"UPDATE customers.customers SET user_id = (SELECT id FROM identity.users LIMIT 1) WHERE business_id = {SHOP}",
        "uq_customers_business_id_user_id",
        "userId is already taken by another customer with the same business",
    ),
    Refused(
        "a customer of one Shopify id twice",
        f"UPDATE customers.customers SET shopify_id = '1' WHERE business_id = {SHOP}",
        "uq_customers_business_id_shopify_id",
        "shopifyId is already taken by another customer with the same business",
    ),
    Refused(
        "a telephone number without a country",
        "UPDATE customers.customers SET phone = '021 555 012'",
        "ck_customers_phone_form",
        "phone must be a number like +4915112345678",
    ),
    Refused(
        "two default addresses of a kind",
        "INSERT INTO customers.addresses (customer_id, type, recipient, street, city, country, is_default) "
        "SELECT customer_id, type, 'Me', 'Here 1', 'Bath', 'GB', true FROM customers.addresses LIMIT 1",
        "uq_addresses_customer_id_type",
        "type is already taken by another address with the same customer",
    ),
    Refused(
        "a country by its name",
        "UPDATE customers.addresses SET country = 'Germany'",
        "ck_addresses_country_form",
        "country must be two capital letters, like US",
    ),
    Refused(
        "a preference twice",
        "INSERT INTO customers.customer_preferences (customer_id, category, key, value) "
        "SELECT customer_id, category, key, 'other' FROM customers.customer_preferences LIMIT 1",
        "uq_customer_preferences_customer_id_key",
        "key is already taken by another customer preference with the same customer",
    ),
    Refused(
        "a preference called with spaces",
        "UPDATE customers.customer_preferences SET key = 'Contact Channel'",
        "ck_customer_preferences_key_form",
        "key must be small letters, digits, dots and underscores",
    ),
    Refused(
        "two segments of one name in a business",
        f"UPDATE customers.customer_segments SET name = 'All' WHERE business_id = {SHOP}",
        "uq_customer_segments_business_id_name",
        "name is already taken by another customer segment with the same business",
    ),
    Refused(
        "a customer twice in a segment",
        "INSERT INTO customers.segment_members (segment_id, customer_id) "
        "SELECT segment_id, customer_id FROM customers.segment_members LIMIT 1",
        "uq_segment_members_segment_id_customer_id",
        "customerId is already taken by another segment member with the same segment",
    ),
    Refused(
        "a member more than sure",
        "UPDATE customers.segment_members SET score = 100.01",
        "ck_segment_members_score_range",
        "score must be from 0 to 100",
    ),
    Refused(
        "a mood below anger",
        "UPDATE customers.customer_interactions SET sentiment_score = -1.01",
        "ck_customer_interactions_sentiment_score_range",
        "sentimentScore must be from -1 to 1",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_a_person_may_be_a_customer_of_two_businesses(sample: Connection) -> None:
    await sample.execute(
        "INSERT INTO customers.customers (business_id, email) "
        "SELECT id, 'both@new.example' FROM business.businesses WHERE slug IN ('vividwalls', 'agentshop')"
    )
    assert await sample.fetchval("SELECT count(*) FROM customers.customers WHERE email = 'both@new.example'") == 2


async def test_a_deleted_customer_gives_the_address_free(sample: Connection) -> None:
    first = await sample.fetchval(NEW)
    await sample.execute("UPDATE customers.customers SET deleted_at = now() WHERE id = $1", first)
    assert await sample.fetchval(NEW) != first


async def test_a_customer_takes_along_all_that_is_known_of_it(sample: Connection) -> None:
    customer = await sample.fetchval(NEW)
    for table in ("addresses", "customer_preferences", "segment_members", "customer_interactions"):
        await sample.execute(
            f"UPDATE customers.{table} SET customer_id = $1 WHERE id = (SELECT id FROM customers.{table} LIMIT 1)",
            customer,
        )
    await sample.execute("DELETE FROM customers.customers WHERE id = $1", customer)
    for table in ("addresses", "customer_preferences", "segment_members", "customer_interactions"):
        found = await sample.fetchval(f"SELECT count(*) FROM customers.{table} WHERE customer_id = $1", customer)
        assert found == 0, table


async def test_a_customer_outlives_its_account_and_a_contact_its_ticket(sample: Connection) -> None:
    person = await sample.fetchval(
        "INSERT INTO identity.users (email, first_name, last_name) VALUES ('x@new.example', 'X', 'Y') RETURNING id"
    )
    customer = await sample.fetchval(NEW)
    await sample.execute("UPDATE customers.customers SET user_id = $1 WHERE id = $2", person, customer)
    await sample.execute("DELETE FROM identity.users WHERE id = $1", person)
    assert await sample.fetchval("SELECT user_id FROM customers.customers WHERE id = $1", customer) is None
    contacts = await sample.fetchval("SELECT count(*) FROM customers.customer_interactions")
    await sample.execute("DELETE FROM support.support_tickets")
    left = await sample.fetchrow("SELECT count(*), count(ticket_id) FROM customers.customer_interactions")
    assert tuple(left or ()) == (contacts, 0)


async def test_members_are_counted_when_they_move(sample: Connection) -> None:
    one, other = await sample.fetch(
        f"SELECT id, member_count FROM customers.customer_segments WHERE business_id = {SHOP} "
        "AND is_dynamic ORDER BY name LIMIT 2"
    )
    await sample.execute("DELETE FROM customers.segment_members WHERE segment_id = $1", other["id"])
    await sample.execute(
        "UPDATE customers.segment_members SET segment_id = $1 WHERE segment_id = $2", other["id"], one["id"]
    )
    count = "SELECT member_count FROM customers.customer_segments WHERE id = $1"
    moved = [await sample.fetchval(count, found["id"]) for found in (one, other)]
    assert moved == [0, one["member_count"]]


async def test_a_customer_is_called_by_the_names_that_are_known(sample: Connection) -> None:
    customer = await sample.fetchval(NEW)
    named = "UPDATE customers.customers SET first_name = $2, last_name = $3 WHERE id = $1 RETURNING name"
    assert await sample.fetchval(named, customer, "Grace", "Hopper") == "Grace Hopper"
    assert await sample.fetchval(named, customer, None, "Hopper") == "Hopper"
    assert await sample.fetchval(named, customer, None, None) is None


async def test_an_average_order_is_null_without_orders(sample: Connection) -> None:
    spent = f"UPDATE customers.customers SET total_spent = 100, order_count = $1 WHERE id = {CUSTOMER} "
    assert await sample.fetchval(spent + "RETURNING average_order_value", 3) == Decimal("33.33")
    assert await sample.fetchval(spent + "RETURNING average_order_value", 0) is None
