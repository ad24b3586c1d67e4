"""The hand-written fields of accounts and keys: thin over `app.services.accounts`."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.services.accounts import keys, recovering, registering
from app.services.accounts.evenness import at_least
from app.services.accounts.people import NewPerson
from app.services.refusals import Refusal, Refused
from graph.access.viewers import ADMIN, MEMBER
from graph.acting import WHY_NOT, done, done_alone, here, me, occasion, tried
from graph.context import Info, UserError
from graph.engine.model.ids import uuid_of
from graph.engine.running.mutating import OWN_TRANSACTIONS
from graph.engine.running.repeating import TOLD_ONCE
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived
from graph.sessions import SessionsMutation

if TYPE_CHECKING:
    KeyType = Any
else:
    KeyType = derived("ApiKey")

EVEN_SECONDS = 0.25
"""What takes at least so long whatever the address, so that writes that only some cause cannot be measured."""


def _owner(info: Info, otherwise: Refusal) -> UUID:
    """Who acts for a business: not from a session in which the person only shops. Raises Refused."""
    user = me(info)
    if info.context.viewer.kind not in (MEMBER, ADMIN):
        raise Refused([otherwise])
    return user


@strawberry.input(description="What somebody who opens an account says.")
class RegisterInput:
    """What somebody who opens an account says."""

    email: str = strawberry.field(description="The e-mail address to sign in with.")
    password: str = strawberry.field(description="10 to 200 characters, and none of the commonest.")
    first_name: str = strawberry.field(description="Given name, of at most 100 characters.")
    last_name: str = strawberry.field(description="Family name, of at most 100 characters.")
    locale: str = strawberry.field(default="en", description="BCP 47 language tag for messages to this person.")


@strawberry.type(description="Whether the registration was taken; the e-mail says what became of it.")
class RegisterPayload:
    """Whether the registration was taken; the e-mail says what became of it."""

    accepted: bool = strawberry.field(
        description="Whether an e-mail is on its way; the same for addresses that have an account."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def register(
    info: Info, input: Annotated[RegisterInput, strawberry.argument(description="The person.")]
) -> RegisterPayload:
    """Open an account, or tell its owner that somebody tried."""
    begin, passwords = info.context.begin, info.context.passwords
    async with at_least(EVEN_SECONDS):
        _, errors = await tried(
            lambda: registering.register(begin, passwords, NewPerson(**vars(input)), occasion(info))
        )
    return RegisterPayload(accepted=not errors, user_errors=errors)


@strawberry.input(description="The token that was sent to the address.")
class VerifyEmailInput:
    """The token that was sent to the address."""

    token: str = strawberry.field(description="The token of the e-mail; it is good once, for 24 hours.")


@strawberry.type(description="Whether the address is proven.")
class VerifyEmailPayload:
    """Whether the address is proven."""

    verified: bool = strawberry.field(description="Whether the address is proven now.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def verify_email(
    info: Info, input: Annotated[VerifyEmailInput, strawberry.argument(description="The token.")]
) -> VerifyEmailPayload:
    """Prove the address that the token was sent to."""
    _, errors = await done(info, lambda session: registering.verify_email(session, input.token, occasion(info)))
    return VerifyEmailPayload(verified=not errors, user_errors=errors)


@strawberry.input(description="The address that is not proven yet.")
class ResendVerificationInput:
    """The address that is not proven yet."""

    email: str = strawberry.field(description="The account's e-mail address.")


@strawberry.type(description="That the request was taken.")
class ResendVerificationPayload:
    """That the request was taken."""

    accepted: bool = strawberry.field(description="True, whether or not anything was sent: once a minute at most.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def resend_verification(
    info: Info, input: Annotated[ResendVerificationInput, strawberry.argument(description="The address.")]
) -> ResendVerificationPayload:
    """Send the token to the address again, if it has an account that it does not prove yet."""
    async with at_least(EVEN_SECONDS):
        _, errors = await done_alone(info, lambda session: registering.send_again(session, input.email, occasion(info)))
    return ResendVerificationPayload(accepted=not errors, user_errors=errors)


@strawberry.input(description="Who wants a new password.")
class RequestPasswordResetInput:
    """Who wants a new password."""

    email: str = strawberry.field(description="The account's e-mail address.")


@strawberry.type(description="That the request was taken.")
class RequestPasswordResetPayload:
    """That the request was taken."""

    accepted: bool = strawberry.field(description="True, whether or not the address has an account.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def request_password_reset(
    info: Info, input: Annotated[RequestPasswordResetInput, strawberry.argument(description="The person.")]
) -> RequestPasswordResetPayload:
    """Send a token to the address, if it has an account."""

    async with at_least(EVEN_SECONDS):
        _, errors = await done_alone(
            info, lambda session: recovering.ask_for_new_password(session, input.email, occasion(info))
        )
    return RequestPasswordResetPayload(accepted=not errors, user_errors=errors)


@strawberry.input(description="The token that was sent, and the password to be.")
class ResetPasswordInput:
    """The token that was sent, and the password to be."""

    token: str = strawberry.field(description="The token of the e-mail; it is good once, for an hour.")
    new_password: str = strawberry.field(description="10 to 200 characters, and none of the commonest.")


@strawberry.type(description="Whether the password is the new one.")
class ResetPasswordPayload:
    """Whether the password is the new one."""

    changed: bool = strawberry.field(description="Whether the password is the new one; then all sessions ended.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def reset_password(
    info: Info, input: Annotated[ResetPasswordInput, strawberry.argument(description="Token and password.")]
) -> ResetPasswordPayload:
    """Put a new password in the place of a forgotten one."""
    begin, passwords = info.context.begin, info.context.passwords
    _, errors = await tried(
        lambda: recovering.reset_password(begin, passwords, input.token, input.new_password, occasion(info))
    )
    return ResetPasswordPayload(changed=not errors, user_errors=errors)


@strawberry.input(description="The password and the one to be.")
class ChangePasswordInput:
    """The password and the one to be."""

    old_password: str = strawberry.field(description="The password as it is.")
    new_password: str = strawberry.field(description="10 to 200 characters, and none of the commonest.")


@strawberry.type(description="Whether the password is the new one.")
class ChangePasswordPayload:
    """Whether the password is the new one."""

    changed: bool = strawberry.field(description="Whether the password is the new one; then all other sessions ended.")
    ended_count: int = strawberry.field(description="How many other sessions ended.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def change_password(
    info: Info, input: Annotated[ChangePasswordInput, strawberry.argument(description="Both passwords.")]
) -> ChangePasswordPayload:
    """Put a new password in the place of the old one."""

    async def work() -> int:
        change = recovering.Change(input.old_password, input.new_password)
        begin, passwords = info.context.begin, info.context.passwords
        return await recovering.change_password(begin, passwords, me(info), here(info), change, occasion(info))

    ended, errors = await tried(work)
    return ChangePasswordPayload(changed=not errors, ended_count=ended or 0, user_errors=errors)


@strawberry.input(description="What is said of an API key.")
class CreateApiKeyInput:
    """What is said of an API key."""

    business_id: strawberry.ID = strawberry.field(description="The ID of the business that it acts for.")
    name: str = strawberry.field(description="What the key is for.")
    scopes: list[str] = strawberry.field(
        description="What it may do: lists or domains with :read or :write, like orders:read; * is all."
    )
    agent_id: strawberry.ID | None = strawberry.field(default=None, description="The ID of the agent it acts as.")
    allowed_ips: list[str] = strawberry.field(
        default_factory=list, description="Addresses and networks it may be used from; none: from any."
    )
    allowed_domains: list[str] = strawberry.field(
        default_factory=list, description="Hosts whose pages may use it; none: any."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="When it ceases to open anything.")
    rate_limit_per_hour: int = strawberry.field(default=1000, description="How many requests it may make an hour.")
    rate_limit_per_day: int = strawberry.field(default=10000, description="How many requests it may make a day.")


@strawberry.type(description="A new API key with its secret, or why there is none.")
class CreateApiKeyPayload:
    """A new API key with its secret, or why there is none."""

    api_key: KeyType | None = strawberry.field(description="The key; null if there are userErrors.")
    secret: str | None = strawberry.field(
        metadata=TOLD_ONCE, description='What the program sends as "Authorization: Bearer …"; it is told this once.'
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def create_api_key(
    info: Info, input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")]
) -> CreateApiKeyPayload:
    """Make a key for a business of whoever asks."""
    business = uuid_of(input.business_id, "business", "input.businessId")
    agent = uuid_of(input.agent_id, "agent", "input.agentId") if input.agent_id is not None else None
    new = keys.NewKey(**{**vars(input), "business_id": business, "agent_id": agent})
    made, errors = await done(
        info, lambda session: keys.create_key(session, new, _owner(info, keys.NOT_THEIRS), occasion(info))
    )
    if made is None:
        return CreateApiKeyPayload(api_key=None, secret=None, user_errors=errors)
    return CreateApiKeyPayload(api_key=Ref("ApiKey", made.row.id), secret=made.secret, user_errors=[])


@strawberry.input(description="Which API key to take back.")
class RevokeApiKeyInput:
    """Which API key to take back."""

    api_key_id: strawberry.ID = strawberry.field(description="The ID of the key.")
    reason: str | None = strawberry.field(default=None, description="Why, in at most 200 characters.")


@strawberry.type(description="The API key that opens nothing any more.")
class RevokeApiKeyPayload:
    """The API key that opens nothing any more."""

    api_key: KeyType | None = strawberry.field(description="The key; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def revoke_api_key(
    info: Info, input: Annotated[RevokeApiKeyInput, strawberry.argument(description="The key.")]
) -> RevokeApiKeyPayload:
    """Take a key of a business of whoever asks back for good."""
    wanted = uuid_of(input.api_key_id, "api_key", "input.apiKeyId")
    key, errors = await done(
        info,
        lambda session: keys.revoke_key(session, wanted, _owner(info, keys.UNKNOWN_KEY), occasion(info), input.reason),
    )
    return RevokeApiKeyPayload(api_key=key and Ref("ApiKey", key.id), user_errors=errors)


@strawberry.type
class IdentityMutation(SessionsMutation):
    """What people do with their accounts and keys."""

    register: RegisterPayload = strawberry.mutation(
        resolver=register,
        metadata=OWN_TRANSACTIONS,
        description="Open an account; the address gets an e-mail, whether or not it has one already.",
    )
    resend_verification: ResendVerificationPayload = strawberry.mutation(
        resolver=resend_verification,
        metadata=OWN_TRANSACTIONS,
        description="Have the token that proves an address sent there again.",
    )
    verify_email: VerifyEmailPayload = strawberry.mutation(
        resolver=verify_email, description="Prove an address by the token that was sent to it."
    )
    request_password_reset: RequestPasswordResetPayload = strawberry.mutation(
        resolver=request_password_reset,
        metadata=OWN_TRANSACTIONS,
        description="Have a token for a new password sent to an address.",
    )
    reset_password: ResetPasswordPayload = strawberry.mutation(
        resolver=reset_password,
        metadata=OWN_TRANSACTIONS,
        description="Choose a new password by a token; all of your sessions end.",
    )
    change_password: ChangePasswordPayload = strawberry.mutation(
        resolver=change_password,
        metadata=OWN_TRANSACTIONS,
        description="Choose a new password; all of your other sessions end.",
    )
    create_api_key: CreateApiKeyPayload = strawberry.mutation(
        resolver=create_api_key, description="Make a key by which a program acts for a business that you own."
    )
    revoke_api_key: RevokeApiKeyPayload = strawberry.mutation(
        resolver=revoke_api_key, description="Take a key of a business that you own back for good."
    )
