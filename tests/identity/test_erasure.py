"""Forgetting a person: nothing of them is found anywhere, the books add up, and nobody else's rows are touched."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.claims import Claims
from app.database import Database
from app.services.accounts.passwords import Passwords
from app.services.accounts.signing_in import NOT_LET_IN
from app.services.privacy import requests
from app.services.privacy.erasing import pattern
from app.services.privacy.personal import PERSONAL
from app.services.privacy.vault import Vault
from models.identity import PrivacyRequest
from tests.identity.accounts import EMAIL, PASSWORD, Desk, refusals
from tests.identity.asking import Asking, codes
from tests.identity.rich import SPEAKING, Rich, books, checksums, everywhere, logged, theirs_alone, touchable

ERASE = """mutation($i: EraseMeInput!) { eraseMe(input: $i) { privacyRequest { id type status }
  userErrors { code field message } } }"""
STATE = "SELECT status, result, rejection_reason, email FROM identity.privacy_requests WHERE id = :id"


async def asked(desk: Desk, user: UUID, password: str = PASSWORD) -> PrivacyRequest:
    return await requests.ask_for_erasure(desk.begin, desk.passwords, user, password, desk.at)


FORMS = ("sha256", "last4", "country", "nationality")
"""Ends of columns that have a form no name fits into."""

COUNTING = ("marketing.email_lists",)
"""Tables that triggers keep counts in, of rows that are gone now."""


@pytest.fixture
async def desk(sampled: Database, passwords: Passwords) -> Desk:
    """Services on the sample data."""
    return Desk(sampled.transaction, passwords)


@pytest.fixture
async def rich(desk: Desk) -> Rich:
    """Somebody who shops, with a password."""
    user = await desk.value(
        "SELECT c.user_id FROM customers.customers c JOIN sales.orders o ON o.customer_id = c.id "
        "JOIN identity.users u ON u.id = c.user_id WHERE u.is_active AND NOT u.is_superuser AND NOT EXISTS "
        "(SELECT FROM identity.memberships m WHERE m.user_id = u.id AND m.role = 'OWNER') "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )
    found = Rich(desk, user)
    await found.secured()
    return found


async def test_nothing_of_a_person_is_found_anywhere_the_books_add_up_and_nobody_else_is_touched(
    desk: Desk, rich: Rich, sampled: Database, vault: Vault
) -> None:
    await rich.settled()
    assert await rich.given() == []
    refused = await rich.marked()
    assert " ".join(name for name in refused if not name.endswith(FORMS)) == ""
    await rich.secured()
    await logged(desk, rich)
    subject = await rich.subject()
    before, rows, mine = await books(desk), await checksums(desk), await touchable(desk, subject)
    strangers = {line.table: await theirs_alone(desk, subject, line) for line in PERSONAL}
    assert len(await everywhere(desk)) > 100

    request = await asked(desk, rich.user)
    claims = Claims(sampled, vault)
    assert await claims.once()

    (state,) = await desk.rows(STATE, id=request.id)
    assert (state["status"], state["rejection_reason"]) == ("COMPLETED", None)
    assert state["result"]["User"] == 1
    assert " ".join(await everywhere(desk)) == ""
    assert await books(desk) == before
    after = await checksums(desk)
    touched = {
        table: {key for key, value in sums.items() if after[table].get(key) != value} for table, sums in rows.items()
    }
    beyond = {table: found - mine.get(table, set()) for table, found in touched.items() if table not in COUNTING}
    assert {table for table, found in beyond.items() if found} == set()
    wrong = {table for table, found in touched.items() if table not in SPEAKING and found & strangers.get(table, set())}
    assert wrong == set()


async def escrow(desk: Desk, user: UUID, status: str) -> None:
    """An escrow of the person's."""
    job = await desk.value(
        "INSERT INTO freelance.jobs (client_id, title, description, budget) VALUES (:u, 't', 'd', 10) RETURNING id",
        u=user,
    )
    made = (
        "INSERT INTO freelance.escrows (job_id, client_id, amount, status, funded_at) "
        "VALUES (:j, :u, 10, :s, CASE WHEN :s <> 'PENDING' THEN now() END) RETURNING id"
    )
    await desk.rows(made, j=job, u=user, s=status)


async def business(desk: Desk, *owners: UUID) -> None:
    """A business of theirs."""
    made = await desk.value(
        "INSERT INTO business.businesses (name, slug, type) VALUES ('B', 'b', 'OTHER') RETURNING id"
    )
    for owner in owners:
        row = "INSERT INTO identity.memberships (business_id, user_id, role) VALUES (:b, :u, 'OWNER') RETURNING id"
        await desk.rows(row, b=made, u=owner)


async def test_a_wrong_password_counts_like_a_failed_sign_in_and_locks_in_the_end(real: Desk) -> None:
    user = await real.person()
    for _ in range(5):
        assert await refusals(asked(real, user, "a wrong password")) == (requests.WRONG,)
    assert (await real.user())["failed_login_attempts"] == 5
    assert await refusals(asked(real, user)) == (requests.WRONG,)
    assert await refusals(real.sign_in()) == (NOT_LET_IN,)
    assert await real.value("SELECT count(*) FROM identity.privacy_requests") == 0


async def test_the_second_time_the_same_claim_is_meant(real: Desk) -> None:
    user = await real.person()
    first, second = await asked(real, user), await asked(real, user)
    assert (first.id, first.type, first.status) == (second.id, "ERASURE", "VERIFIED")


async def test_nobody_goes_while_an_escrow_of_theirs_holds_money(real: Desk) -> None:
    user = await real.person()
    await escrow(real, user, "FUNDED")
    assert await refusals(asked(real, user)) == (requests.MONEY_HELD,)


async def test_an_escrow_that_holds_nothing_keeps_nobody(real: Desk) -> None:
    user = await real.person()
    await escrow(real, user, "PENDING")
    assert (await asked(real, user)).status == "VERIFIED"


async def test_the_only_owner_of_a_business_stays_until_there_is_another(real: Desk) -> None:
    user, other = await real.person(), await real.person("other@x.example")
    await business(real, user)
    assert await refusals(asked(real, user)) == (requests.ONLY_OWNER,)
    await real.rows(
        "INSERT INTO identity.memberships (business_id, user_id, role) "
        "SELECT id, :u, 'OWNER' FROM business.businesses WHERE slug = 'b' RETURNING id",
        u=other,
    )
    assert (await asked(real, user)).status == "VERIFIED"


async def test_an_owner_who_is_gone_is_no_other_owner(real: Desk) -> None:
    user, gone = await real.person(), await real.person("gone@x.example", is_active=False)
    await business(real, user, gone)
    assert await refusals(asked(real, user)) == (requests.ONLY_OWNER,)


async def test_the_only_administrator_stays(real: Desk) -> None:
    user = await real.person(is_superuser=True)
    assert await refusals(asked(real, user)) == (requests.ONLY_ADMIN,)
    await real.person("other@x.example", is_superuser=True)
    assert (await asked(real, user)).status == "VERIFIED"


async def test_what_comes_between_the_claim_and_the_work_is_a_reason_to_reject_it(real: Desk, claims: Claims) -> None:
    user = await real.person()
    request = await asked(real, user)
    await escrow(real, user, "FROZEN")
    assert await claims.once()
    (state,) = await real.rows(STATE, id=request.id)
    assert state["status"] == "REJECTED"
    assert state["rejection_reason"] == f"{requests.MONEY_HELD.message}."
    assert (await real.user())["is_active"]


async def test_who_is_forgotten_is_signed_out_cannot_return_and_is_told_where_they_were(
    real: Desk, claims: Claims, vault: Vault
) -> None:
    user = await real.person()
    await real.sign_in()
    export = await real.done(lambda session: requests.ask_for_export(session, user, None, real.at))
    await claims.once()
    file = vault.file(export.id)
    assert file.exists()
    request = await asked(real, user)
    assert await claims.once()
    (state,) = await real.rows(STATE, id=request.id)
    assert state["status"] == "COMPLETED"
    assert state["email"] == f"erased-{request.id}@erased.invalid"
    assert not file.exists()
    assert await real.value("SELECT count(*) FROM identity.login_sessions") == 0
    assert await real.value("SELECT count(*) FROM identity.tokens") == 0
    await real.fail(password=PASSWORD)
    (row,) = await real.rows("SELECT * FROM identity.users")
    assert (row["email"], row["first_name"], row["last_name"]) == (f"erased-{user}@erased.invalid", "Erased", "Erased")
    assert (row["is_active"], row["password_hash"], row["deleted_at"] is None) == (False, None, False)
    (notice,) = await real.rows("SELECT data, expires_at FROM support.notifications")
    assert notice["data"]["template"] == "privacy.erased"
    assert vault.unseal(notice["data"]["sealed_to"]) == EMAIL
    assert EMAIL not in str(notice)
    await real.rows("UPDATE support.notifications SET expires_at = created_at RETURNING id")
    await claims.tidy()
    assert await real.value("SELECT data FROM support.notifications") == {"template": "privacy.erased"}


async def test_an_address_that_was_erased_can_open_an_account_anew(real: Desk, claims: Claims) -> None:
    user = await real.person()
    await asked(real, user)
    await claims.once()
    assert await real.person() != user


async def test_an_export_that_was_not_made_yet_is_cancelled(real: Desk, claims: Claims) -> None:
    user = await real.person()
    await asked(real, user)
    export = await real.done(lambda session: requests.ask_for_export(session, user, None, real.at))
    while await claims.once():
        pass
    states = await real.rows("SELECT type, status FROM identity.privacy_requests ORDER BY type")
    assert {row["status"] for row in states} <= {"COMPLETED", "CANCELLED"}
    (state,) = await real.rows(STATE, id=export.id)
    assert state["email"].endswith("@erased.invalid")


async def test_the_api_forgets_whoever_asks_with_their_password(real: Desk, asking: Asking, claims: Claims) -> None:
    user = await real.person()
    assert codes(await asking(ERASE, i={"password": PASSWORD})) == [("UNAUTHENTICATED", None)]
    asking.by_person(user)
    assert codes(await asking(ERASE, i={"password": "a wrong password"})) == [("BAD_USER_INPUT", "password")]
    made = (await asking(ERASE, i={"password": PASSWORD}))["privacyRequest"]
    assert (made["type"], made["status"]) == ("ERASURE", "VERIFIED")
    assert await claims.once()
    assert codes(await asking(ERASE, i={"password": PASSWORD})) == [("BAD_USER_INPUT", "password")]


@pytest.mark.parametrize(
    ("mark", "text_", "left"),
    [
        ("Ada", "Dear Ada, Canada", "Dear erased, Canada"),
        ("ada@x.example", "to ADA@x.example.", "to erased."),
        ("+4915112345678", "call +4915112345678!", "call erased!"),
        ("O'Neil (x)", "o'neil (x) says", "erased says"),
        ('A "B" c', '{"a": "A \\"B\\" c"}', '{"a": "erased"}'),
        ("ab", "ab is too short", "ab is too short"),
    ],
)
async def test_what_names_somebody_is_found_as_a_whole_word(real: Desk, mark: str, text_: str, left: str) -> None:
    found = pattern([mark])
    sql = "SELECT CASE WHEN :p = '' THEN :t ELSE regexp_replace(:t, :p, 'erased', 'gi') END"
    assert await real.value(sql, p=found, t=text_) == left
