"""What Python computes of the knowledge base."""

import asyncio
from collections.abc import Sequence

from graphql import GraphQLString
from markdown_it import MarkdownIt

from graph.engine.model.computed import Computed, Values

# No markup of an author's own: what is not Markdown is text, and links lead only where links may.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


async def content_html(articles: Sequence[Values]) -> list[str | None]:
    """The texts of articles as HTML, made in a thread: long ones take milliseconds."""
    return await asyncio.to_thread(_rendered, [article["content"] for article in articles])


def _rendered(texts: Sequence[str | None]) -> list[str | None]:
    return [None if text is None else _MARKDOWN.render(text) for text in texts]


COMPUTED = (
    Computed(
        "Article",
        "contentHtml",
        GraphQLString,
        ("content",),
        content_html,
        "Its text as HTML, safe to show: markup in the text itself is shown as text.",
    ),
)
