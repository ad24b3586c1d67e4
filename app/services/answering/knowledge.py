"""What an agent may know of a question: published articles, what it was taught, and prepared answers.

A find's confidence says how much of the question it is about: seven tenths for the words of the question found anywhere
in it, three tenths for those in its title and tags. Words are compared by their stems; such as "the" do not count.
"""

from collections.abc import Sequence
from decimal import Decimal

from app.services.answering.replies import Find
from app.services.statements import Fetch

MOST = 5
"""Finds that are handed on."""

LONG = 800
"""Characters of an article that is given whole; of a longer one its summary, or what comes nearest to the question."""

SEARCHED = 50_000
"""Characters of what an agent was taught that are searched, and of its tags; a tsvector holds a megabyte at most."""

TAUGHT = 4_000
"""Characters of what an agent was taught that are handed on whole; of more what comes nearest to the question."""

HANDS_OVER = Decimal("0.5")
"""Below this confidence nothing is answered, unless the agent's settings say otherwise."""

_ABOUT = """
       (SELECT count(*) FROM unnest(a.words) AS w WHERE w = ANY (tsvector_to_array(f.vector)))
         / cardinality(a.words)::numeric AS covered,
       (SELECT count(*) FROM unnest(a.words) AS w WHERE w = ANY (tsvector_to_array(f.heading)))
         / cardinality(a.words)::numeric AS headed,
       ts_rank(f.vector, a.query, 32) AS rank"""

_TAUGHT_ABOUT = f"to_tsvector('english', i.title || ' ' || left(public.words_of(i.tags), {SEARCHED}))"


def _nearest(content: str) -> str:
    """The part of a text that comes nearest to the question, in SQL."""
    parts = """'StartSel="", StopSel="", MaxWords=90, MinWords=50'"""
    return f"ts_headline('english', {content}, (SELECT query FROM asked), {parts})"


FIND = f"""
WITH asked AS MATERIALIZED (
  SELECT w.words, nullif(array_to_string(ARRAY(SELECT '''' || x || '''' FROM unnest(w.words) AS x), ' | '), '')::tsquery
           AS query
    FROM (SELECT ARRAY(SELECT DISTINCT lexeme FROM unnest(to_tsvector('english', $1))
                        WHERE lexeme !~ '[''\\\\]' ORDER BY lexeme LIMIT 64) AS words) AS w
), found AS (
  SELECT 'Article' AS entity, r.id, r.title,
         CASE WHEN length(r.content) <= {LONG} THEN r.content
              ELSE coalesce(nullif(r.summary, ''), {_nearest("r.content")}) END AS text,
         NULL AS url, r.search_vector AS vector,
         to_tsvector('english', r.title || ' ' || public.words_of(r.tags)) AS heading
    FROM (SELECT * FROM knowledge.articles AS r
           WHERE r.business_id = $2 AND r.status = 'PUBLISHED' AND r.deleted_at IS NULL AND r.visibility = ANY ($3)
             AND r.search_vector @@ (SELECT query FROM asked)
           ORDER BY ts_rank(r.search_vector, (SELECT query FROM asked)) DESC LIMIT 20) AS r
  UNION ALL
  SELECT 'AgentKnowledgeItem', i.id, i.title,
         CASE WHEN length(i.content) <= {TAUGHT} THEN i.content ELSE {_nearest(f"left(i.content, {SEARCHED})")} END,
         i.source_url, setweight({_TAUGHT_ABOUT}, 'A') || to_tsvector('english', left(i.content, {SEARCHED})),
         {_TAUGHT_ABOUT}
    FROM agents.agent_knowledge_items AS i
   WHERE i.agent_id = $4 AND i.is_active AND coalesce(i.valid_from <= now(), true)
     AND coalesce(i.valid_until > now(), true)
  UNION ALL
  SELECT 'CannedResponse', c.id, c.title, c.content, NULL,
         setweight(to_tsvector('english', c.title || ' ' || replace(c.shortcut, '-', ' ')), 'A')
           || to_tsvector('english', coalesce(c.category, '') || ' ' || c.content),
         to_tsvector('english', c.title || ' ' || replace(c.shortcut, '-', ' '))
    FROM chat.canned_responses AS c
   WHERE c.business_id = $2 AND c.is_active AND c.chat_agent_id IS NULL
     AND split_part(c.language, '-', 1) = split_part($5, '-', 1)
), judged AS (
  SELECT f.entity, f.id, f.title, f.text, f.url,{_ABOUT}
    FROM asked AS a, found AS f WHERE f.vector @@ a.query
)
SELECT entity, id, title, text, url, round(0.7 * covered + 0.3 * headed, 4) AS confidence
  FROM judged ORDER BY confidence DESC, rank DESC, id LIMIT {MOST}"""
"""What is about $1, for whoever may see the visibilities $3; the most confident first."""


async def find(
    fetch: Fetch, content: str, *, business_id: object, agent_id: object, audience: Sequence[str], language: str
) -> list[Find]:
    """What the agent may know of a question, the most confident first."""
    rows = await fetch(FIND, content, business_id, list(audience), agent_id, language)
    return [Find(**dict(row)) for row in rows]


def threshold(configuration: object) -> Decimal:
    """Below which confidence the agent hands over: its setting `handOverBelow`, from 0 to 1, or the usual one."""
    given = configuration.get("handOverBelow") if isinstance(configuration, dict) else None
    fits = isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= 1
    return Decimal(str(given)) if fits else HANDS_OVER
