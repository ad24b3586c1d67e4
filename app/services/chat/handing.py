"""Chats from hand to hand: people take what they are offered or pick, decline it, and pass on what they lead."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import any_, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat import people, queue, routing
from app.services.chat.actors import Actor
from app.services.chat.locking import Held, Rows, chat_and_agent_at
from app.services.chat.log import Entry, write
from app.services.chat.messages import Said, Speaker, do_say
from app.services.chat.moments import moment
from app.services.chat.participants import take_part, who_is
from app.services.chat.presence import SIGN_IN, seen
from app.services.chat.states import CHAT, moved
from app.services.checks import broken, check_text, tidied
from app.services.refusals import Refused, check, conflict, missing, only
from models.agents import Agent
from models.chat import ChatAgent, ChatSession

LONGEST_NOTE = 2_000


class Mine(NamedTuple):
    """A chat, with the row of who acts among the people of its desk; both locked."""

    chat: ChatSession
    me: ChatAgent


class Passing(NamedTuple):
    """A chat that somebody passes on, with what they noted."""

    by: Actor
    held: Held
    at: Occasion
    note: str | None

    @property
    def chat(self) -> ChatSession:
        """The chat, locked."""
        return self.held.chat


async def accept_chat(session: AsyncSession, by: Actor, at: Occasion, *, session_id: UUID) -> Rows:
    """Take a chat that one is offered, or pick one that nobody has. Raises Refused."""
    chat, me = await _mine_at(session, by, session_id)
    if chat.status == "OFFERED" and chat.assigned_agent_id != me.id:
        conflict("sessionId", "names a chat that is offered to somebody else")
    if chat.status != "OFFERED":
        CHAT.after(chat.status, "accept", "sessionId")
        if await people.held_count(session, me.id) >= me.max_concurrent_chats:
            conflict("sessionId", "names one chat more than you take at once")
    if me.status == "OFFLINE" or not me.is_enabled:
        conflict("sessionId", "names a chat that is for people who are there: set your presence first")
    seen(me, at.now)
    me.last_active_at = at.now
    await _do_accept(session, by, chat, me, at)
    return {"session": chat.id}


async def _do_accept(session: AsyncSession, by: Actor, chat: ChatSession, me: ChatAgent, at: Occasion) -> None:
    payload = {"name": me.name, **moved(chat, "accept")}
    chat.assigned_agent_id = me.id
    chat.assigned_at = moment(at.now, chat.queued_at, chat.started_at)
    chat.offered_at = chat.offered_at or chat.assigned_at
    await write(session, chat, Entry("ASSIGNED", "SYSTEM", payload=payload))
    await take_part(session, chat, await who_is(session, chat, by), at.now)


async def decline_chat(session: AsyncSession, by: Actor, at: Occasion, *, session_id: UUID) -> Rows:
    """Let others have a chat that one is offered; one is not asked again for a minute. Raises Refused."""
    chat, me = await _mine_at(session, by, session_id)
    CHAT.after(chat.status, "decline", "sessionId")
    if chat.assigned_agent_id != me.id:
        conflict("sessionId", "names a chat that is offered to somebody else")
    seen(me, at.now)
    me.last_active_at = at.now
    payload = {"chatAgentId": str(me.id), **moved(chat, "decline")}
    await queue.do_return(session, chat, Entry("DECLINED", "AGENT", payload=payload))
    await queue.serve(session, chat.business_id, at.now)
    return {"session": chat.id}


async def transfer_chat(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    session_id: UUID,
    chat_agent_id: UUID | None = None,
    skill: str | None = None,
    ai_agent_id: UUID | None = None,
    note: str | None = None,
) -> Rows:
    """Pass a chat on to somebody, to whoever can help with something, or to an AI agent. Raises Refused.

    For who leads it, and for managers of its business.
    """
    to = (chat_agent_id, skill, ai_agent_id)
    check(broken({("", "must name one of chatAgentId, skill and aiAgentId"): sum(one is not None for one in to) == 1}))
    check(check_text("note", note, LONGEST_NOTE, 0))
    held = await chat_and_agent_at(session, session_id, by, agents=[chat_agent_id] if chat_agent_id else [])
    chat = held.chat
    mine = held.agent is not None and held.agent.user_id == by.user and chat.status == "ACTIVE"
    only(mine or by.manages(chat.business_id), "sessionId", "who leads it, and managers of its business")
    passing = Passing(by, held, at, tidied(note))
    if chat_agent_id is not None:
        await _to_person(session, passing, chat_agent_id)
    elif skill is not None:
        await _to_skill(session, passing, skill)
    elif ai_agent_id is not None:
        await _to_ai(session, passing, ai_agent_id)
    return {"session": chat.id}


async def _to_person(session: AsyncSession, passing: Passing, agent_id: UUID) -> None:
    """Offer the chat to somebody. Raises Refused if they cannot take it."""
    chat, target, now = passing.chat, passing.held.agents.get(agent_id), passing.at.now
    if target is None or target.business_id != chat.business_id:
        missing("chatAgentId", "person of the chat's desk")
    if agent_id == chat.assigned_agent_id:
        conflict("chatAgentId", "names who has the chat already")
    if not await people.has_room(session, agent_id, now):
        conflict("chatAgentId", "names somebody who is not there, or has as many chats as they take")
    CHAT.after(chat.status, "offer", "sessionId")
    entries = await _passed(session, passing, chatAgentId=str(agent_id))
    chat.wanted_skill = None
    if chat.status not in ("QUEUED", "OFFERED"):
        chat.queued_at = moment(now, chat.started_at)  # its place in the queue, should they decline
    await queue.do_offer(session, chat, agent_id, now, *entries)


async def _to_skill(session: AsyncSession, passing: Passing, skill: str) -> None:
    """Queue the chat for whoever can help with something, before others. Raises Refused if nobody can."""
    chat, now = passing.chat, passing.at.now
    of_desk = (ChatAgent.business_id == chat.business_id, ChatAgent.is_enabled)
    if not await session.scalar(select(exists().where(*of_desk, literal(skill) == any_(ChatAgent.skills)))):
        missing("skill", "skill that somebody at the desk has")
    if chat.status != "QUEUED":
        CHAT.after(chat.status, "queue", "sessionId")
    entries = await _passed(session, passing, skill=skill)
    chat.wanted_skill = skill
    chat.priority += 1
    step = moved(chat, "queue") if chat.status != "QUEUED" else {}
    await queue.do_join(session, chat, now, *entries, **step)
    await queue.serve(session, chat.business_id, now)


async def _to_ai(session: AsyncSession, passing: Passing, ai_agent_id: UUID) -> None:
    """Have an AI agent answer the chat. Raises Refused if it does not."""
    chat = passing.chat
    agent = await session.get(Agent, ai_agent_id)
    if agent is None or agent.business_id != chat.business_id:
        missing("aiAgentId", "AI agent of the chat's business")
    if agent.status != "ACTIVE":
        conflict("aiAgentId", f"names an AI agent that is {agent.status}, not ACTIVE")
    CHAT.after(chat.status, "hand_to_ai", "sessionId")
    entries = await _passed(session, passing, aiAgentId=str(ai_agent_id))
    chat.routing_rule_id = None  # it would send it elsewhere
    await routing.do_hand_to_ai(session, chat, ai_agent_id, passing.at.now, *entries)


async def _passed(session: AsyncSession, passing: Passing, **to: str) -> list[Entry]:
    """Write the note that goes with a chat; what the log says of whom it goes to, and of who led it and leaves."""
    chat, now = passing.chat, passing.at.now
    who = await who_is(session, chat, passing.by)
    if passing.note:
        stay = await take_part(session, chat, who, now, internal=True)
        await do_say(session, chat, Speaker.of(stay), Said(passing.note, is_internal=True))
    about = {"fromChatAgentId": str(chat.assigned_agent_id)} if chat.assigned_agent_id else {}
    left = await queue.leaving(session, chat, now) if chat.status == "ACTIVE" else []
    passed = Entry("TRANSFERRED", who.type, who.stay.id if who.stay else None, payload=about | to, hidden=True)
    return [passed, *left]


async def _mine_at(session: AsyncSession, by: Actor, session_id: UUID) -> Mine:
    """The chat and who acts, locked. Raises Refused if they see no such chat, or are not of its desk."""
    if by.user is None and by.visitor is None:
        raise Refused([SIGN_IN])
    of_desk = select(ChatAgent.id).join(ChatSession, ChatSession.business_id == ChatAgent.business_id)
    id_ = await session.scalar(of_desk.where(ChatSession.id == session_id, ChatAgent.user_id == by.user))
    held = await chat_and_agent_at(session, session_id, by, agents=[id_] if id_ else [])
    me = held.agents.get(id_) if id_ and by.serves(held.chat.business_id) else None
    only(me is not None, "sessionId", "people of its desk")
    assert me is not None
    return Mine(held.chat, me)
