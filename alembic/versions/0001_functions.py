"""The functions that tables and triggers stand on."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE FUNCTION public.uuid7_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$"""
    )
    op.execute(
        """CREATE FUNCTION public.uuid7_at(moment timestamptz) RETURNS uuid LANGUAGE sql VOLATILE STRICT PARALLEL SAFE AS
$$ SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0')
           || right(replace(uuidv7()::text, '-', ''), 20))::uuid $$"""
    )
    op.execute(
        """CREATE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN new.updated_at := now(); RETURN new; END $$"""
    )
    op.execute(
        """CREATE FUNCTION public.count_messages() RETURNS trigger LANGUAGE plpgsql AS
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
END $$"""
    )
    op.execute(
        """CREATE FUNCTION public.count_components() RETURNS trigger LANGUAGE plpgsql AS
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
END $$"""
    )
    op.execute(
        """CREATE FUNCTION public.sum_ratings() RETURNS trigger LANGUAGE plpgsql AS
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
END $$"""
    )
    op.execute(
        """CREATE FUNCTION public.sum_satisfaction() RETURNS trigger LANGUAGE plpgsql AS
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
END $$"""
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION public.uuid7_floor(moment timestamptz)")
    op.execute("DROP FUNCTION public.uuid7_at(moment timestamptz)")
    op.execute("DROP FUNCTION public.touch_updated_at()")
    op.execute("DROP FUNCTION public.count_messages()")
    op.execute("DROP FUNCTION public.count_components()")
    op.execute("DROP FUNCTION public.sum_ratings()")
    op.execute("DROP FUNCTION public.sum_satisfaction()")
