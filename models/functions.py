"""The database's own functions and triggers.

In triggers virtual columns are NULL, so the time of a row is read from its id.
"""

from models.base import Base
from models.ddl import Function, Trigger, attach

UUID7_FLOOR = Function(
    "uuid7_floor(moment timestamptz)",
    """RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$""",
)

UUID7_AT = Function(
    "uuid7_at(moment timestamptz)",
    """RETURNS uuid LANGUAGE sql VOLATILE STRICT PARALLEL SAFE AS
$$ SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0')
           || right(replace(uuidv7()::text, '-', ''), 20))::uuid $$""",
)

TOUCH = Function(
    "touch_updated_at()",
    """RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN new.updated_at := now(); RETURN new; END $$""",
)

COUNT_MESSAGES = Function(
    "count_messages()",
    """RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF tg_op <> 'DELETE' THEN
    UPDATE agents.conversations AS c
       SET message_count = c.message_count + d.messages,
           total_tokens = c.total_tokens + d.tokens,
           total_cost = c.total_cost + d.cost,
           last_message_at = greatest(c.last_message_at, d.latest)
      FROM (SELECT conversation_id, count(*) AS messages, coalesce(sum(token_count), 0) AS tokens,
                   coalesce(sum(cost), 0) AS cost, uuid_extract_timestamp(max(id)) AS latest
              FROM added GROUP BY conversation_id) AS d
     WHERE c.id = d.conversation_id;
  END IF;
  IF tg_op <> 'INSERT' THEN
    UPDATE agents.conversations AS c
       SET message_count = c.message_count - d.messages,
           total_tokens = c.total_tokens - d.tokens,
           total_cost = c.total_cost - d.cost,
           last_message_at = (SELECT uuid_extract_timestamp(m.id) FROM agents.messages AS m
                               WHERE m.conversation_id = c.id ORDER BY m.id DESC LIMIT 1)
      FROM (SELECT conversation_id, count(*) AS messages, coalesce(sum(token_count), 0) AS tokens,
                   coalesce(sum(cost), 0) AS cost
              FROM removed GROUP BY conversation_id) AS d
     WHERE c.id = d.conversation_id;
  END IF;
  RETURN NULL;
END $$""",
)

COUNT_COMPONENTS = Function(
    "count_components()",
    """RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF tg_op <> 'DELETE' THEN
    UPDATE business.domains AS o SET component_count = o.component_count + d.components
      FROM (SELECT domain_id, count(*) AS components FROM added GROUP BY domain_id) AS d
     WHERE o.id = d.domain_id;
  END IF;
  IF tg_op <> 'INSERT' THEN
    UPDATE business.domains AS o SET component_count = o.component_count - d.components
      FROM (SELECT domain_id, count(*) AS components FROM removed GROUP BY domain_id) AS d
     WHERE o.id = d.domain_id;
  END IF;
  RETURN NULL;
END $$""",
)

SUM_RATINGS = Function(
    "sum_ratings()",
    """RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF tg_op <> 'DELETE' THEN
    UPDATE identity.users AS u SET rating_sum = u.rating_sum + d.total, rating_count = u.rating_count + d.reviews
      FROM (SELECT reviewee_id, sum(rating) AS total, count(*) AS reviews FROM added GROUP BY reviewee_id) AS d
     WHERE u.id = d.reviewee_id;
  END IF;
  IF tg_op <> 'INSERT' THEN
    UPDATE identity.users AS u SET rating_sum = u.rating_sum - d.total, rating_count = u.rating_count - d.reviews
      FROM (SELECT reviewee_id, sum(rating) AS total, count(*) AS reviews FROM removed GROUP BY reviewee_id) AS d
     WHERE u.id = d.reviewee_id;
  END IF;
  RETURN NULL;
END $$""",
)

SUM_SATISFACTION = Function(
    "sum_satisfaction()",
    """RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF tg_op <> 'DELETE' THEN
    UPDATE agents.agents AS a
       SET satisfaction_sum = a.satisfaction_sum + d.total, satisfaction_count = a.satisfaction_count + d.ratings
      FROM (SELECT agent_id, sum(satisfaction_rating) AS total, count(*) AS ratings
              FROM added WHERE satisfaction_rating IS NOT NULL GROUP BY agent_id) AS d
     WHERE a.id = d.agent_id;
  END IF;
  IF tg_op <> 'INSERT' THEN
    UPDATE agents.agents AS a
       SET satisfaction_sum = a.satisfaction_sum - d.total, satisfaction_count = a.satisfaction_count - d.ratings
      FROM (SELECT agent_id, sum(satisfaction_rating) AS total, count(*) AS ratings
              FROM removed WHERE satisfaction_rating IS NOT NULL GROUP BY agent_id) AS d
     WHERE a.id = d.agent_id;
  END IF;
  RETURN NULL;
END $$""",
)

FUNCTIONS = [UUID7_FLOOR, UUID7_AT, TOUCH, COUNT_MESSAGES, COUNT_COMPONENTS, SUM_RATINGS, SUM_SATISFACTION]

_COUNTED = {
    "agents.messages": COUNT_MESSAGES,
    "business.domain_components": COUNT_COMPONENTS,
    "freelance.reviews": SUM_RATINGS,
    "agents.conversations": SUM_SATISFACTION,
}
_TRANSITIONS = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}


def _counting() -> list[Trigger]:
    """Statement triggers, so that a batch of rows updates each counter once."""
    return [
        Trigger(
            f"{function.name}_after_{operation}",
            table,
            f"AFTER {operation.upper()}",
            f"REFERENCING {tables} FOR EACH STATEMENT",
            function.name,
        )
        for table, function in _COUNTED.items()
        for operation, tables in _TRANSITIONS.items()
    ]


def _touching() -> list[Trigger]:
    return [
        Trigger("touch_updated_at", table.fullname, "BEFORE UPDATE", "FOR EACH ROW", TOUCH.name)
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.fullname)
        if "updated_at" in table.columns
    ]


TRIGGERS = [*_touching(), *_counting()]

attach(Base.metadata, FUNCTIONS, TRIGGERS)
