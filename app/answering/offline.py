"""The answer of what is written down: the best of what the agent may know, with where it is from, in words too.

It calls nobody. Where nothing is about enough of the question it hands over to a person.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from app.services.answering.knowledge import threshold
from app.services.answering.replies import Find, Hear, Question, Reply, Route

HAND_OVER = "I do not know that for certain, so I pass it on to a colleague at {business}."

NAMED = {
    "Article": "This is from our article “{title}”.",
    "AgentKnowledgeItem": "This is from what I was taught about “{title}”.",
    "CannedResponse": "This is our prepared answer “{title}”.",
}
"""How a source is named in words, by what it is."""


@dataclass(frozen=True, slots=True)
class Offline:
    """Answers with what was found."""

    async def answer(self, question: Question, route: Route, hear: Hear) -> Reply:
        """The best find as it stands, with its source; or that a person should answer."""
        reply = answered(question)
        hear(reply.content)
        return reply


def answered(question: Question) -> Reply:
    """The answer to a question by what was found for it."""
    best = question.finds[0] if question.finds else None
    if best is None or best.confidence < threshold(question.configuration):
        words = HAND_OVER.format(business=question.business_name)
        return Reply(words, safety="SAFE", confidence=best.confidence if best else Decimal(0), hands_over=True)
    text = filled(best, question).strip()
    parts = [text, NAMED[best.entity].format(title=best.title), *([best.url] if best.url else [])]
    return Reply("\n\n".join(parts), safety="SAFE", confidence=best.confidence, sources=[replace(best, text=text)])


def filled(find: Find, question: Question) -> str:
    """The text of a find; in a prepared answer the places for names are filled."""
    if find.entity != "CannedResponse":
        return find.text
    names = {"{visitor}": question.asker or "you", "{agent}": question.agent_name}
    text = find.text
    for place, name in names.items():
        text = text.replace(place, name)
    return text
