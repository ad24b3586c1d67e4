"""The database's own functions and triggers.

In triggers virtual columns are NULL, so the time of a row is read from its id.
"""

from models.base import Base
from models.ddl import ADDED, BOTH, REMOVED, Function, Tally, Trigger, attach, statement_triggers

UUID7_FLOOR = Function(
    "uuid7_floor(moment timestamptz)",
    # A time that no UUIDv7 can hold sorts before or after all of them.
    """RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (lpad(to_hex(least(greatest(floor(
            extract(epoch FROM moment - timestamptz '1970-01-01 00:00:00+00') * 1000
          ), 0), 281474976710655)::bigint), 12, '0') || repeat('0', 20))::uuid
$$""",
)

UUID7_AT = Function(
    "uuid7_at(moment timestamptz)",
    """RETURNS uuid
LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS $$
DECLARE
  milliseconds numeric := floor(extract(epoch FROM moment) * 1000);
BEGIN
  IF milliseconds NOT BETWEEN 0 AND 281474976710655 THEN
    RAISE datetime_field_overflow USING MESSAGE = format('A UUIDv7 cannot hold the time %s.', moment);
  END IF;
  RETURN (lpad(to_hex(milliseconds::bigint), 12, '0') || '7'
          || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid;
END $$""",
)

TOUCH_UPDATED_AT = Function(
    "touch_updated_at()",
    """RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  new.updated_at := now();
  RETURN new;
END $$""",
)

_MESSAGE_CHANGES = """
      SELECT conversation_id AS id,
             currency,
             sum(sign) AS messages,
             coalesce(sum(sign * token_count), 0) AS tokens,
             coalesce(sum(sign * cost), 0) AS cost,
             max(uuid_extract_timestamp(id)) AS latest
        FROM ({rows}) AS r
       GROUP BY conversation_id, currency ORDER BY conversation_id"""

COUNT_MESSAGES = Function(
    "count_messages()",
    f"""RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changes refcursor;
  change record;
BEGIN
  CASE tg_op
    WHEN 'INSERT' THEN OPEN changes FOR{_MESSAGE_CHANGES.format(rows=ADDED)};
    WHEN 'DELETE' THEN OPEN changes FOR{_MESSAGE_CHANGES.format(rows=REMOVED)};
    WHEN 'UPDATE' THEN OPEN changes FOR{_MESSAGE_CHANGES.format(rows=BOTH)};
  END CASE;
  LOOP
    FETCH changes INTO change;
    EXIT WHEN NOT found;
    CONTINUE WHEN change.messages = 0 AND change.tokens = 0 AND change.cost = 0;
    UPDATE agents.conversations AS c
       SET message_count = c.message_count + change.messages,
           total_tokens = c.total_tokens + change.tokens,
           total_cost = c.total_cost + CASE change.currency WHEN c.currency THEN change.cost ELSE 0 END,
           last_message_at = CASE tg_op
             WHEN 'INSERT' THEN greatest(c.last_message_at, change.latest)
             ELSE (SELECT uuid_extract_timestamp(m.id) FROM agents.messages AS m
                    WHERE m.conversation_id = c.id ORDER BY m.id DESC LIMIT 1)
           END
     WHERE c.id = change.id;
  END LOOP;
  CLOSE changes;
  RETURN NULL;
END $$""",
)

TALLIES = [
    Tally(
        "count_components",
        child="business.domain_components",
        key="domain_id",
        parent="business.domains",
        sums={"component_count": "1"},
    ),
    Tally(
        "sum_ratings",
        child="freelance.reviews",
        key="reviewee_id",
        parent="identity.users",
        sums={"rating_sum": "rating", "rating_count": "1"},
    ),
    # An agent's row is written only when a conversation gets or changes its rating: once, at its end.
    Tally(
        "sum_satisfaction",
        child="agents.conversations",
        key="agent_id",
        parent="agents.agents",
        sums={
            "satisfaction_sum": "coalesce(satisfaction_rating, 0)",
            "satisfaction_count": "(satisfaction_rating IS NOT NULL)::int",
        },
    ),
]


def functions() -> list[Function]:
    """All functions, in an order in which they can be made."""
    return [UUID7_FLOOR, UUID7_AT, TOUCH_UPDATED_AT, COUNT_MESSAGES, *(tally.function for tally in TALLIES)]


def triggers() -> list[Trigger]:
    """All triggers on the mapped classes' tables."""
    return [
        *_touching(),
        *statement_triggers("agents.messages", COUNT_MESSAGES),
        *(trigger for tally in TALLIES for trigger in tally.triggers),
    ]


def _touching() -> list[Trigger]:
    """On every table with updated_at; a writer that sets the column itself, like an import, is left alone."""
    return [
        Trigger(
            TOUCH_UPDATED_AT.name,
            table.fullname,
            "BEFORE UPDATE",
            "FOR EACH ROW WHEN (new.updated_at = old.updated_at)",
            TOUCH_UPDATED_AT.name,
        )
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.fullname)
        if "updated_at" in table.columns
    ]


attach(Base.metadata, before=functions, after=triggers)
