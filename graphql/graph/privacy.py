"""The hand-written fields of what people allow, and of claims over their data: thin over `app.services.privacy`."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.services.privacy import consents, requests
from graph.acting import WHY_NOT, done, done_alone, me, occasion, tried
from graph.context import Info, UserError
from graph.engine.model.ids import uuid_of
from graph.engine.running.mutating import OWN_TRANSACTIONS
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived, leaf
from models.identity import PrivacyRequest

if TYPE_CHECKING:
    from models.identity import GdprConsentPurpose as PurposeLeaf
    from models.identity import GdprConsentSource as SourceLeaf

    ConsentType = Any
    RequestType = Any
else:
    ConsentType, RequestType = derived("GdprConsent"), derived("PrivacyRequest")
    PurposeLeaf, SourceLeaf = leaf("GdprConsentPurpose"), leaf("GdprConsentSource")

WHOSE = "The ID of the business that you are a customer of; null: the platform."


@strawberry.input(description="What a person answers to the question whether data may be used.")
class GiveConsentInput:
    """What a person answers to the question whether data may be used."""

    purpose: PurposeLeaf = strawberry.field(description="What the data would be used for.")
    granted: bool = strawberry.field(description="Whether the answer is yes.")
    wording: str | None = strawberry.field(default=None, description="The question as the person read it.")
    policy_version: str | None = strawberry.field(
        default=None, description="Which version of the privacy policy was shown."
    )
    business_id: strawberry.ID | None = strawberry.field(default=None, description=WHOSE)
    source: SourceLeaf = strawberry.field(
        default="SETTINGS", description="Where the person was asked; not STAFF, who answer for others."
    )


@strawberry.type(description="The answer that was kept, or why none was.")
class GiveConsentPayload:
    """The answer that was kept, or why none was."""

    gdpr_consent: ConsentType | None = strawberry.field(description="The answer; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def give_consent(
    info: Info, input: Annotated[GiveConsentInput, strawberry.argument(description="The answer.")]
) -> GiveConsentPayload:
    """Keep what whoever asks allows or not."""
    answer = consents.Answer(**{**vars(input), "business_id": _business(input.business_id)})
    row, errors = await done(info, lambda session: consents.give(session, me(info), answer, occasion(info)))
    return GiveConsentPayload(gdpr_consent=row and Ref("GdprConsent", row.id), user_errors=errors)


@strawberry.input(description="What a person does not allow any more.")
class WithdrawConsentInput:
    """What a person does not allow any more."""

    purpose: PurposeLeaf = strawberry.field(description="What the data may not be used for any more.")
    business_id: strawberry.ID | None = strawberry.field(default=None, description=WHOSE)


@strawberry.type(description="The answer that was withdrawn, or why none was.")
class WithdrawConsentPayload:
    """The answer that was withdrawn, or why none was."""

    gdpr_consent: ConsentType | None = strawberry.field(description="The answer; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def withdraw_consent(
    info: Info, input: Annotated[WithdrawConsentInput, strawberry.argument(description="The purpose.")]
) -> WithdrawConsentPayload:
    """End what whoever asks allowed."""
    business = _business(input.business_id)
    ended, errors = await done(
        info, lambda session: consents.withdraw(session, me(info), input.purpose, business, occasion(info))
    )
    return WithdrawConsentPayload(gdpr_consent=ended and Ref("GdprConsent", ended), user_errors=errors)


def _business(given: str | None) -> UUID | None:
    return uuid_of(given, "business", "input.businessId") if given else None


@strawberry.type(description="The claim to a copy of all data about oneself, or why there is none.")
class ExportMyDataPayload:
    """The claim to a copy of all data about oneself, or why there is none."""

    privacy_request: RequestType | None = strawberry.field(
        description="The claim; once it is COMPLETED, `exportUrl` leads to the file for 24 hours."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def export_my_data(info: Info) -> ExportMyDataPayload:
    """Have everything about whoever asks written to a file."""
    here = info.context.viewer.params.get("session")
    # In a transaction of its own: whoever is woken must find the claim.
    row, errors = await done_alone(
        info, lambda session: requests.ask_for_export(session, me(info), here, occasion(info))
    )
    info.context.wake()
    return ExportMyDataPayload(privacy_request=row and Ref("PrivacyRequest", row.id), user_errors=errors)


@strawberry.input(description="The proof that it is oneself who wants to be forgotten.")
class EraseMeInput:
    """The proof that it is oneself who wants to be forgotten."""

    password: str = strawberry.field(description="Your password; a wrong one counts like a failed sign-in.")


@strawberry.type(description="The claim to be forgotten, or why there is none.")
class EraseMePayload:
    """The claim to be forgotten, or why there is none."""

    privacy_request: RequestType | None = strawberry.field(
        description="The claim; once it is dealt with, your sessions are over."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def erase_me(
    info: Info, input: Annotated[EraseMeInput, strawberry.argument(description="The proof.")]
) -> EraseMePayload:
    """Forget whoever asks."""
    begin, passwords = info.context.begin, info.context.passwords

    async def work() -> PrivacyRequest:
        return await requests.ask_for_erasure(begin, passwords, me(info), input.password, occasion(info))

    row, errors = await tried(work)
    info.context.wake()
    return EraseMePayload(privacy_request=row and Ref("PrivacyRequest", row.id), user_errors=errors)


@strawberry.type
class PrivacyMutation:
    """What people say of their own data."""

    give_consent: GiveConsentPayload = strawberry.mutation(
        resolver=give_consent, description="Answer whether your data may be used; the answer before it ends."
    )
    withdraw_consent: WithdrawConsentPayload = strawberry.mutation(
        resolver=withdraw_consent, description="Allow no longer what you allowed."
    )
    export_my_data: ExportMyDataPayload = strawberry.mutation(
        resolver=export_my_data,
        metadata=OWN_TRANSACTIONS,
        description="Have everything about you written to a file that only you can fetch.",
    )
    erase_me: EraseMePayload = strawberry.mutation(
        resolver=erase_me,
        metadata=OWN_TRANSACTIONS,
        description="Close your account and have what is personal erased, for good; the books stay without your name.",
    )
