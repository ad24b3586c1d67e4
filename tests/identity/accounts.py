"""What tests of accounts are written with: services as a person uses them, and what the database holds of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts import recovering, registering, signing_in
from app.services.accounts.occasion import Begin, Occasion
from app.services.accounts.passwords import Passwords
from app.services.accounts.people import NewPerson
from app.services.accounts.signing_in import Credentials, SignedIn
from app.services.refusals import Refusal, Refused
from graph.client import Client

EMAIL, PASSWORD, OTHER = "ada@x.example", "a quiet green river", "another loud red road"
CLIENT = Client("192.0.2.7", "Firefox")

T = TypeVar("T")


@dataclass
class Desk:
    """The services at a time that the test tells."""

    begin: Begin
    passwords: Passwords
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @property
    def at(self) -> Occasion:
        return Occasion(self.now, CLIENT)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    async def done(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """What `work` gives in a transaction of its own."""
        async with self.begin() as session:
            return await work(session)

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self.begin() as session:
            return [dict(row) for row in (await session.execute(text(query), values)).mappings()]

    async def value(self, query: str, **values: Any) -> Any:
        (row,) = await self.rows(query, **values)
        (value,) = row.values()
        return value

    async def register(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        await registering.register(self.begin, self.passwords, NewPerson(email, password, "Ada", "L"), self.at)

    async def person(self, email: str = EMAIL, **values: Any) -> UUID:
        """Somebody with an account and PASSWORD; the throttle of notices is over."""
        await self.register(email)
        self.wait(minutes=2)
        for name, value in values.items():
            await self.rows(f"UPDATE identity.users SET {name} = :v WHERE email = :e RETURNING id", v=value, e=email)
        found: UUID = await self.value("SELECT id FROM identity.users WHERE email = :e", e=email)
        return found

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD, remember: bool = False) -> SignedIn:
        return await signing_in.sign_in(self.begin, self.passwords, Credentials(email, password, remember), self.at)

    async def fail(self, times: int = 1, email: str = EMAIL, password: str = "a wrong password") -> None:
        for _ in range(times):
            assert await refusals(self.sign_in(email, password)) == (signing_in.NOT_LET_IN,)

    async def ask(self, email: str = EMAIL) -> None:
        await self.done(lambda session: recovering.ask_for_new_password(session, email, self.at))

    async def ask_again(self, email: str = EMAIL) -> None:
        await self.done(lambda session: registering.send_again(session, email, self.at))

    async def reset(self, token: str, new: str = OTHER) -> UUID:
        return await recovering.reset_password(self.begin, self.passwords, token, new, self.at)

    async def notices(self, email: str = EMAIL) -> list[dict[str, Any]]:
        """The data of what the person is told, the oldest first."""
        found = await self.rows(
            "SELECT n.data FROM support.notifications n JOIN identity.users u ON u.id = n.user_id "
            "WHERE u.email = :e ORDER BY n.created_at, n.id",
            e=email,
        )
        return [row["data"] for row in found]

    async def token(self, email: str = EMAIL) -> str:
        """The token that was sent last."""
        token: str = (await self.notices(email))[-1]["token"]
        return token

    async def events(self) -> list[str]:
        """What happened, in order."""
        return [row["type"] for row in await self.rows("SELECT type FROM identity.security_events ORDER BY id")]

    async def user(self, email: str = EMAIL) -> dict[str, Any]:
        (found,) = await self.rows("SELECT * FROM identity.users WHERE email = :e", e=email)
        return found


async def refusals(work: Awaitable[Any]) -> tuple[Refusal, ...]:
    """Why `work` refuses; it does."""
    try:
        await work
    except Refused as refused:
        return refused.refusals
    raise AssertionError("it was not refused")


async def refusal(work: Awaitable[Any]) -> tuple[str, str]:
    """The code and field of the one reason."""
    (only,) = await refusals(work)
    return only.code, only.field
