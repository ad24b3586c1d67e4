"""The whole schema: derived types, and the hand-written fields of every domain."""

from importlib.metadata import version

import strawberry

import models
from graph import knowledge
from graph.access.policies import Policies
from graph.chat import ChatMutation, ChatQuery
from graph.chat.feeds import CHAT, DESK
from graph.compliance import ComplianceMutation
from graph.conversations.feeds import CONVERSATION
from graph.conversations.talking import ConversationsMutation
from graph.engine.access import Access
from graph.engine.model.computed import Computed
from graph.engine.model.entities import describe
from graph.engine.schema.derive import Derived
from graph.engine.schema.schema import Schema
from graph.freelance import FreelanceMutation
from graph.identity import IdentityMutation
from graph.ingest import SCALARS, IngestMutation
from graph.notifications import NotificationMutation
from graph.privacy import PrivacyMutation
from graph.reports import ReportMutation
from graph.syncing import SyncingMutation, SyncingQuery
from graph.viewer import ViewerInfo, viewer_of
from graph.webhooks import WebhooksMutation


def agora_version() -> str:
    """The installed version."""
    return version("agora")


COMPUTED = (*knowledge.COMPUTED,)
"""The fields that Python computes."""

FOLLOWED = (CHAT, CONVERSATION, DESK)
"""What can be followed."""


@strawberry.type(description="Everything that can be read.")
class Query(ChatQuery, SyncingQuery):
    """Everything that can be read. Nearly all of its fields are derived."""

    version: str = strawberry.field(resolver=agora_version, description="The version of Agora that answers.")
    viewer: ViewerInfo = strawberry.field(resolver=viewer_of, description="Who asks, and what that is worth.")


@strawberry.type(description="Everything that can be done.")
class Mutation(
    FreelanceMutation,
    IdentityMutation,
    ComplianceMutation,
    ConversationsMutation,
    PrivacyMutation,
    SyncingMutation,
    IngestMutation,
    WebhooksMutation,
    NotificationMutation,
    ReportMutation,
    ChatMutation,
):
    """Everything that can be done."""


def build(access: Access | None = None, computed: tuple[Computed, ...] = COMPUTED) -> Schema:
    """The schema over `models` with the fields `computed`, under the policies, or other rules of `access`."""
    graph = describe(models.Base)
    derived = Derived(graph, access or Policies(graph), computed)
    return Schema(derived, query=Query, mutation=Mutation, followed=FOLLOWED, scalars=SCALARS)
