"""The hand-written fields of sessions: how they begin, and how they end."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts import providers, sessions, signing_in
from app.services.accounts.signing_in import REMEMBERED_LIFE, SignedIn, Wish
from app.services.accounts.tokens import against_forgery
from app.services.refusals import Refusal, Refused, check
from graph.access.viewers import person
from graph.acting import WHY_NOT, done, here, me, occasion, tried
from graph.context import Info, UserError
from graph.engine.model.ids import uuid_of
from graph.engine.running.mutating import OWN_TRANSACTIONS
from graph.engine.running.repeating import TOLD_ONCE
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived

if TYPE_CHECKING:
    UserType = Any
    SessionType = Any
else:
    UserType, SessionType = derived("User"), derived("LoginSession")

NO_COOKIES = Refusal("BAD_USER_INPUT", "cookie", "can only be set by a POST that is answered with JSON")
NO_PROVIDER = Refusal("FORBIDDEN", "", "Sign-in with an identity provider is not set up here")
NO_COOKIE = Refusal("UNAUTHENTICATED", "", "No session is open by a cookie of this site: sign in with one first")


@strawberry.input(description="What somebody shows to be let in.")
class SignInInput:
    """What somebody shows to be let in."""

    email: str = strawberry.field(description="The account's e-mail address.")
    password: str = strawberry.field(description="Its password.")
    remember: bool = strawberry.field(default=False, description="For 30 days instead of 12 hours.")
    cookie: bool = strawberry.field(
        default=False, description="Whether a cookie keeps the token, where no script can read it: for pages."
    )


@strawberry.type(description="A new session with its token, or why there is none.")
class SignInPayload:
    """A new session with its token, or why there is none."""

    token: str | None = strawberry.field(
        metadata=TOLD_ONCE,
        description='What to send as "Authorization: Bearer …" from now on; told this once, and not with a cookie.',
    )
    csrf_token: str | None = strawberry.field(
        metadata=TOLD_ONCE,
        description="With a cookie: what to send as the header x-agora-csrf from now on; null without.",
    )
    user: UserType | None = strawberry.field(description="Who signed in.")
    session: SessionType | None = strawberry.field(description="The session that began.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def sign_in(
    info: Info, input: Annotated[SignInInput, strawberry.argument(description="The credentials.")]
) -> SignInPayload:
    """Begin a session."""
    begin, passwords = info.context.begin, info.context.passwords
    given = signing_in.Credentials(**vars(input))

    async def work() -> SignedIn:
        check_cookie(info, given)
        return await signing_in.sign_in(begin, passwords, given, occasion(info))

    return SignInPayload(**begun(info, given, *await tried(work)))


def check_cookie(info: Info, wish: Wish) -> None:
    """Raise Refused if a cookie is wished for that the answer cannot bring."""
    if wish.cookie:
        check(info.context.cookies.check() if info.context.cookies else [NO_COOKIES])


def begun(info: Info, wish: Wish, made: SignedIn | None, errors: list[UserError]) -> dict[str, Any]:
    """What a payload says of a new session, whose token goes into a cookie if that was the wish."""
    if made is None:
        return {"token": None, "csrf_token": None, "user": None, "session": None, "user_errors": errors}
    themselves = person(made.session.user_id, roles={})  # who asks has been nobody until now
    user, session = Ref("User", made.session.user_id, themselves), Ref("LoginSession", made.session.id, themselves)
    told: dict[str, Any] = {"token": made.token, "csrf_token": None}
    if wish.cookie and info.context.cookies:
        info.context.cookies.keep(made.token, int(REMEMBERED_LIFE.total_seconds()) if wish.remember else None)
        told = {"token": None, "csrf_token": against_forgery(made.token)}
    return {**told, "user": user, "session": session, "user_errors": []}


@strawberry.input(description="What somebody brings from the identity provider.")
class SignInWithProviderInput:
    """What somebody brings from the identity provider."""

    id_token: str = strawberry.field(description="The ID token, of the last 10 minutes; it is good once.")
    nonce: str | None = strawberry.field(default=None, description="The nonce that it was asked with, to be compared.")
    remember: bool = strawberry.field(default=False, description="For 30 days instead of 12 hours.")
    cookie: bool = strawberry.field(
        default=False, description="Whether a cookie keeps the token, where no script can read it: for pages."
    )


@strawberry.type(description="A new session with its token, or why there is none.")
class SignInWithProviderPayload(SignInPayload):
    """A new session with its token, or why there is none."""


async def sign_in_with_provider(
    info: Info,
    input: Annotated[SignInWithProviderInput, strawberry.argument(description="What the provider gave.")],
) -> SignInWithProviderPayload:
    """Begin a session by what an identity provider vouches for."""
    begin, provider = info.context.begin, info.context.provider
    given = providers.Shown(**vars(input))

    async def work() -> SignedIn:
        if provider is None:
            raise Refused([NO_PROVIDER])
        check_cookie(info, given)
        return await providers.sign_in_with_provider(begin, provider, given, occasion(info))

    return SignInWithProviderPayload(**begun(info, given, *await tried(work)))


@strawberry.type(description="What must come beside the cookie.")
class RenewCsrfTokenPayload:
    """What must come beside the cookie."""

    csrf_token: str | None = strawberry.field(
        metadata=TOLD_ONCE, description="What to send as the header x-agora-csrf from now on."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def renew_csrf_token(info: Info) -> RenewCsrfTokenPayload:
    """Tell the page of a cookie's session its token again."""

    async def work() -> str:
        if not info.context.cookies or not info.context.cookies.token:
            raise Refused([NO_COOKIE])
        return against_forgery(info.context.cookies.token)

    token, errors = await tried(work)
    return RenewCsrfTokenPayload(csrf_token=token, user_errors=errors)


def forget_cookie(info: Info) -> None:
    """Have the browser forget the cookie whose session ended."""
    if info.context.cookies and info.context.cookies.token:
        info.context.cookies.drop()


@strawberry.type(description="Whether the session ended.")
class SignOutPayload:
    """Whether the session ended."""

    signed_out: bool = strawberry.field(description="Whether the session was open until now.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def sign_out(info: Info) -> SignOutPayload:
    """End the session at hand."""
    ended, errors = await done(info, lambda session: sessions.sign_out(session, me(info), here(info), occasion(info)))
    if not errors:
        forget_cookie(info)
    return SignOutPayload(signed_out=bool(ended), user_errors=errors)


@strawberry.type(description="How many sessions ended.")
class SignOutEverywherePayload:
    """How many sessions ended."""

    ended_count: int = strawberry.field(description="How many open sessions ended.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def sign_out_everywhere(
    info: Info,
    except_here: Annotated[bool, strawberry.argument(description="Whether the session at hand goes on.")] = False,
) -> SignOutEverywherePayload:
    """End all sessions of whoever asks."""

    async def work(session: AsyncSession) -> int:
        spared = here(info) if except_here else None
        return await sessions.sign_out_everywhere(session, me(info), occasion(info), except_=spared)

    ended, errors = await done(info, work)
    if not errors and not except_here:
        forget_cookie(info)
    return SignOutEverywherePayload(ended_count=ended or 0, user_errors=errors)


@strawberry.input(description="Which session to end.")
class RevokeSessionInput:
    """Which session to end."""

    session_id: strawberry.ID = strawberry.field(description="The ID of one of your own sessions.")


@strawberry.type(description="The session that ended.")
class RevokeSessionPayload:
    """The session that ended."""

    session: SessionType | None = strawberry.field(description="The session; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def revoke_session(
    info: Info, input: Annotated[RevokeSessionInput, strawberry.argument(description="The session.")]
) -> RevokeSessionPayload:
    """End one of the sessions of whoever asks."""
    wanted = uuid_of(input.session_id, "login_session", "input.sessionId")
    ended, errors = await done(info, lambda session: sessions.revoke_session(session, me(info), wanted, occasion(info)))
    return RevokeSessionPayload(session=ended and Ref("LoginSession", ended), user_errors=errors)


@strawberry.type
class SessionsMutation:
    """What people do with their sessions."""

    sign_in: SignInPayload = strawberry.mutation(
        resolver=sign_in,
        metadata=OWN_TRANSACTIONS,
        description="Begin a session. Five wrong passwords lock an account for a while.",
    )
    sign_in_with_provider: SignInWithProviderPayload = strawberry.mutation(
        resolver=sign_in_with_provider,
        metadata=OWN_TRANSACTIONS,
        description="Begin a session by an ID token of the identity provider.",
    )
    renew_csrf_token: RenewCsrfTokenPayload = strawberry.mutation(
        resolver=renew_csrf_token,
        metadata=OWN_TRANSACTIONS,
        description='Be told again what must come beside the cookie; send "renew" as x-agora-csrf with it.',
    )
    sign_out: SignOutPayload = strawberry.mutation(resolver=sign_out, description="End the session at hand.")
    sign_out_everywhere: SignOutEverywherePayload = strawberry.mutation(
        resolver=sign_out_everywhere, description="End all of your sessions."
    )
    revoke_session: RevokeSessionPayload = strawberry.mutation(
        resolver=revoke_session, description="End one of your sessions, as on a lost device."
    )
