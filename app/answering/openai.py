"""The answer of a language model behind an interface like OpenAI's: `POST <base>/chat/completions`, streamed.

What the model may use is told it with the question; what it may not see never leaves. The key goes to the address it
was given for and to no other.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import orjson

from app.answering.completions import Completion, discreet, fault_of
from app.answering.events import TooLong, data_of
from app.outgoing import NotAllowed, Unknown, guarded
from app.services.answering.replies import Fault, Hear, Question, Reply, Route

CONNECT, SILENT, WHOLE = 5.0, 30.0, 120.0
"""Seconds until there is a connection, between two pieces, and for the whole answer."""

READ = 64 * 1024
"""Bytes that are read of what is no stream."""

TOLD = 6_000
"""Characters of finds that a model is told."""

DONE = b"[DONE]"

HAND_OVER = {
    "type": "function",
    "function": {
        "name": "hand_over",
        "description": "Pass the conversation on to a person, when you cannot help or are asked for one.",
        "parameters": {"type": "object", "properties": {}},
    },
}

PASSED_ON = "I pass this on to a colleague at {business}."

MAY_USE = (
    "Answer by what follows if it fits, and name the title that it is from. If nothing does, say that you do not know."
)


@asynccontextmanager
async def opened(url: str, key: str | None, *, private: bool) -> AsyncIterator["OpenAi"]:
    """What asks models at `url`, which the process's settings name, and at public addresses of providers' own.

    With `private` those may be inside our network.
    """
    patience = httpx.Timeout(SILENT, connect=CONNECT)
    foreign = httpx.AsyncClient(transport=guarded(private=private), trust_env=False, timeout=patience)
    async with httpx.AsyncClient(trust_env=False, timeout=patience) as own, foreign:
        yield OpenAi(own, foreign, url, key)


@dataclass(frozen=True, slots=True)
class OpenAi:
    """Asks models at `url` with `key`, and at the addresses of their own that providers have.

    `own` is the client for the first, `foreign` for the others.
    """

    own: httpx.AsyncClient
    foreign: httpx.AsyncClient
    url: str
    key: str | None = None

    async def answer(self, question: Question, route: Route, hear: Hear) -> Reply:
        """The model's answer, whose pieces `hear` is given as they come. Raises Fault."""
        try:
            async with asyncio.timeout(WHOLE):
                return await self._answered(question, route, hear)
        except Fault as fault:
            raise discreet(fault, self.key) from None
        except (TimeoutError, httpx.TimeoutException):
            raise Fault("timeout", "The model did not answer in time.") from None
        except (Unknown, NotAllowed):
            raise Fault("unreachable", "The provider's address is not called.", is_lasting=True) from None
        except httpx.ConnectError:
            raise Fault("unreachable", "The provider took no connection.") from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TooLong, OSError):
            raise Fault("broken_stream", "The answer broke off, or was none.") from None

    async def _answered(self, question: Question, route: Route, hear: Hear) -> Reply:
        client, url, headers = self._way(route)
        body = orjson.dumps(asked(question, route))
        request = client.build_request("POST", f"{url}/chat/completions", content=body, headers=headers)
        response = await client.send(request, stream=True)
        try:
            return await self._read(question, response, hear)
        finally:
            await response.aclose()

    async def _read(self, question: Question, response: httpx.Response, hear: Hear) -> Reply:
        if response.status_code != 200:
            raise fault_of(response.status_code, response.headers, await _beginning(response))
        completion = Completion()
        if "text/event-stream" in response.headers.get("content-type", ""):
            async for data in data_of(response.aiter_raw()):
                if data == DONE:
                    break
                hear(completion.add(data))
        else:
            hear(completion.add(await _beginning(response)))
        return handed_over(completion.reply(_length(question)), question)

    def _way(self, route: Route) -> tuple[httpx.AsyncClient, str, Mapping[str, str]]:
        """By which client, to which address and with what headers a provider is asked."""
        headers = {"content-type": "application/json", "accept": "text/event-stream", "accept-encoding": "identity"}
        if route.base_url is not None and route.base_url.rstrip("/") != self.url.rstrip("/"):
            return self.foreign, route.base_url.rstrip("/"), headers
        opened = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return self.own, self.url.rstrip("/"), headers | opened


def asked(question: Question, route: Route) -> dict[str, Any]:
    """What the model is sent."""
    most = [limit for limit in (question.max_tokens, route.max_tokens) if limit]
    given = {
        "model": route.model,
        "messages": list(messages(question)),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": min(most) if most else None,
        "temperature": float(question.temperature) if question.temperature is not None else None,
        "tools": [HAND_OVER] if question.configuration.get("canHandOver") is True else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def messages(question: Question) -> Sequence[Mapping[str, str]]:
    """The conversation as the model is told it."""
    system = "\n\n".join(told(question))
    first = [{"role": "system", "content": system}] if system else []
    before = [{"role": turn.role, "content": turn.content} for turn in question.turns]
    return [*first, *before, {"role": "user", "content": question.content}]


def told(question: Question) -> list[str]:
    """What the model is told before the conversation."""
    parts = [question.system_prompt or f"You are {question.agent_name}, and answer for {question.business_name}."]
    if question.context:
        parts.append(f"The situation, as JSON: {orjson.dumps(dict(question.context)).decode()}")
    left, excerpts = TOLD, []
    for find in question.finds:
        text = find.text[:left]
        left -= len(text)
        if text:
            excerpts.append(f"## {find.title}\n{text}")
    return [*parts, "\n\n".join((MAY_USE, *excerpts))] if excerpts else parts


def handed_over(reply: Reply, question: Question) -> Reply:
    """The reply with words where the model passes the conversation on and says nothing."""
    if reply.hands_over and not reply.content:
        return replace(reply, content=PASSED_ON.format(business=question.business_name))
    return reply


def _length(question: Question) -> int:
    """How long the question was, where the provider does not count tokens."""
    return sum(len(message["content"]) for message in messages(question))


async def _beginning(response: httpx.Response) -> bytes:
    """The beginning of an answer that is no stream."""
    read = bytearray()
    chunks: AsyncIterator[bytes] = response.aiter_raw()
    async for chunk in chunks:
        read += chunk
        if len(read) > READ:
            break
    return bytes(read[:READ])
