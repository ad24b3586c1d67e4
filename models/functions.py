"""The database's own functions, triggers and views.

In triggers virtual columns are NULL, so the time of a row is read from its id.
"""

from typing import Any

from models.base import BY_TABLE, Base, Entity, View
from models.ddl import ADDED, BOTH, REMOVED, Element, Extension, Function, Searched, Tally, Trigger, Unlogged, attach, statement_triggers
from models.recording import RECORD_CHANGES, recording
from models.telling import TELL_WEBHOOKS, TELLING

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

WORDS_OF = Function(
    "words_of(items text[])",
    # array_to_string is only stable, for the sake of types whose text depends on settings; that of text does not.
    """RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_to_string(items, ' ')
$$""",
)

TOUCH_UPDATED_AT = Function(
    "touch_updated_at()",
    """RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  new.updated_at := now();
  RETURN new;
END $$""",
)

RATE_LIMIT_BUCKETS = Unlogged(
    "gateway.rate_limit_buckets",
    """
  name text CONSTRAINT pk_rate_limit_buckets PRIMARY KEY,
  used double precision NOT NULL,
  counted_at timestamptz NOT NULL,
  free_at timestamptz NOT NULL
""",
    " WITH (fillfactor = 50)",  # the same few rows are written over and over, in place
)

LEASE_RATE_LIMITS = Function(
    "lease_rate_limits(names text[], capacities float8[], rates float8[], returned float8[], needed float8[], smallest float8[], "
    "moment timestamptz)",
    # Buckets are taken in the order of their names, so that two processes cannot deadlock. More than is needed is leased, what
    # the bucket earns in a second or a sixteenth of what is left, but not its last half for that; less than is needed where there
    # is no more, if it is enough for the smallest of the requests.
    """RETURNS TABLE (place bigint, granted float8, remaining float8) LANGUAGE plpgsql AS $$
DECLARE
  asked record;
  free float8;
BEGIN
  moment := coalesce(moment, clock_timestamp());
  FOR asked IN
    SELECT * FROM unnest(names, capacities, rates, returned, needed, smallest) WITH ORDINALITY
        AS t (name, capacity, rate, back, need, least, place) ORDER BY t.name
  LOOP
    INSERT INTO gateway.rate_limit_buckets AS b (name, used, counted_at, free_at)
    VALUES (asked.name, greatest(0, -asked.back), moment, moment)
    ON CONFLICT (name) DO UPDATE SET
      used = greatest(0, b.used - asked.rate * greatest(0, extract(epoch FROM moment - b.counted_at)) - asked.back),
      counted_at = greatest(b.counted_at, moment)
    RETURNING asked.capacity - b.used INTO free;
    place := asked.place;
    granted := CASE WHEN asked.need > 0 AND free >= asked.least THEN
      greatest(0, floor(least(free, greatest(asked.need, least(asked.rate, free / 2), free / 16)))) ELSE 0 END;
    remaining := free - granted;
    UPDATE gateway.rate_limit_buckets AS b SET
      used = b.used + granted,
      free_at = moment + make_interval(secs => least((b.used + granted) / asked.rate, 1e9))
    WHERE b.name = asked.name;
    RETURN NEXT;
  END LOOP;
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

KEEP_SEARCH_ENTRIES = Function(
    "keep_search_entries()",
    # Called with the entity's name, the values of its entries, and which rows have one (see ddl.Searched).
    """RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF tg_op = 'DELETE' THEN
    DELETE FROM knowledge.search_entries
     WHERE entity_type = tg_argv[0] AND entity_id IN (SELECT id FROM removed);
    RETURN NULL;
  END IF;
  EXECUTE format(
    'DELETE FROM knowledge.search_entries
      WHERE entity_type = %L AND entity_id IN (SELECT r.id FROM added AS r WHERE NOT (%s))',
    tg_argv[0], tg_argv[2]);
  EXECUTE format(
    'INSERT INTO knowledge.search_entries AS e
            (entity_type, entity_id, business_id, visibility, title, content, keywords)
     SELECT %L, r.id, %s FROM added AS r WHERE %s
     ON CONFLICT (entity_type, entity_id) DO UPDATE
        SET business_id = excluded.business_id, visibility = excluded.visibility, title = excluded.title,
            content = excluded.content, keywords = excluded.keywords, last_indexed_at = now()
      WHERE (e.business_id, e.visibility, e.title, e.content, e.keywords) IS DISTINCT FROM
            (excluded.business_id, excluded.visibility, excluded.title, excluded.content, excluded.keywords)',
    tg_argv[0], tg_argv[1], tg_argv[2]);
  RETURN NULL;
END $$""",
)


def functions() -> list[Function]:
    """All functions, in an order in which they can be made."""
    return [
        *(
            UUID7_FLOOR,
            UUID7_AT,
            WORDS_OF,
            TOUCH_UPDATED_AT,
            COUNT_MESSAGES,
            KEEP_SEARCH_ENTRIES,
            LEASE_RATE_LIMITS,
            RECORD_CHANGES,
            TELL_WEBHOOKS,
        ),
        *(tally.function for _, tally in _tallies()),
    ]


def triggers() -> list[Trigger]:
    """All triggers on the mapped classes' tables."""
    return [
        *_touching(),
        *statement_triggers("agents.messages", COUNT_MESSAGES),
        *(trigger for table, tally in _tallies() for trigger in tally.triggers(table)),
        *(trigger for cls in _classes() if cls.searched for trigger in _searching(cls, cls.searched)),
        *(trigger for cls in _classes() if issubclass(cls, Entity) for trigger in recording(cls)),
        TELLING,
    ]


def views() -> list[Element]:
    """All views with their indexes, in alphabetical order."""
    return [element for cls in _classes() if issubclass(cls, View) for element in cls.elements()]


def _before() -> list[Element]:
    return [Extension("pg_trgm"), *functions()]


def _after() -> list[Element]:
    return [RATE_LIMIT_BUCKETS, *triggers(), *views()]


def _classes() -> list[Any]:
    classes = (mapper.class_ for mapper in Base.registry.mappers)
    return sorted(classes, key=lambda cls: cls.__table__.fullname)


def _tallies() -> list[tuple[str, Tally]]:
    return [(cls.__table__.fullname, tally) for cls in _classes() for tally in cls.tallies]


def _searching(cls: Any, searched: Searched) -> list[Trigger]:
    return searched.triggers(cls.__name__, cls.__table__.fullname, KEEP_SEARCH_ENTRIES)


def _touching() -> list[Trigger]:
    """On every table with updated_at; a writer that sets the column itself, like an import, is left alone.

    So is one that counts (`Base.counted`).
    """
    return [
        Trigger(
            TOUCH_UPDATED_AT.name,
            table.fullname,
            "BEFORE UPDATE",
            f"FOR EACH ROW WHEN (new.updated_at = old.updated_at{_uncounted(BY_TABLE[table.fullname].counted)})",
            TOUCH_UPDATED_AT.name,
        )
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.fullname)
        if "updated_at" in table.columns
    ]


def _uncounted(columns: tuple[str, ...]) -> str:
    return "".join(f" AND new.{column} IS NOT DISTINCT FROM old.{column}" for column in columns)


attach(Base.metadata, before=_before, after=_after)
