"""Who at a desk could take which chat, as SQL: who looks whether there is something to do asks the same as who does it.

Somebody is free who is online, gave a sign of life within 30 seconds and has fewer chats than they take. It is for the
chat's rule to say who may be asked; who declined the chat, or passed it on, is not asked again for a minute.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat.moments import CLOCKS
from app.services.chat.rules import Rule

ALIVE = timedelta(seconds=30)
"""After how long without a sign of life somebody is gone."""

NOT_AGAIN = timedelta(minutes=1)
"""For how long somebody is not asked again who said no."""

OFFERED = timedelta(seconds=30)
"""For how long a chat is offered to somebody who does not answer."""

_HELD = "FROM chat.chat_sessions AS h WHERE h.assigned_agent_id = a.id"

_WITH_ROOM = (
    """a.status = 'ONLINE' AND a.is_enabled AND a.heartbeat_at > :alive AND hand.held < a.max_concurrent_chats"""
)

_HAND = f"CROSS JOIN LATERAL (SELECT count(*) AS held {_HELD} AND h.status IN ('OFFERED', 'ACTIVE')) AS hand"

ROOM = f"SELECT a.id, a.business_id, a.skills FROM chat.chat_agents AS a {_HAND} WHERE {_WITH_ROOM}"
"""Who is free."""

FREE = f"""
  SELECT a.id, a.skills, a.languages, hand.held, past.last_offered, past.last_over
    FROM chat.chat_agents AS a {_HAND}
   CROSS JOIN LATERAL (SELECT (SELECT max(h.offered_at) {_HELD}) AS last_offered,
                              (SELECT max(h.ended_at) {_HELD}) AS last_over) AS past
   WHERE {_WITH_ROOM}"""
"""The same, with what decides whose turn it is."""

FITTING = """
  CASE WHEN s.wanted_skill IS NOT NULL THEN s.wanted_skill = ANY (f.skills)
       WHEN r.target = 'AGENT' THEN f.id = r.chat_agent_id
       WHEN r.target = 'SKILL' THEN r.skill = ANY (f.skills)
       ELSE true END
  AND NOT EXISTS (
      SELECT FROM chat.chat_events AS e
       WHERE e.session_id = s.id AND e.created_at > :said_no AND e.type IN ('DECLINED', 'TRANSFERRED')
         AND e.payload ->> CASE e.type WHEN 'DECLINED' THEN 'chatAgentId' ELSE 'fromChatAgentId' END = f.id::text)"""
"""Whether the free person `f` may be asked about the chat `s`, which follows the rule `r` if any."""

_WRITES_IT = """
  EXISTS (SELECT FROM unnest(f.languages) AS l
           WHERE split_part(lower(l), '-', 1) = split_part(lower(s.language), '-', 1))"""

_IN_TURN = f"""
  ({_WRITES_IT}) DESC,
  CASE r.strategy WHEN 'ROUND_ROBIN' THEN 0 WHEN 'LONGEST_IDLE' THEN (f.held > 0)::int ELSE f.held END,
  CASE r.strategy WHEN 'LONGEST_IDLE' THEN f.last_over ELSE f.last_offered END NULLS FIRST,
  f.id"""
"""Whom of several to ask first: who writes the visitor's language, then as the rule's strategy says."""

_WAITING = "FROM chat.chat_sessions AS s LEFT JOIN chat.chat_routing_rules AS r ON r.id = s.routing_rule_id"

NEXT = text(f"""
WITH free AS MATERIALIZED ({FREE} AND a.business_id = :business AND a.id <> ALL (CAST(:busy AS uuid[])))
SELECT s.id AS chat_id, s.routing_rule_id, s.wanted_skill, ARRAY(
       SELECT f.id FROM free AS f WHERE {FITTING} ORDER BY {_IN_TURN}) AS people
  {_WAITING}
 WHERE s.id = (
       SELECT s.id {_WAITING}
        WHERE s.business_id = :business AND s.status = 'QUEUED' AND s.id <> ALL (CAST(:held AS uuid[]))
          AND EXISTS (SELECT FROM free AS f WHERE {FITTING})
        ORDER BY s.priority DESC, s.queued_at, s.id LIMIT 1)""")

_OF_ONE = "(CAST(:business AS uuid) IS NULL OR {0}.business_id = CAST(:business AS uuid))"

DUE = text(f"""
WITH queues AS MATERIALIZED (
       SELECT DISTINCT q.business_id FROM chat.chat_sessions AS q WHERE q.status = 'QUEUED' AND {_OF_ONE.format("q")}),
     free AS MATERIALIZED ({ROOM} AND a.business_id IN (SELECT business_id FROM queues))
SELECT a.business_id, 'gone' AS kind, a.id
  FROM chat.chat_agents AS a
 WHERE a.status IN ('ONLINE', 'AWAY', 'BUSY') AND coalesce(a.heartbeat_at, a.created_at) <= :alive
   AND {_OF_ONE.format("a")}
UNION ALL
SELECT DISTINCT a.business_id, 'gone', a.id
  FROM chat.chat_sessions AS s JOIN chat.chat_agents AS a ON a.id = s.assigned_agent_id
 WHERE s.status IN ('OFFERED', 'ACTIVE') AND a.status = 'OFFLINE'
   AND coalesce(a.status_changed_at, a.created_at) <= :alive AND {_OF_ONE.format("s")}
UNION ALL
SELECT s.business_id, 'lost', s.id
  FROM chat.chat_sessions AS s
 WHERE s.status IN ('OFFERED', 'ACTIVE') AND s.assigned_agent_id IS NULL AND {_OF_ONE.format("s")}
UNION ALL
SELECT s.business_id, 'expired', s.id
  FROM chat.chat_sessions AS s
 WHERE s.status = 'OFFERED' AND s.assigned_agent_id IS NOT NULL
   AND coalesce(s.offered_at, s.last_activity_at) <= :offered AND {_OF_ONE.format("s")}
UNION ALL
SELECT s.business_id, 'overdue', s.id {_WAITING}
 WHERE s.status = 'QUEUED' AND s.queued_at + r.max_wait_seconds * interval '1 second' <= :now AND {_OF_ONE.format("s")}
UNION ALL
SELECT s.business_id, 'ticket', s.id {_WAITING}
 WHERE s.status = 'WAITING' AND r.target = 'TICKET' AND {_OF_ONE.format("s")}
   AND (s.last_activity_at <= :silent OR s.message_count > 0 AND (
       SELECT true FROM chat.chat_messages AS m
        WHERE m.session_id = s.id AND m.sender_type = 'VISITOR' AND m.content IS NOT NULL
          AND m.id >= public.uuid7_floor(s.started_at - interval '{CLOCKS.days} days') LIMIT 1))
UNION ALL
SELECT q.business_id, 'free', q.business_id
  FROM queues AS q CROSS JOIN LATERAL (
       SELECT s.id {_WAITING}
        WHERE s.business_id = q.business_id AND s.status = 'QUEUED'
          AND EXISTS (SELECT FROM free AS f WHERE f.business_id = s.business_id AND {FITTING})
        LIMIT 1) AS one""")
"""What there is to do at desks, or at one, that nobody asks for; by id the person, chat or business that it is about.

A sub-select with a LIMIT asks for the messages of one chat; an EXISTS would be planned as a join with all there are.
"""

THERE = text("""
SELECT true FROM chat.chat_agents AS a
 WHERE a.business_id = :business AND a.status IN ('ONLINE', 'BUSY') AND a.is_enabled AND a.heartbeat_at > :alive
   AND a.id = coalesce(CAST(:agent AS uuid), a.id) AND (CAST(:skill AS text) IS NULL OR :skill = ANY (a.skills))
 LIMIT 1""")

LOCK = text("SELECT true FROM chat.chat_agents WHERE id = :agent FOR NO KEY UPDATE SKIP LOCKED")
"""Not FOR UPDATE: whoever refers to the person, like an entry of who takes part, would wait."""

HELD = text(f"SELECT count(*) {_HELD.replace('a.id', ':agent')} AND h.status IN ('OFFERED', 'ACTIVE')")

HAS_ROOM = text(f"SELECT true FROM ({ROOM} AND a.id = :agent) AS free")


class Match(NamedTuple):
    """A chat that waits, and who could take it, the first of them first."""

    chat_id: UUID
    routing_rule_id: UUID | None
    wanted_skill: str | None
    people: list[UUID]


def moments(now: datetime) -> dict[str, datetime]:
    """Since when signs of life count, and refusals."""
    return {"alive": now - ALIVE, "said_no": now - NOT_AGAIN}


async def next_match(
    session: AsyncSession, business_id: UUID, now: datetime, *, busy: Iterable[UUID] = (), held: Iterable[UUID] = ()
) -> Match | None:
    """The first chat in the queue that somebody could take, but for these people and chats; None if there is none."""
    given: dict[str, Any] = {"business": business_id, "busy": list(busy), "held": list(held), **moments(now)}
    row = (await session.execute(NEXT, given)).one_or_none()
    return Match(*row) if row else None


async def somebody_is_there(session: AsyncSession, business_id: UUID, rule: Rule | None, now: datetime) -> bool:
    """Whether any of the people that a rule names is there, free or not; of all the desk if there is no rule."""
    named = {"agent": rule.chat_agent_id if rule else None, "skill": rule.skill if rule else None}
    given = {"business": business_id, "alive": now - ALIVE, **named}
    return (await session.execute(THERE, given)).first() is not None


async def has_room(session: AsyncSession, agent_id: UUID, now: datetime) -> bool:
    """Whether somebody is free, who is locked: what is counted now holds until the end of the transaction."""
    return (await session.execute(HAS_ROOM, {"agent": agent_id, "alive": now - ALIVE})).first() is not None


async def held_count(session: AsyncSession, agent_id: UUID) -> int:
    """How many chats somebody has who is locked, offers included."""
    return int(await session.scalar(HELD, {"agent": agent_id}) or 0)


async def take_if_free(session: AsyncSession, agent_id: UUID, now: datetime) -> bool:
    """Lock somebody who is free; False, without waiting, if they are not or somebody else is at it."""
    if (await session.execute(LOCK, {"agent": agent_id})).first() is None:
        return False
    return await has_room(session, agent_id, now)
