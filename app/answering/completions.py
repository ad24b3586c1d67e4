"""What an interface like OpenAI's says, piece by piece, and how it says no. Reads many dialects, and trusts none."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from app.services.answering.replies import Fault, Reply
from models.llm import LlmResponseFinishReason, LlmResponseSafetyRating

LONGEST = 64 * 1024
"""Characters of an answer."""

CODE, SAID = 100, 500
"""Characters that are kept of a provider's code when it fails, and of what it says."""

LONGEST_WAIT = 120.0
"""Seconds that a provider can have itself left alone for."""

FINISHES: Mapping[str, LlmResponseFinishReason] = {
    "stop": "STOP",
    "eos": "STOP",
    "eos_token": "STOP",
    "stop_sequence": "STOP",
    "end_turn": "STOP",
    "length": "LENGTH",
    "max_tokens": "LENGTH",
    "model_length": "LENGTH",
    "tool_calls": "TOOL_CALL",
    "function_call": "TOOL_CALL",
    "tool_use": "TOOL_CALL",
}

WITHHELD = re.compile("filter|safety|refus|moderat|prohibited|block|sensitive|toxic|harm|recitation|spii")
"""How ends are called that a provider's check puts to an answer; each has words of its own for it."""

RATINGS: Mapping[str, LlmResponseSafetyRating] = {"safe": "SAFE", "flagged": "FLAGGED", "blocked": "BLOCKED"}

WORST = ("SAFE", "FLAGGED", "BLOCKED")

TEMPORARY = frozenset((408, 409, 425, 429))


@dataclass(slots=True)
class Completion:
    """An answer while it comes."""

    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _finish: LlmResponseFinishReason | None = None
    _rating: LlmResponseSafetyRating | None = None
    _usage: Mapping[str, Any] = field(default_factory=dict)

    def add(self, data: bytes) -> str:
        """Take the next piece, as JSON; the text that it adds. Raises Fault."""
        piece = _object(data)
        if piece.get("error"):
            raise _told(piece["error"], "failed", is_lasting=False)
        self._usage = piece["usage"] if isinstance(piece.get("usage"), dict) else self._usage
        added = ""
        for rating in _ratings(piece):
            self._rate(rating)
        for choice in _dicts(piece.get("choices"))[:1]:
            added = self._choose(choice)
        self._length += len(added)
        if self._length > LONGEST:
            raise Fault("too_long", "The answer has no end.", is_lasting=True)
        self._parts.append(added)
        # Once it is known to be unsafe nothing more of it is shown.
        return "" if self._rating in ("FLAGGED", "BLOCKED") or self._finish == "CONTENT_FILTER" else added

    def reply(self, asked: int) -> Reply:
        """The whole answer to a question of `asked` characters. Raises Fault if it has no end."""
        content = "".join(self._parts).replace("\0", "").strip()
        if self._finish is None:
            raise Fault("broken_stream", "The answer broke off.")
        if not content and self._finish in ("STOP", "LENGTH"):
            raise Fault("empty_answer", "The model said nothing.")
        return Reply(
            content.encode("utf-8", "replace").decode(),
            self._finish,
            self._rating or ("BLOCKED" if self._finish == "CONTENT_FILTER" else None),
            _count(self._usage.get("prompt_tokens"), asked),
            _count(self._usage.get("completion_tokens"), len(content)),
            hands_over=self._finish == "TOOL_CALL",
        )

    def _choose(self, choice: Mapping[str, Any]) -> str:
        """What the first of the offered answers adds."""
        finish = choice.get("finish_reason")
        if isinstance(finish, str) and finish:
            self._end(finish.lower())
        for rating in _ratings(choice):
            self._rate(rating)
        for said in (choice.get("delta"), choice.get("message")):
            if isinstance(said, dict):
                text = said.get("content") or said.get("refusal") or ""
                return text if isinstance(text, str) else ""
        return ""

    def _end(self, reason: str) -> None:
        """Keep how it ended; what was found unsafe stays so, whatever comes after. Raises Fault."""
        if self._finish == "CONTENT_FILTER" or WITHHELD.search(reason):
            self._finish = "CONTENT_FILTER"
        elif reason in FINISHES:
            self._finish = FINISHES[reason]
        else:
            # Nobody knows whether all of it is there and fit to be seen.
            raise Fault("unknown_end", f"The answer ended in a way that is not known: {reason}", is_lasting=True)

    def _rate(self, rating: LlmResponseSafetyRating) -> None:
        """Keep the worst of what was said of it."""
        if self._rating is None or WORST.index(rating) > WORST.index(self._rating):
            self._rating = rating


def fault_of(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """Why there is no answer, by its status; the rest is read of what the provider says."""
    try:
        said = _object(body).get("error")
    except Fault:
        said = None
    lasting = status < 500 and status not in TEMPORARY
    fault = _told(said, str(status), is_lasting=lasting)
    fault.retry_after = _seconds(headers.get("retry-after"))
    if status in (401, 403):  # what is said of a key often shows parts of it
        fault.message = "The provider does not take the key."
    return fault


def discreet(fault: Fault, key: str | None) -> Fault:
    """The fault as people who may not know the key can read it; some providers repeat what they were given."""
    said = [text.replace(key, "[key]") if key else text for text in (fault.code, fault.message)]
    code, message = _clean(said[0], CODE), _clean(said[1], SAID)
    return Fault(code, message, retry_after=fault.retry_after, is_lasting=fault.is_lasting)


def _told(error: Any, code: str, *, is_lasting: bool) -> Fault:
    given = error if isinstance(error, dict) else {"message": error}
    named = given.get("code") or given.get("type")
    message = given.get("message")
    text = message if isinstance(message, str) else "The provider says no more."
    return Fault(str(named or code), text, is_lasting=is_lasting)


def _clean(text: str, most: int) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:most]


def _seconds(given: str | None) -> float | None:
    """In how many seconds a provider wants to be asked again, which it says in seconds or as a date."""
    if given is None:
        return None
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None


def _ratings(where: Mapping[str, Any]) -> Iterator[LlmResponseSafetyRating]:
    """What the safety check of the provider said, in the ways in which providers say it."""
    for name in ("safety_rating", "safetyRating"):
        given = where.get(name)
        if isinstance(given, str) and given.lower() in RATINGS:
            yield RATINGS[given.lower()]
    found = where.get("content_filter_results")
    for result in found.values() if isinstance(found, dict) else ():
        if isinstance(result, dict) and result.get("filtered") is True:
            yield "BLOCKED"
    for result in _dicts(where.get("moderation_results")):
        if result.get("flagged") is True:
            yield "FLAGGED"


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Fault("unreadable", "What came is none of the interface's answers.")
    return found


def _dicts(given: Any) -> list[dict[str, Any]]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _count(given: Any, characters: int) -> int:
    """Tokens as the provider counts them, or a quarter of the characters."""
    fits = isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**31
    return given if fits else -(-characters // 4)
