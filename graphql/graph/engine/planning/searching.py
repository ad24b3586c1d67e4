"""Plans a search for words: in the web's syntax, where a * at the end finds beginnings of words."""

import re
from functools import partial
from typing import Any

from sqlalchemy import Text

from graph.engine.asking.operands import Operand
from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Entity
from graph.engine.planning.scope import Scope
from graph.engine.planning.terms import Search

LONGEST = 1_000
"""Characters of a search."""

_PREFIX = re.compile(r"(?:^|(?<=\s))(\w[\w'-]*)\*\s*$")

_OR = re.compile(r"\S\s+or\s*$", re.IGNORECASE)


def searched(scope: Scope, entity: Entity, given: Operand | None) -> Search | None:
    """The search that the argument `given` asks for, if it does."""
    if given is None or not given.state or entity.text is None:
        return None
    has_words, has_prefix, either = given.ask(_parts)
    words = scope.param(given.param(), partial(_words, given.where), Text()) if has_words else None
    prefix = scope.param(given.param(), partial(_prefix, given.where), Text()) if has_prefix else None
    return Search(entity.text, words, prefix, either)


def _parts(text: Any) -> tuple[bool, bool, bool]:
    """Whether `text` has words, and the beginning of one at its end, and whether either will do: with "or" between.

    Where it has neither, it has words that are none.
    """
    found = _PREFIX.search(text) if isinstance(text, str) else None
    words = text[: found.start()] if found else ""
    return not found or bool(words.strip()), found is not None, bool(_OR.search(words))


def _words(where: str, text: str) -> str:
    if len(text) > LONGEST:
        raise BadUserInput(f'Argument "{where}" is longer than {LONGEST:,} characters.', argument=where)
    found = _PREFIX.search(text)
    return text[: found.start()] if found else text


def _prefix(where: str, text: str) -> str:
    """The beginning of a word as to_tsquery takes it, quoted so that nothing in it means anything."""
    found = _PREFIX.search(text)
    assert found is not None
    _words(where, text)
    quoted = found[1].replace("'", "''")
    return f"'{quoted}':*"
