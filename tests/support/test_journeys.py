"""What people get in the mail, from the mutation to the file and back."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from app.claims import Claims
from app.services.accounts.passwords import Passwords
from tests.identity.accounts import PASSWORD, Desk
from tests.identity.asking import Asking
from tests.support.notices import Notices
from tests.support.test_notifications import text_of, written

REGISTER = """mutation($i: RegisterInput!) { register(input: $i) { accepted userErrors { code } } }"""
VERIFY = """mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { userErrors { code message } } }"""
ERASE = """mutation($i: EraseMeInput!) { eraseMe(input: $i) { userErrors { code message } } }"""


async def test_who_registers_proves_the_address_by_the_letter(notices: Notices, asking: Asking, tmp_path: Path) -> None:
    person = {"email": "ada@home.example", "password": PASSWORD, "firstName": "Ada", "lastName": "L"}
    assert await asking(REGISTER, i=person) == {"accepted": True, "userErrors": []}
    notices.wait(seconds=5)
    await notices.drain()
    (letter,) = written(tmp_path / "outbox")
    assert (letter["To"], letter["Subject"]) == ("Ada L <ada@home.example>", "Confirm your e-mail address")
    found = re.search(r"^https://shop\.example/verify-email\?token=(\S+)$", text_of(letter), re.MULTILINE)
    assert found
    assert await asking(VERIFY, i={"token": found[1]}) == {"userErrors": []}
    (row,) = await notices.rows("SELECT email_verified_at IS NOT NULL AS proven FROM identity.users")
    assert row["proven"]


async def test_who_is_forgotten_is_told_so_at_the_address_that_nobody_knows_any_more(
    notices: Notices, asking: Asking, passwords: Passwords, tmp_path: Path
) -> None:
    desk = Desk(notices.database.transaction, passwords)
    user = await desk.person("ada@home.example")
    await notices.rows("UPDATE support.notifications SET status = 'SENT', sent_at = now() RETURNING id")
    assert await asking.by_person(user)(ERASE, i={"password": PASSWORD}) == {"userErrors": []}
    assert await Claims(notices.database, notices.vault).once()
    notices.now += timedelta(seconds=5)
    await notices.drain()
    (letter,) = written(tmp_path / "outbox")
    assert (letter["To"], letter["Subject"]) == ("ada@home.example", "Your data was erased")
    for table in ("support.notifications", "identity.users", "ops.audit_logs"):
        assert "ada@home.example" not in str(await notices.rows(f"SELECT * FROM {table}"))
    assert "sealed_to" not in str(await notices.rows("SELECT data FROM support.notifications"))
