SELECT coalesce(CAST(NULL AS BIGINT), t0.visitor_seq) AS "#head", CAST(t0.epoch AS INTEGER) AS "#epoch",
  CAST(NULL AS BIGINT) IS NOT NULL AS "#all", t1."#seq", t1.type, t1.id,
  convert_to('{"data":{"chatEvents":' || CASE
    WHEN (t1.type IN ('STARTED', 'QUEUED', 'OFFERED', 'DECLINED', 'ASSIGNED', 'TRANSFERRED', 'JOINED', 'LEFT',
      'MESSAGE_EDITED', 'MESSAGE_REDACTED', 'MESSAGES_READ', 'NOTE_ADDED', 'TAGS_CHANGED', 'DETAILS_CHANGED', 'RATED',
      'ENDED', 'ABANDONED', 'REOPENED'))
    THEN '{"seq":' || CAST(t1."#seq" AS TEXT) || '}'
    WHEN (t1.type IN ('MESSAGE_SENT'))
    THEN '{"seq":' || CAST(t1."#seq" AS TEXT) || ',"message":' || coalesce((
      SELECT '{"content":' || coalesce(CAST(to_json(t2.content) AS TEXT), 'null') || '}'
      FROM chat.chat_messages AS t2 WHERE t2.id = t1.message_id AND NOT t2.is_internal), 'null') || '}'
    END || '}}', 'UTF8') AS "#body"
FROM chat.chat_sessions AS t0 LEFT OUTER JOIN LATERAL (
  SELECT t1.id AS id, t1.session_id AS session_id, t1.staff_seq AS staff_seq, t1.visitor_seq AS visitor_seq,
    t1.type AS type, t1.actor_type AS actor_type, t1.actor_id AS actor_id, t1.message_id AS message_id,
    t1.client_message_id AS client_message_id, t1.payload AS payload, t1.created_at AS created_at,
    coalesce(CAST(NULL AS BIGINT), t1.visitor_seq) AS "#seq"
  FROM chat.chat_events AS t1
  WHERE t1.session_id = t0.id AND t1.visitor_seq IS NOT NULL AND t1.staff_seq > $1::BIGINT
    AND coalesce(CAST(NULL AS BIGINT), t1.visitor_seq) > $1::BIGINT
  ORDER BY t1.staff_seq
  LIMIT $2::INTEGER) AS t1 ON true
WHERE t0.id = $3::UUID AND t0.visitor_id = $4::UUID ORDER BY t1."#seq"
