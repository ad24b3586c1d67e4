"""`agora user` and `agora key`: people and keys, for whoever has the database at hand."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.said import say
from app.database import Database, by, connected
from app.services.accounts import administering, keys
from app.services.accounts.occasion import Occasion
from app.services.accounts.passwords import Passwords
from app.services.accounts.people import NewPerson
from app.services.refusals import Refusal, Refused, check
from app.settings import Settings
from app.startup import server
from models.business import Business
from models.gateway import ApiKey

user = typer.Typer(help="People with an account.", no_args_is_help=True)
key = typer.Typer(help="API keys of businesses.", no_args_is_help=True)

T = TypeVar("T")


@user.command("create")
def create_user(
    email: str,
    first_name: Annotated[str, typer.Option(help="Given name.")],
    last_name: Annotated[str, typer.Option(help="Family name.")],
    admin: Annotated[bool, typer.Option("--admin", help="Who administers the platform.")] = False,
) -> None:
    """Open an account for EMAIL; the password is asked for, or read from standard input."""
    new, passwords = NewPerson(email, _password(), first_name, last_name), Passwords(threads=1)

    async def work(database: Database) -> None:
        begin = partial(database.transaction, by("agora user create"))
        await administering.create_user(begin, passwords, new, _now(), is_superuser=admin)

    _run(work)
    say(f"{email} may sign in" + (" and administers the platform" if admin else ""))


@user.command("promote")
def promote(email: str) -> None:
    """Let the person with EMAIL administer the platform."""

    async def work(database: Database) -> None:
        async with database.transaction(by("agora user promote")) as session:
            await administering.promote(session, email, _now())

    _run(work)
    say(f"{email} administers the platform")


@key.command("create")
def create_key(
    business: Annotated[str, typer.Argument(help="The slug of the business.")],
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="Like orders:read; * is all.")],
    ip: Annotated[list[str], typer.Option(help="From where it may be used; any if not given.")] = [],  # noqa: B006
    domain: Annotated[list[str], typer.Option(help="Hosts whose pages may use it; any if not given.")] = [],  # noqa: B006
    expires: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="UTC.")] = None,
) -> None:
    """Make a key that acts for BUSINESS, and print it: it is told this once."""

    async def work(database: Database) -> keys.MadeKey:
        async with database.transaction(by("agora key create")) as session:
            given = await _business(session, business)
            ends = expires.replace(tzinfo=UTC) if expires else None
            new = keys.NewKey(given, name, scope, allowed_ips=ip, allowed_domains=domain, expires_at=ends)
            check(keys.check_key(new, _now().now))
            return await keys.do_create_key(session, new, None, _now())

    typer.echo(_run(work).secret)


@key.command("revoke")
def revoke_key(
    business: Annotated[str, typer.Argument(help="The slug of the business.")],
    prefix: Annotated[str, typer.Argument(help="The key's first characters, like agora_k_0123456789.")],
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
) -> None:
    """Take the key PREFIX of BUSINESS back for good."""

    async def work(database: Database) -> None:
        async with database.transaction(by("agora key revoke")) as session:
            named = (ApiKey.business_id == await _business(session, business), ApiKey.prefix == prefix)
            found = await session.scalar(select(ApiKey).where(*named).with_for_update())
            if found is None:
                raise Refused([Refusal("NOT_FOUND", "prefix", "names no key of the business")])
            check(keys.check_revocation(found, reason))
            await keys.do_revoke_key(session, found, None, _now(), reason)

    _run(work)
    say(f"{prefix} opens nothing any more")


def _password() -> str:
    """The password that a person types twice, or the first line of standard input."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _now() -> Occasion:
    return Occasion(datetime.now(UTC))


async def _business(session: AsyncSession, slug: str) -> UUID:
    found = await session.scalar(select(Business.id).where(Business.slug == slug))
    if found is None:
        raise Refused([Refusal("NOT_FOUND", "business", "names no business")])
    return found


def _run(work: Callable[[Database], Awaitable[T]]) -> T:
    """What `work` gives; what it refuses is said, a line for each reason."""

    async def run() -> T:
        async with (
            server(Settings(sample_data=False), say) as dsn,  # type: ignore[call-arg]
            connected(dsn, read_size=1, write_size=1) as database,
        ):
            return await work(database)

    try:
        return asyncio.run(run())
    except Refused as refused:
        for refusal in refused.refusals:
            say(f"{refusal.field} {refusal.message}")
    except DBAPIError as error:
        say(f"the database cannot be used: {error.orig}")
    raise typer.Exit(1)
