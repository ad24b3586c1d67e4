"""What webhooks are to be told of: a delivery for each that listens, in the transaction of the event.

What is sent has names, types and ids, never a value of a row: who answers at the address asks for what it may read.
"""

from models.ddl import Function, Trigger

EVENTS = "ops.event_logs"

TELL_WEBHOOKS = Function(
    "tell_webhooks()",
    # Asked first, because to begin an INSERT costs more than to find by an index that there is nothing to insert. A webhook
    # is locked against being deleted meanwhile, so that the key of its delivery leads nowhere in no transaction.
    r"""RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  happened constant timestamptz := coalesce(uuid_extract_timestamp(new.id), now());
  changed constant jsonb := CASE jsonb_typeof(new.payload -> 'changed') WHEN 'array' THEN new.payload -> 'changed' END;
  kind constant text := lower(regexp_replace(new.entity_type, '(?<!^)([A-Z])', '_\1', 'g')) || '_';
BEGIN
  IF NOT EXISTS (SELECT FROM gateway.webhooks AS w WHERE w.business_id = new.business_id AND w.status = 'ACTIVE') THEN
    RETURN NULL;
  END IF;
  INSERT INTO gateway.webhook_deliveries (webhook_id, event_log_id, event_type, entity_type, entity_id, payload)
  SELECT w.id, new.id, new.name, new.entity_type, new.entity_id, jsonb_build_object(
           'type', new.name,
           'timestamp', to_char(happened AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'data', jsonb_strip_nulls(jsonb_build_object(
             'eventId', 'event_log_' || new.id,
             'businessId', 'business_' || new.business_id,
             'entityType', new.entity_type,
             'id', kind || new.entity_id,
             'rowCount', new.row_count,
             'firstId', kind || (new.payload -> 'range' ->> 0),
             'lastId', kind || (new.payload -> 'range' ->> 1),
             'changedFields', (
               SELECT jsonb_agg(lower(left(field, 1)) || substr(replace(initcap(replace(field, '_', ' ')), ' ', ''), 2) ORDER BY field)
                 FROM jsonb_array_elements_text(changed) AS field))))
    FROM gateway.webhooks AS w
   WHERE w.business_id = new.business_id AND w.status = 'ACTIVE' AND (
         w.event_types && ARRAY['*', new.name]
         OR EXISTS (SELECT FROM unnest(w.event_types) AS t WHERE t LIKE '%.*' AND starts_with(new.name, left(t, -1))))
   ORDER BY w.id
     FOR KEY SHARE OF w;
  RETURN NULL;
END $$""",
)

TELLING = Trigger(TELL_WEBHOOKS.name, EVENTS, "AFTER INSERT", "FOR EACH ROW WHEN (new.business_id IS NOT NULL)", TELL_WEBHOOKS.name)
"""Events of no business are no webhook's."""
