"""Tickets, notifications, messages and documents."""

from alembic import op

revision = "0023_support"
down_revision = "0022_marketing"

TOUCHED = (
    "support.document_templates",
    "support.documents",
    "support.notification_templates",
    "support.notifications",
    "support.outbound_messages",
    "support.support_tickets",
    "support.ticket_messages",
)
COUNTED = (("support.ticket_messages", "count_ticket_messages"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA support",
    r"""
    CREATE TABLE support.support_tickets (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        customer_id uuid,
        assignee_id uuid,
        agent_id uuid,
        order_id uuid,
        product_id uuid,
        chat_session_id uuid,
        merged_into_id uuid,
        number text NOT NULL,
        subject text NOT NULL,
        description text,
        requester_name text,
        requester_email text,
        category text DEFAULT 'OTHER' NOT NULL,
        channel text DEFAULT 'WEB' NOT NULL,
        priority text DEFAULT 'NORMAL' NOT NULL,
        status text DEFAULT 'NEW' NOT NULL,
        tags text[] DEFAULT '{}' NOT NULL,
        first_response_due_at timestamptz(3),
        first_responded_at timestamptz(3),
        resolution_due_at timestamptz(3),
        resolved_at timestamptz(3),
        closed_at timestamptz(3),
        is_late boolean GENERATED ALWAYS AS (coalesce(first_responded_at > first_response_due_at, false) OR coalesce(resolved_at > resolution_due_at, false)) VIRTUAL NOT NULL,
        reopened_count integer DEFAULT 0 NOT NULL,
        message_count integer DEFAULT 0 NOT NULL,
        satisfaction_rating integer,
        satisfaction_comment text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_support_tickets PRIMARY KEY (id),
        CONSTRAINT ck_support_tickets_merged_into_id_is_another CHECK (merged_into_id <> id),
        CONSTRAINT ck_support_tickets_resolution_due_at_not_before_response
            CHECK (first_response_due_at <= resolution_due_at),
        CONSTRAINT ck_support_tickets_resolved_at_not_before_first_responded_at
            CHECK (first_responded_at <= resolved_at),
        CONSTRAINT ck_support_tickets_closed_at_not_before_resolved_at CHECK (resolved_at <= closed_at),
        CONSTRAINT ck_support_tickets_resolved_at_with_status
            CHECK ((status IN ('RESOLVED', 'CLOSED')) = (resolved_at IS NOT NULL)),
        CONSTRAINT ck_support_tickets_closed_at_with_status CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL)),
        CONSTRAINT ck_support_tickets_message_count_at_least_zero CHECK (message_count >= 0),
        CONSTRAINT ck_support_tickets_reopened_count_at_least_zero CHECK (reopened_count >= 0),
        CONSTRAINT fk_support_tickets_merged_into_id
            FOREIGN KEY(merged_into_id) REFERENCES support.support_tickets (id) ON DELETE SET NULL,
        CONSTRAINT ck_support_tickets_number_length CHECK (length(number) BETWEEN 1 AND 40),
        CONSTRAINT ck_support_tickets_subject_length CHECK (length(subject) BETWEEN 1 AND 255),
        CONSTRAINT ck_support_tickets_requester_email_form
            CHECK (requester_email = lower(requester_email) AND requester_email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_support_tickets_category_is_known
            CHECK (category IN ('ORDER', 'DELIVERY', 'RETURN', 'PAYMENT', 'PRODUCT', 'ACCOUNT', 'TECHNICAL', 'COMPLAINT', 'OTHER')),
        CONSTRAINT ck_support_tickets_channel_is_known
            CHECK (channel IN ('EMAIL', 'PHONE', 'SMS', 'CHAT', 'SOCIAL', 'WEB', 'STORE', 'MARKETPLACE', 'OTHER')),
        CONSTRAINT ck_support_tickets_priority_is_known CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
        CONSTRAINT ck_support_tickets_status_is_known
            CHECK (status IN ('NEW', 'OPEN', 'PENDING', 'ON_HOLD', 'RESOLVED', 'CLOSED')),
        CONSTRAINT ck_support_tickets_satisfaction_rating_range CHECK (satisfaction_rating BETWEEN 1 AND 5),
        CONSTRAINT uq_support_tickets_business_id_number UNIQUE (business_id, number)
    )
    """,
    "CREATE INDEX ix_support_tickets_agent_id ON support.support_tickets (agent_id)",
    "CREATE INDEX ix_support_tickets_assignee_id_status ON support.support_tickets (assignee_id, status)",
    "CREATE INDEX ix_support_tickets_business_id_status_priority ON support.support_tickets (business_id, status, priority)",
    "CREATE INDEX ix_support_tickets_chat_session_id ON support.support_tickets (chat_session_id)",
    "CREATE INDEX ix_support_tickets_created_by_id ON support.support_tickets (created_by_id)",
    "CREATE INDEX ix_support_tickets_customer_id ON support.support_tickets (customer_id)",
    "CREATE INDEX ix_support_tickets_merged_into_id ON support.support_tickets (merged_into_id)",
    "CREATE INDEX ix_support_tickets_order_id ON support.support_tickets (order_id)",
    "CREATE INDEX ix_support_tickets_product_id ON support.support_tickets (product_id)",
    "CREATE INDEX ix_support_tickets_status_resolution_due_at ON support.support_tickets (status, resolution_due_at)",
    "CREATE INDEX ix_support_tickets_tags ON support.support_tickets USING gin (tags)",
    "CREATE INDEX ix_support_tickets_updated_by_id ON support.support_tickets (updated_by_id)",
    """
    CREATE TABLE support.notification_templates (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        key text NOT NULL,
        channel text NOT NULL,
        locale text DEFAULT 'en' NOT NULL,
        name text NOT NULL,
        type text NOT NULL,
        subject text,
        body text NOT NULL,
        variables text[] DEFAULT '{}' NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_notification_templates PRIMARY KEY (id),
        CONSTRAINT ck_notification_templates_key_form CHECK (key ~ '^[a-z0-9]+([._-][a-z0-9]+)*$'),
        CONSTRAINT ck_notification_templates_subject_of_email CHECK (channel <> 'EMAIL' OR subject IS NOT NULL),
        CONSTRAINT ck_notification_templates_channel_is_known CHECK (channel IN ('IN_APP', 'EMAIL', 'SMS', 'PUSH')),
        CONSTRAINT ck_notification_templates_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_notification_templates_type_is_known
            CHECK (type IN ('ORDER', 'PAYMENT', 'SHIPMENT', 'JOB', 'MESSAGE', 'ALERT', 'SECURITY', 'MARKETING', 'SYSTEM')),
        CONSTRAINT ck_notification_templates_body_length CHECK (length(body) BETWEEN 1 AND 50000),
        CONSTRAINT uq_notification_templates_business_id_key_channel_locale UNIQUE (business_id, key, channel, locale)
    )
    """,
    "CREATE INDEX ix_notification_templates_created_by_id ON support.notification_templates (created_by_id)",
    "CREATE INDEX ix_notification_templates_updated_by_id ON support.notification_templates (updated_by_id)",
    """
    CREATE TABLE support.document_templates (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        key text NOT NULL,
        locale text DEFAULT 'en' NOT NULL,
        name text NOT NULL,
        description text,
        type text NOT NULL,
        format text DEFAULT 'PDF' NOT NULL,
        paper text DEFAULT 'A4' NOT NULL,
        body text NOT NULL,
        variables text[] DEFAULT '{}' NOT NULL,
        is_default boolean DEFAULT false NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_document_templates PRIMARY KEY (id),
        CONSTRAINT ck_document_templates_key_form CHECK (key ~ '^[a-z0-9]+([._-][a-z0-9]+)*$'),
        CONSTRAINT ck_document_templates_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_document_templates_type_is_known
            CHECK (type IN ('INVOICE', 'CREDIT_NOTE', 'PACKING_SLIP', 'SHIPPING_LABEL', 'RETURN_LABEL', 'PURCHASE_ORDER', 'CUSTOMS_FORM', 'CONTRACT', 'OTHER')),
        CONSTRAINT ck_document_templates_format_is_known
            CHECK (format IN ('PDF', 'HTML', 'PNG', 'ZPL', 'DOCX', 'CSV')),
        CONSTRAINT ck_document_templates_body_length CHECK (length(body) BETWEEN 1 AND 200000),
        CONSTRAINT uq_document_templates_business_id_key_locale UNIQUE (business_id, key, locale)
    )
    """,
    "CREATE INDEX ix_document_templates_created_by_id ON support.document_templates (created_by_id)",
    "CREATE INDEX ix_document_templates_updated_by_id ON support.document_templates (updated_by_id)",
    "CREATE UNIQUE INDEX uq_document_templates_business_id_type_locale ON support.document_templates (business_id, type, locale) WHERE is_default",
    """
    CREATE TABLE support.ticket_messages (
        id uuid DEFAULT uuidv7() NOT NULL,
        ticket_id uuid NOT NULL,
        author_type text NOT NULL,
        user_id uuid,
        customer_id uuid,
        agent_id uuid,
        content text NOT NULL,
        is_internal boolean DEFAULT false NOT NULL,
        channel text DEFAULT 'WEB' NOT NULL,
        attachments jsonb DEFAULT '[]' NOT NULL,
        external_id text,
        edited_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_ticket_messages PRIMARY KEY (id),
        CONSTRAINT uq_ticket_messages_ticket_id_external_id UNIQUE (ticket_id, external_id),
        CONSTRAINT ck_ticket_messages_is_internal_by_staff CHECK (NOT is_internal OR author_type <> 'CUSTOMER'),
        CONSTRAINT fk_ticket_messages_ticket_id
            FOREIGN KEY(ticket_id) REFERENCES support.support_tickets (id) ON DELETE CASCADE,
        CONSTRAINT ck_ticket_messages_author_type_is_known
            CHECK (author_type IN ('CUSTOMER', 'STAFF', 'AGENT', 'SYSTEM')),
        CONSTRAINT ck_ticket_messages_content_length CHECK (length(content) BETWEEN 1 AND 50000),
        CONSTRAINT ck_ticket_messages_channel_is_known
            CHECK (channel IN ('EMAIL', 'PHONE', 'SMS', 'CHAT', 'SOCIAL', 'WEB', 'STORE', 'MARKETPLACE', 'OTHER'))
    )
    """,
    "CREATE INDEX ix_ticket_messages_agent_id ON support.ticket_messages (agent_id)",
    "CREATE INDEX ix_ticket_messages_customer_id ON support.ticket_messages (customer_id)",
    "CREATE INDEX ix_ticket_messages_ticket_id_created_at ON support.ticket_messages (ticket_id, created_at)",
    "CREATE INDEX ix_ticket_messages_user_id ON support.ticket_messages (user_id)",
    """
    CREATE TABLE support.notifications (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid NOT NULL,
        business_id uuid,
        template_id uuid,
        type text NOT NULL,
        channel text DEFAULT 'IN_APP' NOT NULL,
        title text NOT NULL,
        body text,
        url text,
        entity_type text,
        entity_id uuid,
        data jsonb DEFAULT '{}' NOT NULL,
        status text DEFAULT 'QUEUED' NOT NULL,
        scheduled_at timestamptz(3) DEFAULT now() NOT NULL,
        sent_at timestamptz(3),
        read_at timestamptz(3),
        expires_at timestamptz(3),
        error text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_notifications PRIMARY KEY (id),
        CONSTRAINT ck_notifications_entity_id_with_type CHECK ((entity_type IS NULL) = (entity_id IS NULL)),
        CONSTRAINT ck_notifications_sent_at_is_given CHECK (status NOT IN ('SENT', 'READ') OR sent_at IS NOT NULL),
        CONSTRAINT ck_notifications_read_at_with_status CHECK ((status = 'READ') = (read_at IS NOT NULL)),
        CONSTRAINT ck_notifications_read_at_not_before_sent_at CHECK (sent_at <= read_at),
        CONSTRAINT fk_notifications_template_id
            FOREIGN KEY(template_id) REFERENCES support.notification_templates (id) ON DELETE SET NULL,
        CONSTRAINT ck_notifications_type_is_known
            CHECK (type IN ('ORDER', 'PAYMENT', 'SHIPMENT', 'JOB', 'MESSAGE', 'ALERT', 'SECURITY', 'MARKETING', 'SYSTEM')),
        CONSTRAINT ck_notifications_channel_is_known CHECK (channel IN ('IN_APP', 'EMAIL', 'SMS', 'PUSH')),
        CONSTRAINT ck_notifications_title_length CHECK (length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_notifications_status_is_known
            CHECK (status IN ('QUEUED', 'SENT', 'READ', 'FAILED', 'EXPIRED'))
    )
    """,
    "CREATE INDEX ix_notifications_business_id ON support.notifications (business_id)",
    "CREATE INDEX ix_notifications_entity_type_entity_id ON support.notifications (entity_type, entity_id)",
    "CREATE INDEX ix_notifications_status_scheduled_at ON support.notifications (status, scheduled_at)",
    "CREATE INDEX ix_notifications_template_id ON support.notifications (template_id)",
    "CREATE INDEX ix_notifications_user_id_created_at ON support.notifications (user_id, created_at)",
    "CREATE INDEX ix_notifications_user_id_unread ON support.notifications (user_id) WHERE read_at IS NULL",
    """
    CREATE TABLE support.documents (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        template_id uuid,
        customer_id uuid,
        order_id uuid,
        shipment_id uuid,
        agent_id uuid,
        entity_type text,
        entity_id uuid,
        type text NOT NULL,
        number text NOT NULL,
        title text NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        format text DEFAULT 'PDF' NOT NULL,
        locale text DEFAULT 'en' NOT NULL,
        data jsonb DEFAULT '{}' NOT NULL,
        url text,
        byte_size bigint,
        checksum text,
        generated_at timestamptz(3),
        sent_at timestamptz(3),
        expires_at timestamptz(3),
        error text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_documents PRIMARY KEY (id),
        CONSTRAINT ck_documents_entity_id_with_type CHECK ((entity_type IS NULL) = (entity_id IS NULL)),
        CONSTRAINT ck_documents_url_is_given
            CHECK (status NOT IN ('READY', 'SENT') OR num_nonnulls(url, generated_at) = 2),
        CONSTRAINT ck_documents_checksum_form CHECK (checksum ~ '^[0-9a-f]{64}$'),
        CONSTRAINT fk_documents_template_id
            FOREIGN KEY(template_id) REFERENCES support.document_templates (id) ON DELETE SET NULL,
        CONSTRAINT ck_documents_type_is_known
            CHECK (type IN ('INVOICE', 'CREDIT_NOTE', 'PACKING_SLIP', 'SHIPPING_LABEL', 'RETURN_LABEL', 'PURCHASE_ORDER', 'CUSTOMS_FORM', 'CONTRACT', 'OTHER')),
        CONSTRAINT ck_documents_title_length CHECK (length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_documents_status_is_known CHECK (status IN ('PENDING', 'READY', 'SENT', 'FAILED', 'VOID')),
        CONSTRAINT ck_documents_format_is_known CHECK (format IN ('PDF', 'HTML', 'PNG', 'ZPL', 'DOCX', 'CSV')),
        CONSTRAINT ck_documents_byte_size_positive CHECK (byte_size > 0),
        CONSTRAINT uq_documents_business_id_type_number UNIQUE (business_id, type, number)
    )
    """,
    "CREATE INDEX ix_documents_agent_id ON support.documents (agent_id)",
    "CREATE INDEX ix_documents_business_id_created_at ON support.documents (business_id, created_at)",
    "CREATE INDEX ix_documents_created_by_id ON support.documents (created_by_id)",
    "CREATE INDEX ix_documents_customer_id ON support.documents (customer_id)",
    "CREATE INDEX ix_documents_entity_type_entity_id ON support.documents (entity_type, entity_id)",
    "CREATE INDEX ix_documents_order_id ON support.documents (order_id)",
    "CREATE INDEX ix_documents_shipment_id ON support.documents (shipment_id)",
    "CREATE INDEX ix_documents_status ON support.documents (status)",
    "CREATE INDEX ix_documents_template_id ON support.documents (template_id)",
    "CREATE INDEX ix_documents_updated_by_id ON support.documents (updated_by_id)",
    """
    CREATE TABLE support.outbound_messages (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        customer_id uuid,
        agent_id uuid,
        template_id uuid,
        notification_id uuid,
        campaign_id uuid,
        order_id uuid,
        channel text NOT NULL,
        recipient text NOT NULL,
        sender text,
        subject text,
        body text NOT NULL,
        status text DEFAULT 'QUEUED' NOT NULL,
        provider text,
        provider_message_id text,
        provider_data jsonb DEFAULT '{}' NOT NULL,
        attempt_count integer DEFAULT 0 NOT NULL,
        error text,
        cost numeric(20,6) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        scheduled_at timestamptz(3) DEFAULT now() NOT NULL,
        sent_at timestamptz(3),
        delivered_at timestamptz(3),
        opened_at timestamptz(3),
        clicked_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_outbound_messages PRIMARY KEY (id),
        CONSTRAINT uq_outbound_messages_business_id_provider_provider_message_id UNIQUE (business_id, provider, provider_message_id),
        CONSTRAINT ck_outbound_messages_sent_at_is_given
            CHECK (status IN ('QUEUED', 'FAILED', 'CANCELLED') OR sent_at IS NOT NULL),
        CONSTRAINT ck_outbound_messages_delivered_at_not_before_sent_at CHECK (sent_at <= delivered_at),
        CONSTRAINT ck_outbound_messages_opened_at_not_before_delivered_at CHECK (delivered_at <= opened_at),
        CONSTRAINT ck_outbound_messages_clicked_at_not_before_opened_at CHECK (opened_at <= clicked_at),
        CONSTRAINT ck_outbound_messages_attempt_count_at_least_zero CHECK (attempt_count >= 0),
        CONSTRAINT ck_outbound_messages_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT fk_outbound_messages_template_id
            FOREIGN KEY(template_id) REFERENCES support.notification_templates (id) ON DELETE SET NULL,
        CONSTRAINT fk_outbound_messages_notification_id
            FOREIGN KEY(notification_id) REFERENCES support.notifications (id) ON DELETE SET NULL,
        CONSTRAINT ck_outbound_messages_channel_is_known CHECK (channel IN ('EMAIL', 'SMS', 'PUSH', 'WHATSAPP')),
        CONSTRAINT ck_outbound_messages_recipient_length CHECK (length(recipient) BETWEEN 1 AND 320),
        CONSTRAINT ck_outbound_messages_status_is_known
            CHECK (status IN ('QUEUED', 'SENT', 'DELIVERED', 'OPENED', 'CLICKED', 'BOUNCED', 'COMPLAINED', 'FAILED', 'CANCELLED')),
        CONSTRAINT ck_outbound_messages_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_outbound_messages_agent_id ON support.outbound_messages (agent_id)",
    "CREATE INDEX ix_outbound_messages_business_id_created_at ON support.outbound_messages (business_id, created_at)",
    "CREATE INDEX ix_outbound_messages_campaign_id ON support.outbound_messages (campaign_id)",
    "CREATE INDEX ix_outbound_messages_customer_id_created_at ON support.outbound_messages (customer_id, created_at)",
    "CREATE INDEX ix_outbound_messages_notification_id ON support.outbound_messages (notification_id)",
    "CREATE INDEX ix_outbound_messages_order_id ON support.outbound_messages (order_id)",
    "CREATE INDEX ix_outbound_messages_status_scheduled_at ON support.outbound_messages (status, scheduled_at)",
    "CREATE INDEX ix_outbound_messages_template_id ON support.outbound_messages (template_id)",
    """
    CREATE FUNCTION public.count_ticket_messages() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT ticket_id AS id,
                 sum(sign * (NOT is_internal)::int) AS message_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY ticket_id ORDER BY ticket_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT ticket_id AS id,
                 sum(sign * (NOT is_internal)::int) AS message_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY ticket_id ORDER BY ticket_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT ticket_id AS id,
                 sum(sign * (NOT is_internal)::int) AS message_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY ticket_id ORDER BY ticket_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.message_count = 0;
        UPDATE support.support_tickets AS p
           SET message_count = p.message_count + change.message_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE support.outbound_messages",
    "DROP TABLE support.documents",
    "DROP TABLE support.notifications",
    "DROP TABLE support.ticket_messages",
    "DROP TABLE support.document_templates",
    "DROP TABLE support.notification_templates",
    "DROP TABLE support.support_tickets",
    "DROP FUNCTION public.count_ticket_messages()",
    "DROP SCHEMA support",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        )
    for table, function in COUNTED:
        for operation, rows in TRANSITIONS:
            op.execute(
                f"CREATE TRIGGER {function}_after_{operation} AFTER {operation.upper()} ON {table} "
                f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}()"
            )


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
