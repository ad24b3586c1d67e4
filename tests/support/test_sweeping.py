"""What goes once its time has passed, and what stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.services import sweeping
from app.services.freelance import skills
from tests.support.notices import Notices

Sweep = Callable[[AsyncSession, Any], Awaitable[int]]

DAY = timedelta(days=1)


async def swept(notices: Notices, sweep: Sweep) -> int:
    async with notices.database.transaction() as session:
        return await sweep(session, notices.now)


async def left(notices: Notices, query: str) -> set[Any]:
    return {value for row in await notices.rows(query) for value in row.values()}


async def test_sessions_go_a_month_after_they_ended_or_ran_out(notices: Notices) -> None:
    user, now = await notices.person(), notices.now
    for name, expires, revoked in (
        ("open", now + DAY, None),
        ("ran out lately", now - 29 * DAY, None),
        ("ran out long ago", now - 31 * DAY, None),
        ("ended lately", now + DAY, now - 29 * DAY),
        ("ended long ago", now + DAY, now - 31 * DAY),
    ):
        await notices.insert(
            "identity.login_sessions",
            user_id=user,
            method="PASSWORD",
            token_hash=name,
            created_at=now - 90 * DAY,
            last_seen_at=now - 40 * DAY,
            expires_at=expires,
            revoked_at=revoked,
            revoked_reason="SIGNED_OUT" if revoked else None,
        )
    assert await swept(notices, sweeping.do_remove_sessions) == 2
    found = await left(notices, "SELECT token_hash FROM identity.login_sessions")
    assert found == {"open", "ran out lately", "ended lately"}


async def test_tokens_go_a_week_after_they_ran_out(notices: Notices) -> None:
    user = await notices.person()
    for days in (6, 8):
        times = {"created_at": notices.now - 20 * DAY, "expires_at": notices.now - days * DAY}
        await notices.insert(
            "identity.tokens", user_id=user, purpose="PASSWORD_RESET", token_hash=f"{days} days ago", **times
        )
    assert await swept(notices, sweeping.do_remove_tokens) == 1
    assert await left(notices, "SELECT token_hash FROM identity.tokens") == {"6 days ago"}


async def test_what_keys_of_mutations_came_to_goes_after_a_day_in_batches(notices: Notices) -> None:
    await notices.rows(
        "INSERT INTO ops.idempotency_keys (viewer, field, key, arguments, created_at) SELECT 'v', 'f', n::text, '', "
        "CAST(:now AS timestamptz) - CASE WHEN n <= 6000 THEN interval '25 h' ELSE interval '23 h' END "
        "FROM generate_series(1, 6003) AS n RETURNING key",
        now=notices.now,
    )
    assert await swept(notices, sweeping.do_remove_idempotency_keys) == sweeping.BATCH
    assert await swept(notices, sweeping.do_remove_idempotency_keys) == 1000
    assert await swept(notices, sweeping.do_remove_idempotency_keys) == 0
    assert await left(notices, "SELECT key FROM ops.idempotency_keys") == {"6001", "6002", "6003"}


async def test_buckets_go_once_they_are_as_good_as_new(notices: Notices) -> None:
    for name, free in (("empty", -DAY), ("in use", DAY)):
        await notices.rows(
            "INSERT INTO gateway.rate_limit_buckets VALUES (:name, 1, :now, :free) RETURNING name",
            name=name,
            now=notices.now,
            free=notices.now + free,
        )
    assert await swept(notices, sweeping.do_remove_rate_limit_buckets) == 1
    assert await left(notices, "SELECT name FROM gateway.rate_limit_buckets") == {"in use"}


async def test_notifications_go_half_a_year_after_they_were_read_or_lost_their_meaning(notices: Notices) -> None:
    user, now = await notices.person(), notices.now
    old, young = now - 181 * DAY, now - 179 * DAY
    for title, values in {
        "read long ago": {"status": "READ", "sent_at": old, "read_at": old},
        "read lately": {"status": "READ", "sent_at": old, "read_at": young},
        "unread": {"status": "SENT", "sent_at": old},
        "expired long ago": {"status": "EXPIRED", "scheduled_at": old},
        "expired lately": {"status": "EXPIRED", "scheduled_at": young},
        "failed": {"status": "FAILED", "scheduled_at": old},
    }.items():
        await notices.queue(user, title=title, **values)
    assert await swept(notices, sweeping.do_remove_notifications) == 2
    found = await left(notices, "SELECT title FROM support.notifications")
    assert found == {"read lately", "unread", "expired lately", "failed"}


async def test_customers_leave_segments_in_which_nobody_confirmed_them(notices: Notices) -> None:
    shop = await notices.shop()
    segment = await notices.insert(
        "customers.customer_segments", business_id=shop, name="Regulars", type="BEHAVIOR", criteria={}
    )
    for name, expires in (("stays", None), ("confirmed", notices.now + DAY), ("goes", notices.now - DAY)):
        customer = await notices.insert("customers.customers", business_id=shop, email=f"{name}@x.example")
        await notices.insert(
            "customers.segment_members",
            segment_id=segment,
            customer_id=customer,
            reason=name,
            expires_at=expires,
        )
    assert await swept(notices, sweeping.do_remove_segment_members) == 1
    assert await left(notices, "SELECT reason FROM customers.segment_members") == {"stays", "confirmed"}


async def test_a_cart_is_abandoned_after_a_day_and_expires_after_a_month_more(notices: Notices) -> None:
    shop = await notices.shop()
    carts = {}
    for name, age in (("busy", timedelta(hours=23)), ("left", timedelta(hours=25))):
        customer = await notices.insert("customers.customers", business_id=shop, email=f"{name}@x.example")
        carts[name] = await notices.insert(
            "sales.carts",
            business_id=shop,
            customer_id=customer,
            email=f"{name}@x.example",
            last_activity_at=notices.now - age,
        )
    state = "SELECT email, status, version FROM sales.carts ORDER BY email"
    assert await swept(notices, sweeping.do_abandon_carts) == 1
    assert [tuple(row.values())[1:] for row in await notices.rows(state)] == [("ACTIVE", 1), ("ABANDONED", 2)]
    notices.wait(days=29)
    assert await swept(notices, sweeping.do_expire_carts) == 0
    notices.wait(days=2)
    assert await swept(notices, sweeping.do_expire_carts) == 1
    assert [tuple(row.values())[1:] for row in await notices.rows(state)] == [("ACTIVE", 1), ("EXPIRED", 3)]


async def test_proofs_of_skills_expire(notices: Notices) -> None:
    user = await notices.person()
    for skill, status, days in (("sql", "VERIFIED", -1), ("css", "VERIFIED", 1), ("go", "PENDING", -1)):
        verified = notices.now - 9 * DAY if status == "VERIFIED" else None
        await notices.insert(
            "freelance.skill_verifications",
            user_id=user,
            skill=skill,
            status=status,
            verified_at=verified,
            expires_at=notices.now + days * DAY,
        )
    assert await swept(notices, skills.do_expire) == 1
    assert await left(notices, "SELECT skill FROM freelance.skill_verifications WHERE status = 'EXPIRED'") == {"sql"}


async def test_a_grant_to_send_goods_back_expires_unless_they_are_on_their_way(notices: Notices) -> None:
    shop, now = await notices.shop(), notices.now
    order = await notices.insert("sales.orders", business_id=shop, order_number="O-1", subtotal=10, total_amount=10)
    asked: dict[str, Any] = {}
    for number, days in (("late", -1), ("sent", -1), ("in time", 1)):
        asked[number] = await notices.insert(
            "sales.rma_requests",
            business_id=shop,
            order_id=order,
            number=number,
            reason="DEFECTIVE",
            status="APPROVED",
            decided_at=now - 9 * DAY,
            expires_at=now + days * DAY,
        )
    await notices.insert(
        "sales.order_returns",
        business_id=shop,
        order_id=order,
        rma_request_id=asked["sent"],
        number="R-1",
        reason="DEFECTIVE",
    )
    assert await swept(notices, sweeping.do_expire_returns) == 1
    assert await left(notices, "SELECT number FROM sales.rma_requests WHERE status = 'EXPIRED'") == {"late"}


async def test_recommendations_are_shown_no_longer_than_they_were_to_be(notices: Notices) -> None:
    shop = await notices.shop()
    product = await notices.insert("catalog.products", business_id=shop, name="Lamp", slug="lamp", price=10)
    for name, days in (("old", -1), ("new", 1)):
        customer = await notices.insert("customers.customers", business_id=shop, email=f"{name}@x.example")
        await notices.insert(
            "catalog.product_recommendations",
            customer_id=customer,
            recommended_id=product,
            type="PERSONAL",
            score=50,
            reason=name,
            expires_at=notices.now + days * DAY,
        )
    assert await swept(notices, sweeping.do_hide_recommendations) == 1
    assert await left(notices, "SELECT reason FROM catalog.product_recommendations WHERE is_active") == {"new"}
