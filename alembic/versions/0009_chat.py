"""Live chat: sessions, messages, the people who answer, widgets."""

from alembic import op

revision = "0009_chat"
down_revision = "0008_work"

TOUCHED = (
    "chat.canned_responses",
    "chat.chat_agents",
    "chat.chat_daily_stats",
    "chat.chat_participants",
    "chat.chat_routing_rules",
    "chat.chat_sessions",
    "chat.chat_widgets",
    "chat.visitors",
)
COUNTED = (("chat.chat_messages", "count_chat_messages"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA chat",
    """
    CREATE TABLE chat.chat_agents (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        user_id uuid NOT NULL,
        name text NOT NULL,
        avatar_url text,
        status text DEFAULT 'OFFLINE' NOT NULL,
        status_changed_at timestamptz(3),
        heartbeat_at timestamptz(3),
        last_active_at timestamptz(3),
        max_concurrent_chats integer DEFAULT 3 NOT NULL,
        skills text[] DEFAULT '{}' NOT NULL,
        languages text[] DEFAULT '{en}' NOT NULL,
        is_enabled boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_chat_agents PRIMARY KEY (id),
        CONSTRAINT ck_chat_agents_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_chat_agents_status_is_known CHECK (status IN ('ONLINE', 'AWAY', 'BUSY', 'OFFLINE')),
        CONSTRAINT ck_chat_agents_max_concurrent_chats_range CHECK (max_concurrent_chats BETWEEN 1 AND 50),
        CONSTRAINT uq_chat_agents_business_id_user_id UNIQUE (business_id, user_id)
    )
    """,
    "CREATE INDEX ix_chat_agents_business_id_status ON chat.chat_agents (business_id, status)",
    "CREATE INDEX ix_chat_agents_languages ON chat.chat_agents USING gin (languages)",
    "CREATE INDEX ix_chat_agents_skills ON chat.chat_agents USING gin (skills)",
    "CREATE INDEX ix_chat_agents_status ON chat.chat_agents (status)",
    "CREATE INDEX ix_chat_agents_user_id ON chat.chat_agents (user_id)",
    """
    CREATE TABLE chat.chat_daily_stats (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        site_id uuid,
        day date NOT NULL,
        session_count integer DEFAULT 0 NOT NULL,
        answered_count integer DEFAULT 0 NOT NULL,
        ended_count integer DEFAULT 0 NOT NULL,
        abandoned_count integer DEFAULT 0 NOT NULL,
        ai_only_count integer DEFAULT 0 NOT NULL,
        ticket_count integer DEFAULT 0 NOT NULL,
        message_count integer DEFAULT 0 NOT NULL,
        wait_seconds_sum bigint DEFAULT 0 NOT NULL,
        duration_seconds_sum bigint DEFAULT 0 NOT NULL,
        rating_sum integer DEFAULT 0 NOT NULL,
        rating_count integer DEFAULT 0 NOT NULL,
        wait_seconds_average numeric(20,4) GENERATED ALWAYS AS (round(wait_seconds_sum::numeric / nullif(answered_count, 0), 4)) VIRTUAL,
        duration_seconds_average numeric(20,4) GENERATED ALWAYS AS (round(duration_seconds_sum::numeric / nullif(ended_count, 0), 4)) VIRTUAL,
        rating_average numeric(5,2) GENERATED ALWAYS AS (round(rating_sum::numeric / nullif(rating_count, 0), 2)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_chat_daily_stats PRIMARY KEY (id),
        CONSTRAINT ck_chat_daily_stats_session_count_covers_its_parts
            CHECK (ended_count + abandoned_count <= session_count AND answered_count <= session_count AND ai_only_count <= session_count),
        CONSTRAINT ck_chat_daily_stats_rating_sum_fits_count
            CHECK (rating_sum BETWEEN rating_count AND 5 * rating_count),
        CONSTRAINT ck_chat_daily_stats_session_count_at_least_zero CHECK (session_count >= 0),
        CONSTRAINT ck_chat_daily_stats_answered_count_at_least_zero CHECK (answered_count >= 0),
        CONSTRAINT ck_chat_daily_stats_ended_count_at_least_zero CHECK (ended_count >= 0),
        CONSTRAINT ck_chat_daily_stats_abandoned_count_at_least_zero CHECK (abandoned_count >= 0),
        CONSTRAINT ck_chat_daily_stats_ai_only_count_at_least_zero CHECK (ai_only_count >= 0),
        CONSTRAINT ck_chat_daily_stats_ticket_count_at_least_zero CHECK (ticket_count >= 0),
        CONSTRAINT ck_chat_daily_stats_message_count_at_least_zero CHECK (message_count >= 0),
        CONSTRAINT ck_chat_daily_stats_wait_seconds_sum_at_least_zero CHECK (wait_seconds_sum >= 0),
        CONSTRAINT ck_chat_daily_stats_duration_seconds_sum_at_least_zero CHECK (duration_seconds_sum >= 0),
        CONSTRAINT ck_chat_daily_stats_rating_count_at_least_zero CHECK (rating_count >= 0),
        CONSTRAINT uq_chat_daily_stats_business_id_site_id_day UNIQUE NULLS NOT DISTINCT (business_id, site_id, day)
    )
    """,
    "CREATE INDEX ix_chat_daily_stats_day ON chat.chat_daily_stats (day)",
    "CREATE INDEX ix_chat_daily_stats_site_id ON chat.chat_daily_stats (site_id)",
    r"""
    CREATE TABLE chat.visitors (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        customer_id uuid,
        key text NOT NULL,
        fingerprints text[] DEFAULT '{}' NOT NULL,
        name text,
        email text,
        phone text,
        language text,
        time_zone text,
        country text,
        city text,
        consented_to text[] DEFAULT '{}' NOT NULL,
        consented_at timestamptz(3),
        first_seen_at timestamptz(3) DEFAULT now() NOT NULL,
        last_seen_at timestamptz(3) DEFAULT now() NOT NULL,
        first_referrer text,
        visit_count integer DEFAULT 1 NOT NULL,
        page_view_count integer DEFAULT 0 NOT NULL,
        tags text[] DEFAULT '{}' NOT NULL,
        notes text,
        blocked_at timestamptz(3),
        blocked_reason text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_visitors PRIMARY KEY (id),
        CONSTRAINT ck_visitors_last_seen_at_not_before_first_seen_at CHECK (first_seen_at <= last_seen_at),
        CONSTRAINT ck_visitors_blocked_reason_is_of_a_block
            CHECK (blocked_reason IS NULL OR blocked_at IS NOT NULL),
        CONSTRAINT ck_visitors_visit_count_at_least_zero CHECK (visit_count >= 0),
        CONSTRAINT ck_visitors_page_view_count_at_least_zero CHECK (page_view_count >= 0),
        CONSTRAINT ck_visitors_key_length CHECK (length(key) BETWEEN 1 AND 100),
        CONSTRAINT ck_visitors_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_visitors_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT ck_visitors_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT uq_visitors_business_id_key UNIQUE (business_id, key)
    )
    """,
    "CREATE INDEX ix_visitors_business_id_email ON chat.visitors (business_id, email)",
    "CREATE INDEX ix_visitors_business_id_last_seen_at ON chat.visitors (business_id, last_seen_at)",
    "CREATE INDEX ix_visitors_customer_id ON chat.visitors (customer_id)",
    "CREATE INDEX ix_visitors_fingerprints ON chat.visitors USING gin (fingerprints)",
    """
    CREATE TABLE chat.chat_widgets (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        site_id uuid,
        ai_agent_id uuid,
        public_key text NOT NULL,
        name text NOT NULL,
        allowed_domains text[] DEFAULT '{}' NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        greeting text,
        offline_message text,
        position text DEFAULT 'BOTTOM_RIGHT' NOT NULL,
        appearance jsonb DEFAULT '{}' NOT NULL,
        languages text[] DEFAULT '{en}' NOT NULL,
        time_zone text DEFAULT 'UTC' NOT NULL,
        opening_hours jsonb DEFAULT '{}' NOT NULL,
        asked_fields text[] DEFAULT '{}' NOT NULL,
        is_consent_required boolean DEFAULT true NOT NULL,
        is_rating_asked boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_chat_widgets PRIMARY KEY (id),
        CONSTRAINT uq_chat_widgets_business_id_name UNIQUE (business_id, name),
        CONSTRAINT ck_chat_widgets_public_key_form CHECK (public_key ~ '^[A-Za-z0-9]{16,64}$'),
        CONSTRAINT ck_chat_widgets_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_chat_widgets_position_is_known CHECK (position IN ('BOTTOM_RIGHT', 'BOTTOM_LEFT')),
        CONSTRAINT uq_chat_widgets_public_key UNIQUE (public_key)
    )
    """,
    "CREATE INDEX ix_chat_widgets_ai_agent_id ON chat.chat_widgets (ai_agent_id)",
    "CREATE INDEX ix_chat_widgets_allowed_domains ON chat.chat_widgets USING gin (allowed_domains)",
    "CREATE INDEX ix_chat_widgets_created_by_id ON chat.chat_widgets (created_by_id)",
    "CREATE INDEX ix_chat_widgets_site_id ON chat.chat_widgets (site_id)",
    "CREATE INDEX ix_chat_widgets_updated_by_id ON chat.chat_widgets (updated_by_id)",
    """
    CREATE TABLE chat.chat_routing_rules (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        position integer NOT NULL,
        name text NOT NULL,
        description text,
        is_active boolean DEFAULT true NOT NULL,
        site_id uuid,
        language text,
        page_pattern text,
        tag text,
        is_during_opening_hours boolean,
        target text DEFAULT 'ANYBODY' NOT NULL,
        strategy text DEFAULT 'LEAST_BUSY' NOT NULL,
        chat_agent_id uuid,
        ai_agent_id uuid,
        skill text,
        priority integer DEFAULT 0 NOT NULL,
        max_wait_seconds integer,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_chat_routing_rules PRIMARY KEY (id),
        CONSTRAINT uq_chat_routing_rules_business_id_position UNIQUE (business_id, position),
        CONSTRAINT ck_chat_routing_rules_target_is_named
            CHECK ((target = 'AGENT') = (chat_agent_id IS NOT NULL) AND (target = 'SKILL') = (skill IS NOT NULL) AND (target = 'AI_AGENT') = (ai_agent_id IS NOT NULL)),
        CONSTRAINT fk_chat_routing_rules_chat_agent_id
            FOREIGN KEY(chat_agent_id) REFERENCES chat.chat_agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_chat_routing_rules_position_positive CHECK (position > 0),
        CONSTRAINT ck_chat_routing_rules_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_chat_routing_rules_target_is_known
            CHECK (target IN ('AGENT', 'SKILL', 'ANYBODY', 'AI_AGENT', 'TICKET')),
        CONSTRAINT ck_chat_routing_rules_strategy_is_known
            CHECK (strategy IN ('LEAST_BUSY', 'LONGEST_IDLE', 'ROUND_ROBIN')),
        CONSTRAINT ck_chat_routing_rules_max_wait_seconds_positive CHECK (max_wait_seconds > 0),
        CONSTRAINT uq_chat_routing_rules_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_chat_routing_rules_ai_agent_id ON chat.chat_routing_rules (ai_agent_id)",
    "CREATE INDEX ix_chat_routing_rules_chat_agent_id ON chat.chat_routing_rules (chat_agent_id)",
    "CREATE INDEX ix_chat_routing_rules_created_by_id ON chat.chat_routing_rules (created_by_id)",
    "CREATE INDEX ix_chat_routing_rules_site_id ON chat.chat_routing_rules (site_id)",
    "CREATE INDEX ix_chat_routing_rules_updated_by_id ON chat.chat_routing_rules (updated_by_id)",
    """
    CREATE TABLE chat.canned_responses (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        chat_agent_id uuid,
        shortcut text NOT NULL,
        language text DEFAULT 'en' NOT NULL,
        title text NOT NULL,
        content text NOT NULL,
        category text,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_canned_responses PRIMARY KEY (id),
        CONSTRAINT ck_canned_responses_shortcut_form CHECK (shortcut ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT fk_canned_responses_chat_agent_id
            FOREIGN KEY(chat_agent_id) REFERENCES chat.chat_agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_canned_responses_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_canned_responses_content_length CHECK (length(content) BETWEEN 1 AND 10000),
        CONSTRAINT uq_canned_responses_business_id_language_shortcut UNIQUE (business_id, language, shortcut)
    )
    """,
    "CREATE INDEX ix_canned_responses_category ON chat.canned_responses (category)",
    "CREATE INDEX ix_canned_responses_chat_agent_id ON chat.canned_responses (chat_agent_id)",
    "CREATE INDEX ix_canned_responses_created_by_id ON chat.canned_responses (created_by_id)",
    "CREATE INDEX ix_canned_responses_updated_by_id ON chat.canned_responses (updated_by_id)",
    """
    CREATE TABLE chat.chat_sessions (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        site_id uuid,
        widget_id uuid,
        visitor_id uuid,
        assigned_agent_id uuid,
        ai_agent_id uuid,
        routing_rule_id uuid,
        token_hash text NOT NULL,
        status text DEFAULT 'WAITING' NOT NULL,
        subject text,
        language text DEFAULT 'en' NOT NULL,
        tags text[] DEFAULT '{}' NOT NULL,
        priority integer DEFAULT 0 NOT NULL,
        page_url text,
        referrer text,
        device_type text DEFAULT 'OTHER' NOT NULL,
        browser text,
        ip_address inet,
        location jsonb,
        epoch integer DEFAULT 1 NOT NULL,
        staff_seq bigint DEFAULT 0 NOT NULL,
        visitor_seq bigint DEFAULT 0 NOT NULL,
        started_at timestamptz(3) DEFAULT now() NOT NULL,
        queued_at timestamptz(3),
        assigned_at timestamptz(3),
        first_response_at timestamptz(3),
        last_activity_at timestamptz(3) DEFAULT now() NOT NULL,
        ended_at timestamptz(3),
        end_reason text,
        wait_seconds integer GENERATED ALWAYS AS (extract(epoch FROM first_response_at - started_at)::int) VIRTUAL,
        queue_seconds integer GENERATED ALWAYS AS (extract(epoch FROM assigned_at - queued_at)::int) VIRTUAL,
        duration_seconds integer GENERATED ALWAYS AS (extract(epoch FROM ended_at - started_at)::int) VIRTUAL,
        message_count integer DEFAULT 0 NOT NULL,
        note_count integer DEFAULT 0 NOT NULL,
        satisfaction_rating integer,
        feedback text,
        rated_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_chat_sessions PRIMARY KEY (id),
        CONSTRAINT uq_chat_sessions_token_hash UNIQUE (token_hash),
        CONSTRAINT ck_chat_sessions_queued_at_not_before_started_at CHECK (started_at <= queued_at),
        CONSTRAINT ck_chat_sessions_assigned_at_not_before_queued_at CHECK (queued_at <= assigned_at),
        CONSTRAINT ck_chat_sessions_first_response_at_not_before_started_at CHECK (started_at <= first_response_at),
        CONSTRAINT ck_chat_sessions_ended_at_not_before_started_at CHECK (started_at <= ended_at),
        CONSTRAINT ck_chat_sessions_ended_at_fits_status
            CHECK ((status IN ('ENDED', 'ABANDONED')) = (ended_at IS NOT NULL)),
        CONSTRAINT ck_chat_sessions_visitor_seq_within_staff_seq CHECK (visitor_seq <= staff_seq),
        CONSTRAINT ck_chat_sessions_staff_seq_at_least_zero CHECK (staff_seq >= 0),
        CONSTRAINT ck_chat_sessions_visitor_seq_at_least_zero CHECK (visitor_seq >= 0),
        CONSTRAINT ck_chat_sessions_message_count_at_least_zero CHECK (message_count >= 0),
        CONSTRAINT ck_chat_sessions_note_count_at_least_zero CHECK (note_count >= 0),
        CONSTRAINT fk_chat_sessions_widget_id
            FOREIGN KEY(widget_id) REFERENCES chat.chat_widgets (id) ON DELETE SET NULL,
        CONSTRAINT fk_chat_sessions_visitor_id
            FOREIGN KEY(visitor_id) REFERENCES chat.visitors (id) ON DELETE SET NULL,
        CONSTRAINT fk_chat_sessions_assigned_agent_id
            FOREIGN KEY(assigned_agent_id) REFERENCES chat.chat_agents (id) ON DELETE SET NULL,
        CONSTRAINT fk_chat_sessions_routing_rule_id
            FOREIGN KEY(routing_rule_id) REFERENCES chat.chat_routing_rules (id) ON DELETE SET NULL,
        CONSTRAINT ck_chat_sessions_status_is_known
            CHECK (status IN ('WAITING', 'QUEUED', 'OFFERED', 'ACTIVE', 'ENDED', 'ABANDONED')),
        CONSTRAINT ck_chat_sessions_device_type_is_known
            CHECK (device_type IN ('DESKTOP', 'MOBILE', 'TABLET', 'OTHER')),
        CONSTRAINT ck_chat_sessions_epoch_positive CHECK (epoch > 0),
        CONSTRAINT ck_chat_sessions_end_reason_is_known
            CHECK (end_reason IN ('RESOLVED', 'VISITOR_LEFT', 'TIMED_OUT', 'NOBODY_FREE', 'MOVED_TO_TICKET', 'SPAM')),
        CONSTRAINT ck_chat_sessions_satisfaction_rating_range CHECK (satisfaction_rating BETWEEN 1 AND 5)
    )
    """,
    "CREATE INDEX ix_chat_sessions_ai_agent_id ON chat.chat_sessions (ai_agent_id)",
    "CREATE INDEX ix_chat_sessions_assigned_agent_id_status ON chat.chat_sessions (assigned_agent_id, status)",
    "CREATE INDEX ix_chat_sessions_business_id_status_started_at ON chat.chat_sessions (business_id, status, started_at)",
    "CREATE INDEX ix_chat_sessions_routing_rule_id ON chat.chat_sessions (routing_rule_id)",
    "CREATE INDEX ix_chat_sessions_site_id ON chat.chat_sessions (site_id)",
    "CREATE INDEX ix_chat_sessions_started_at ON chat.chat_sessions (started_at)",
    "CREATE INDEX ix_chat_sessions_status ON chat.chat_sessions (status)",
    "CREATE INDEX ix_chat_sessions_tags ON chat.chat_sessions USING gin (tags)",
    "CREATE INDEX ix_chat_sessions_visitor_id ON chat.chat_sessions (visitor_id)",
    "CREATE INDEX ix_chat_sessions_widget_id ON chat.chat_sessions (widget_id)",
    """
    CREATE TABLE chat.chat_participants (
        id uuid DEFAULT uuidv7() NOT NULL,
        session_id uuid NOT NULL,
        type text NOT NULL,
        visitor_id uuid,
        chat_agent_id uuid,
        ai_agent_id uuid,
        user_id uuid,
        name text NOT NULL,
        joined_at timestamptz(3) DEFAULT now() NOT NULL,
        left_at timestamptz(3),
        last_read_seq bigint DEFAULT 0 NOT NULL,
        last_read_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_chat_participants PRIMARY KEY (id),
        CONSTRAINT ck_chat_participants_type_fits_who
            CHECK ((visitor_id IS NULL OR type = 'VISITOR') AND (chat_agent_id IS NULL OR type = 'AGENT') AND (ai_agent_id IS NULL OR type = 'AI') AND (user_id IS NULL OR type = 'STAFF')),
        CONSTRAINT ck_chat_participants_left_at_not_before_joined_at CHECK (joined_at <= left_at),
        CONSTRAINT ck_chat_participants_last_read_seq_at_least_zero CHECK (last_read_seq >= 0),
        CONSTRAINT fk_chat_participants_session_id
            FOREIGN KEY(session_id) REFERENCES chat.chat_sessions (id) ON DELETE CASCADE,
        CONSTRAINT fk_chat_participants_visitor_id
            FOREIGN KEY(visitor_id) REFERENCES chat.visitors (id) ON DELETE SET NULL,
        CONSTRAINT fk_chat_participants_chat_agent_id
            FOREIGN KEY(chat_agent_id) REFERENCES chat.chat_agents (id) ON DELETE SET NULL,
        CONSTRAINT ck_chat_participants_type_is_known CHECK (type IN ('VISITOR', 'AGENT', 'AI', 'STAFF')),
        CONSTRAINT ck_chat_participants_name_length CHECK (length(name) BETWEEN 1 AND 200)
    )
    """,
    "CREATE INDEX ix_chat_participants_ai_agent_id ON chat.chat_participants (ai_agent_id)",
    "CREATE INDEX ix_chat_participants_chat_agent_id ON chat.chat_participants (chat_agent_id)",
    "CREATE INDEX ix_chat_participants_session_id ON chat.chat_participants (session_id)",
    "CREATE INDEX ix_chat_participants_user_id ON chat.chat_participants (user_id)",
    "CREATE INDEX ix_chat_participants_visitor_id ON chat.chat_participants (visitor_id)",
    "CREATE UNIQUE INDEX uq_chat_participants_session_id_present ON chat.chat_participants (session_id, visitor_id, chat_agent_id, ai_agent_id, user_id) NULLS NOT DISTINCT WHERE left_at IS NULL AND num_nonnulls(visitor_id, chat_agent_id, ai_agent_id, user_id) > 0",
    """
    CREATE TABLE chat.chat_messages (
        id uuid DEFAULT uuidv7() NOT NULL,
        session_id uuid NOT NULL,
        sender_id uuid,
        canned_response_id uuid,
        sender_type text NOT NULL,
        sender_name text,
        type text DEFAULT 'TEXT' NOT NULL,
        content text,
        is_internal boolean DEFAULT false NOT NULL,
        attachment_url text,
        attachment_name text,
        read_at timestamptz(3),
        is_read boolean GENERATED ALWAYS AS (read_at IS NOT NULL) VIRTUAL NOT NULL,
        edited_at timestamptz(3),
        redacted_at timestamptz(3),
        created_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(content, '')), 'A')) STORED NOT NULL,
        CONSTRAINT pk_chat_messages PRIMARY KEY (id),
        CONSTRAINT ck_chat_messages_content_is_given CHECK (num_nonnulls(content, attachment_url, redacted_at) > 0),
        CONSTRAINT ck_chat_messages_is_internal_is_staffs CHECK (NOT is_internal OR sender_type <> 'VISITOR'),
        CONSTRAINT fk_chat_messages_session_id
            FOREIGN KEY(session_id) REFERENCES chat.chat_sessions (id) ON DELETE CASCADE,
        CONSTRAINT fk_chat_messages_sender_id
            FOREIGN KEY(sender_id) REFERENCES chat.chat_participants (id) ON DELETE SET NULL,
        CONSTRAINT fk_chat_messages_canned_response_id
            FOREIGN KEY(canned_response_id) REFERENCES chat.canned_responses (id) ON DELETE SET NULL,
        CONSTRAINT ck_chat_messages_sender_type_is_known
            CHECK (sender_type IN ('VISITOR', 'AGENT', 'AI', 'STAFF', 'SYSTEM')),
        CONSTRAINT ck_chat_messages_type_is_known CHECK (type IN ('TEXT', 'IMAGE', 'FILE', 'SYSTEM')),
        CONSTRAINT ck_chat_messages_content_length CHECK (length(content) BETWEEN 1 AND 10000)
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_chat_messages_canned_response_id_id ON chat.chat_messages (canned_response_id, id)",
    "CREATE INDEX ix_chat_messages_search_vector ON chat.chat_messages USING gin (search_vector)",
    "CREATE INDEX ix_chat_messages_sender_id_id ON chat.chat_messages (sender_id, id)",
    "CREATE INDEX ix_chat_messages_session_id_id ON chat.chat_messages (session_id, id)",
    """
    CREATE TABLE chat.chat_events (
        id uuid DEFAULT uuidv7() NOT NULL,
        session_id uuid NOT NULL,
        staff_seq bigint NOT NULL,
        visitor_seq bigint,
        type text NOT NULL,
        actor_type text NOT NULL,
        actor_id uuid,
        message_id uuid,
        client_message_id text,
        payload jsonb DEFAULT '{}' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_chat_events PRIMARY KEY (id),
        CONSTRAINT uq_chat_events_session_id_visitor_seq UNIQUE (session_id, visitor_seq),
        CONSTRAINT uq_chat_events_session_id_client_message_id UNIQUE (session_id, client_message_id),
        CONSTRAINT ck_chat_events_visitor_seq_within_staff_seq CHECK (visitor_seq <= staff_seq),
        CONSTRAINT ck_chat_events_visitor_seq_is_not_for_notes CHECK (type <> 'NOTE_ADDED' OR visitor_seq IS NULL),
        CONSTRAINT fk_chat_events_session_id
            FOREIGN KEY(session_id) REFERENCES chat.chat_sessions (id) ON DELETE CASCADE,
        CONSTRAINT fk_chat_events_actor_id
            FOREIGN KEY(actor_id) REFERENCES chat.chat_participants (id) ON DELETE SET NULL,
        CONSTRAINT fk_chat_events_message_id
            FOREIGN KEY(message_id) REFERENCES chat.chat_messages (id) ON DELETE SET NULL,
        CONSTRAINT ck_chat_events_staff_seq_positive CHECK (staff_seq > 0),
        CONSTRAINT ck_chat_events_visitor_seq_positive CHECK (visitor_seq > 0),
        CONSTRAINT ck_chat_events_type_is_known
            CHECK (type IN ('STARTED', 'QUEUED', 'OFFERED', 'DECLINED', 'ASSIGNED', 'TRANSFERRED', 'JOINED', 'LEFT', 'MESSAGE_SENT', 'MESSAGE_EDITED', 'MESSAGE_REDACTED', 'MESSAGES_READ', 'NOTE_ADDED', 'TAGS_CHANGED', 'DETAILS_CHANGED', 'RATED', 'ENDED', 'ABANDONED', 'REOPENED')),
        CONSTRAINT ck_chat_events_actor_type_is_known
            CHECK (actor_type IN ('VISITOR', 'AGENT', 'AI', 'STAFF', 'SYSTEM')),
        CONSTRAINT ck_chat_events_client_message_id_length CHECK (length(client_message_id) BETWEEN 1 AND 64),
        CONSTRAINT uq_chat_events_session_id_staff_seq UNIQUE (session_id, staff_seq)
    )
    """,
    "CREATE INDEX ix_chat_events_actor_id ON chat.chat_events (actor_id)",
    "CREATE INDEX ix_chat_events_message_id ON chat.chat_events (message_id)",
    """
    CREATE FUNCTION public.count_chat_messages() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT session_id AS id,
                 sum(sign * (NOT is_internal)::int) AS message_count,
                 sum(sign * is_internal::int) AS note_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY session_id ORDER BY session_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT session_id AS id,
                 sum(sign * (NOT is_internal)::int) AS message_count,
                 sum(sign * is_internal::int) AS note_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY session_id ORDER BY session_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT session_id AS id,
                 sum(sign * (NOT is_internal)::int) AS message_count,
                 sum(sign * is_internal::int) AS note_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY session_id ORDER BY session_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.message_count = 0 AND change.note_count = 0;
        UPDATE chat.chat_sessions AS p
           SET message_count = p.message_count + change.message_count,
               note_count = p.note_count + change.note_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE chat.chat_events",
    "DROP TABLE chat.chat_messages",
    "DROP TABLE chat.chat_participants",
    "DROP TABLE chat.chat_sessions",
    "DROP TABLE chat.canned_responses",
    "DROP TABLE chat.chat_routing_rules",
    "DROP TABLE chat.chat_widgets",
    "DROP TABLE chat.visitors",
    "DROP TABLE chat.chat_daily_stats",
    "DROP TABLE chat.chat_agents",
    "DROP FUNCTION public.count_chat_messages()",
    "DROP SCHEMA chat",
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
