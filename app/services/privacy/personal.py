"""Which rows are a person's, and what becomes of each of their columns: the one table that export and erasure follow.

Every foreign key to people, customers and visitors stands here, or below among those that only say who did something.
Every column that can hold text of a row named here is erased, scrubbed or kept for one of three reasons. The tests see
to it, so whoever adds a column or a key must decide.
"""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB
from sqlalchemy.types import TypeEngine

from models import Base
from models.columns import OneOf

PEOPLE = {"identity.users": "user", "customers.customers": "customers", "chat.visitors": "visitors"}
"""Whom rows can name: the person, their Customer rows and the visitors that those were recognised as."""

REASONS = {
    "ledger": "the books need it: numbers, references and what was bought",
    "facts": "says nothing of who it was once the rest is gone: codes, kinds, figures, versions",
    "theirs": "is somebody else's as well, who keeps it",
}
"""Why a column that can hold text is kept."""


class Personal(NamedTuple):
    """Rows of a table that are a person's: those that name them by one of the `paths`, and what becomes of them."""

    table: str
    paths: tuple[str, ...]
    """A key that names the person, or one to a row that does: "order_id>sales.orders.customer_id"."""
    erase: tuple[str, ...]
    scrub: tuple[str, ...]
    """Columns that stay, without what names the person."""
    kept: dict[str, tuple[str, ...]]
    """Columns that stay, by reason."""
    delete: bool
    export: bool

    @property
    def source(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.table]


def of(
    table: str, *paths: str, erase: str = "", scrub: str = "", delete: bool = False, export: bool = True, **kept: str
) -> Personal:
    """A line of the table."""
    reasons = {reason: tuple(columns.split()) for reason, columns in kept.items()}
    return Personal(table, paths, tuple(erase.split()), tuple(scrub.split()), reasons, delete, export)


OF_ORDER, OF_CONVERSATION = "order_id>sales.orders.customer_id", "conversation_id>agents.conversations.user_id"
OF_CHAT, OF_PAYMENT = "session_id>chat.chat_sessions.visitor_id", "payment_id>finance.payments.customer_id"
FROM_DESK = "sender_id>chat.chat_participants.chat_agent_id>chat.chat_agents.user_id"
OF_ESCROW = "escrow_id>freelance.escrows.client_id"

PERSONAL: tuple[Personal, ...] = (
    # identity
    of(
        *("identity.users", "id"),
        erase="email username password_hash provider_subject first_name last_name headline bio avatar_url phone "
        "country skills notes hourly_rate permissions email_verified_at last_login_at locked_until",
        facts="locale time_zone",
    ),
    of("identity.memberships", "user_id", delete=True),
    of("identity.login_sessions", "user_id", "customer_id", delete=True),
    of("identity.tokens", "user_id", delete=True, export=False),
    of(
        *("identity.kyc_verifications", "user_id"),
        erase="full_name born_on nationality document_number document_country document_expires_on documents "
        "provider_reference rejection_reason",
        facts="provider",
    ),
    # The law forbids to tell a person of these.
    of(
        *("identity.aml_checks", "user_id"),
        erase="reason matches provider_reference notes",
        facts="lists provider",
        export=False,
    ),
    of("identity.security_events", "user_id", erase="details ip_address user_agent country"),
    of(
        "identity.gdpr_consents",
        "user_id",
        "customer_id",
        erase="ip_address user_agent",
        facts="wording policy_version",
    ),
    of(
        *("identity.privacy_requests", "user_id", "customer_id"),
        erase="email message rejection_reason export_url",
        facts="result",
    ),
    # customers
    of(
        *("customers.customers", "user_id"),
        erase="email first_name last_name company tax_number phone born_on tags notes registration_ip user_agent "
        "referral_source churn_risk shopify_id",
        facts="locale",
    ),
    of(
        *("customers.addresses", "customer_id"),
        erase="label recipient company street street_addition city region postal_code phone instructions",
        ledger="country",
    ),
    of("customers.customer_preferences", "customer_id", delete=True),
    of("customers.segment_members", "customer_id", erase="reason", export=False),
    of("customers.customer_interactions", "customer_id", erase="content outcome metadata"),
    of("marketing.email_subscribers", "customer_id", delete=True),
    # chat
    of(
        *("chat.visitors", "customer_id"),
        erase="key fingerprints name email phone language time_zone country city first_referrer tags notes "
        "blocked_reason",
        facts="consented_to",
    ),
    of(
        *("chat.chat_sessions", "visitor_id"),
        erase="token_hash subject tags page_url referrer browser ip_address location feedback",
        facts="language wanted_skill",
    ),
    of("chat.chat_messages", OF_CHAT, erase="sender_name content attachment_url attachment_name"),
    of("chat.chat_events", OF_CHAT, erase="client_message_id payload"),
    of("chat.chat_agents", "user_id", erase="name avatar_url", facts="skills languages"),
    of(
        *("chat.chat_participants", "user_id", "visitor_id", "chat_agent_id>chat.chat_agents.user_id"),
        erase="name",
    ),
    # What was said at the desk was said for the business.
    of(
        *("chat.chat_messages", "sender_id>chat.chat_participants.user_id", FROM_DESK),
        erase="sender_name",
        scrub="content",
        theirs="attachment_url attachment_name",
        export=False,
    ),
    # agents, llm, analytics
    of("agents.conversations", "user_id", erase="session_id title context system_prompt feedback"),
    of("agents.messages", OF_CONVERSATION, erase="content metadata"),
    of("agents.conversation_events", OF_CONVERSATION, erase="payload"),
    of("agents.extracted_entities", OF_CONVERSATION, erase="value normalized_value"),
    of("agents.intents", OF_CONVERSATION, erase="parameters", facts="name"),
    of(
        *("agents.training_examples", "message_id>agents.messages.conversation_id>agents.conversations.user_id"),
        erase="input_text expected_output actual_output tags",
        export=False,
    ),
    of(
        *("llm.llm_requests", "user_id"),
        erase="session_id prompt system_prompt error_message",
        facts="error_code reference",
    ),
    of("llm.llm_responses", "request_id>llm.llm_requests.user_id", erase="content", facts="cache_key"),
    of("llm.llm_usage_stats", "user_id"),
    of(
        *("analytics.analytics_events", "user_id", "customer_id", "visitor_id"),
        erase="session_id properties page_url referrer country",
        facts="name variant utm_source utm_medium utm_campaign",
    ),
    of("business.business_events", "user_id", erase="data ip_address", facts="type", export=False),
    # catalogue
    of("catalog.product_inquiries", "customer_id", erase="name email question answer"),
    of("catalog.product_recommendations", "customer_id", erase="reason"),
    of("catalog.product_reviews", "customer_id", erase="title content image_urls rejection_reason response"),
    # sales
    of(
        *("sales.orders", "customer_id"),
        erase="email phone billing_address shipping_address notes internal_notes ip_address cancel_reason shopify_id",
        ledger="order_number coupon_code",
    ),
    of(
        *("sales.order_items", OF_ORDER),
        erase="license_key download_url",
        ledger="product_name variant_name product_sku",
    ),
    of("sales.order_events", OF_ORDER, erase="message data"),
    of("sales.order_returns", OF_ORDER, erase="notes", ledger="number"),
    of("sales.rma_requests", "customer_id", erase="description image_urls decision_note", ledger="number"),
    of("sales.fraud_checks", OF_ORDER, erase="reasons signals error note", facts="provider"),
    of("sales.anomaly_detections", "customer_id", OF_ORDER, scrub="explanation resolution", facts="name", export=False),
    of("sales.customer_subscriptions", "customer_id", erase="cancel_reason", ledger="number"),
    of("sales.carts", "customer_id", "visitor_id", erase="email", ledger="coupon_code"),
    of(
        *("sales.cart_items", "cart_id>sales.carts.customer_id", "cart_id>sales.carts.visitor_id"),
        erase="note",
    ),
    of("offers.offer_redemptions", "customer_id", ledger="code"),
    of(
        *("channels.marketplace_orders", OF_ORDER),
        erase="buyer_name buyer_email payload error",
        ledger="external_id external_status country",
        export=False,
    ),
    of(
        *("fulfillment.shipments", OF_ORDER, "address_id>customers.addresses.customer_id"),
        erase="tracking_number label_url",
        ledger="shipment_number dimensions",
    ),
    of(
        *("fulfillment.shipment_events", f"shipment_id>fulfillment.shipments.{OF_ORDER}"),
        erase="location description",
        ledger="country carrier_code",
    ),
    # finance
    of(
        *("finance.payment_methods", "user_id", "customer_id"),
        erase="provider_token label brand last4 holder_name",
    ),
    of(
        *("finance.payments", "customer_id", OF_ESCROW),
        erase="method_label failure_message ip_address",
        ledger="number provider_reference failure_code",
    ),
    of(
        *("finance.refunds", OF_PAYMENT, f"payment_id>finance.payments.{OF_ESCROW}"),
        erase="note failure_message",
        ledger="provider_reference",
    ),
    of("finance.transactions", "customer_id", scrub="description", ledger="number category", export=False),
    of(
        *("finance.revenue_attributions", "transaction_id>finance.transactions.customer_id"),
        erase="touchpoint_data",
        export=False,
    ),
    # freelance
    of("freelance.jobs", "client_id", erase="description location", theirs="title category skills"),
    of("freelance.jobs", "freelancer_id", scrub="description title", theirs="category skills location"),
    of(
        *("freelance.milestones", "job_id>freelance.jobs.client_id", "job_id>freelance.jobs.freelancer_id"),
        scrub="title description deliverables note feedback",
    ),
    of("freelance.applications", "freelancer_id", erase="cover_letter"),
    of("freelance.escrows", "client_id", "freelancer_id"),
    of(
        *("freelance.escrow_movements", OF_ESCROW, "escrow_id>freelance.escrows.freelancer_id"),
        scrub="note",
        ledger="reference",
    ),
    of("freelance.disputes", "opened_by_id", erase="description", scrub="answer decision"),
    of("freelance.disputes", "respondent_id", erase="answer", scrub="description decision"),
    of(
        *("freelance.dispute_evidences", "submitted_by_id"),
        erase="title statement file_url file_name sha256",
        facts="media_type",
    ),
    of("freelance.reviews", "reviewer_id", erase="comment", scrub="response"),
    of("freelance.reviews", "reviewee_id", erase="response", scrub="comment"),
    of("freelance.skill_verifications", "user_id", erase="issuer evidence_url rejection_reason", facts="skill"),
    of(
        *("freelance.courses", "instructor_id"),
        scrub="title description",
        theirs="slug category skills locale cover_url",
    ),
    of("freelance.enrollments", "user_id", ledger="certificate_number"),
    # support
    of(
        *("support.support_tickets", "customer_id"),
        erase="subject description requester_name requester_email tags satisfaction_comment",
        ledger="number",
    ),
    of(
        *("support.ticket_messages", "customer_id", "ticket_id>support.support_tickets.customer_id"),
        erase="content attachments external_id",
    ),
    of("support.ticket_messages", "user_id", scrub="content", theirs="attachments external_id", export=False),
    of(
        *("support.documents", "customer_id"),
        erase="data url error",
        scrub="title",
        ledger="number locale checksum",
    ),
    of("support.notifications", "user_id", delete=True),
    of(
        *("support.outbound_messages", "customer_id"),
        erase="recipient sender subject body provider_message_id provider_data error",
        facts="provider",
    ),
    # What the person did, as the platform noted it.
    of(
        *("gateway.api_logs", "user_id"),
        erase="request_headers request_body response_body ip_address user_agent",
        scrub="path",
        facts="operation error_code request_id",
    ),
    of(
        *("ops.audit_logs", "user_id"),
        erase="ip_address user_agent",
        scrub="before after",
        facts="changed_fields operation request_id",
        export=False,
    ),
    of("ops.event_logs", "user_id", scrub="payload", facts="name service_name correlation_id", export=False),
    of(
        *("knowledge.articles", "author_id"),
        scrub="title summary content",
        theirs="slug category tags related_components language",
        export=False,
    ),
)
"""A table may have several lines, one for each way in which a row is the person's."""

NOT_PERSONAL = {
    "advertising.ad_creatives": "approved_by_id",
    "agents.agent_deployments": "deployed_by_id",
    "agents.intents": "reviewed_by_id",
    "agents.training_examples": "approved_by_id",
    "analytics.metric_definitions": "owner_id",
    "business.alerts": "acknowledged_by_id resolved_by_id",
    "business.stores": "manager_id",
    "catalog.price_changes": "user_id",
    "catalog.product_inquiries": "answered_by_id",
    "catalog.product_reviews": "moderator_id",
    "channels.marketplace_sync_logs": "started_by_id",
    "customers.customer_interactions": "user_id",
    "customers.customers": "manager_id",
    "customers.segment_members": "assigned_by_id",
    "finance.budgets": "owner_id",
    "finance.refunds": "approved_by_id",
    "finance.transactions": "recorded_by_id",
    "freelance.disputes": "mediator_id",
    "freelance.escrow_movements": "made_by_id",
    "freelance.skill_verifications": "verified_by_id",
    "fulfillment.inbound_shipments": "received_by_id",
    "fulfillment.quality_checks": "inspector_id",
    "fulfillment.stock_movements": "made_by_id",
    "fulfillment.warehouses": "manager_id",
    "identity.aml_checks": "reviewed_by_id",
    "identity.kyc_verifications": "reviewed_by_id",
    "identity.memberships": "invited_by_id",
    "identity.privacy_requests": "handled_by_id",
    "identity.security_events": "resolved_by_id",
    "knowledge.code_components": "owner_id",
    "knowledge.code_insights": "assigned_to_id",
    "knowledge.knowledge_changes": "changed_by_id",
    "ops.backups": "started_by_id",
    "reporting.export_jobs": "requested_by_id",
    "reporting.insights": "decided_by_id",
    "reporting.kpi_targets": "owner_id",
    "reporting.kpis": "owner_id",
    "reporting.report_runs": "requested_by_id",
    "sales.anomaly_detections": "resolved_by_id",
    "sales.fraud_checks": "reviewed_by_id",
    "sales.order_events": "user_id",
    "sales.order_returns": "inspected_by_id",
    "sales.rma_requests": "decided_by_id",
    "suppliers.purchase_orders": "approved_by_id",
    "support.support_tickets": "assignee_id",
    "work.workflow_executions": "started_by_id",
}
"""Keys that only say who did something with a row of somebody else's, or of a business's; so do all of `DID`."""

DID = ("created_by_id", "updated_by_id")

LOGS = {
    "ops.audit_logs": "before after",
    "ops.event_logs": "payload",
    "ops.service_syncs": "data last_error",
    "gateway.webhook_deliveries": "payload response_body error",
    "analytics.predictions": "features explanation",
    "knowledge.knowledge_changes": "changes",
    "work.sagas": "context error_message",
}
"""What says by `entity_type` and `entity_id` what became of a row, with its values in these columns."""


def keys(path: str) -> list[tuple[str, str]]:
    """The keys of a path, each with the table that it leads to; "" for the last, which names the person."""
    first, *others = path.split(">")
    tables, names = [other.rpartition(".")[0] for other in others], [other.rpartition(".")[2] for other in others]
    return list(zip([first, *names], [*tables, ""], strict=True))


def texts(table: Table) -> list[Column[Any]]:
    """The columns that can hold text about somebody: written ones, not keys, kinds, currencies or computed."""
    return [column for column in table.columns if _holds_text(column.type) and _is_written(column)]


def _holds_text(type_: TypeEngine[Any]) -> bool:
    return isinstance(type_, Text | ARRAY | JSONB | INET) and not isinstance(type_, OneOf)


def _is_written(column: Column[Any]) -> bool:
    return column.computed is None and column.name not in ("currency", "entity_type")


@cache
def entity_of(table: str) -> str:
    """What the entity of a table is called."""
    names = {mapper.local_table: mapper.class_.__name__ for mapper in Base.registry.mappers}
    return names[Base.metadata.tables[table]]
