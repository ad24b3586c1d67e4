"""The hand-written fields of what people allow, and of claims over their data: thin over `app.services.privacy`."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.services.privacy import consents
from graph.context import Info, UserError
from graph.doing import WHY_NOT, done, me, occasion
from graph.engine.model.ids import uuid_of
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived, leaf

if TYPE_CHECKING:
    from models.identity import GdprConsentPurpose as PurposeLeaf
    from models.identity import GdprConsentSource as SourceLeaf

    ConsentType = Any
else:
    ConsentType = derived("GdprConsent")
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


@strawberry.type
class PrivacyMutation:
    """What people say of their own data."""

    give_consent: GiveConsentPayload = strawberry.mutation(
        resolver=give_consent, description="Answer whether your data may be used; the answer before it ends."
    )
    withdraw_consent: WithdrawConsentPayload = strawberry.mutation(
        resolver=withdraw_consent, description="Allow no longer what you allowed."
    )
