"""Documents by the hash of their text: the trusted ones, and those that clients made known (persisted queries)."""

import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType

from graph.engine.asking.cache import TwiceSeen
from graph.engine.errors import BadUserInput, NotTrusted, PersistedQueryNotFound

KEPT_BYTES = 8 * 1024 * 1024


def hash_of(text: str) -> str:
    """The hash by which a document is asked for."""
    return sha256(text.encode()).hexdigest()


class Documents:
    """What a hash stands for; with `only`, nothing is answered but `trusted` documents (text by hash) and our `own`."""

    def __init__(
        self,
        trusted: Mapping[str, str] = MappingProxyType({}),
        *,
        only: bool = False,
        own: Iterable[str] = (),
        limit: int = KEPT_BYTES,
    ) -> None:
        self.trusted, self.only = trusted, only
        self._texts = frozenset((*trusted.values(), *own))
        self._kept: TwiceSeen[str] = TwiceSeen(limit)

    def text(self, query: str, hash_: str | None) -> str:
        """The document that is asked for by its text, its hash, or both.

        Raises NotTrusted, PersistedQueryNotFound, or BadUserInput where text and hash do not belong together.
        """
        if hash_ is None:
            return self._allowed(query)
        if query and hash_of(query) != hash_:
            raise BadUserInput("The hash is not the SHA-256 of the document that came with it.")
        return self._allowed(self.trusted.get(hash_) or query or self._known(hash_))

    def keep(self, hash_: str, text: str) -> None:
        """Remember a document that was found valid, so that its hash will do from now on."""
        if hash_ not in self.trusted and self._kept.get(hash_) is None:
            self._kept.add(hash_, text, sys.getsizeof(text) + sys.getsizeof(hash_))

    def _allowed(self, text: str) -> str:
        if self.only and text not in self._texts:
            raise NotTrusted()
        return text

    def _known(self, hash_: str) -> str:
        if self.only:
            raise NotTrusted()
        if (text := self._kept.get(hash_)) is None:
            raise PersistedQueryNotFound()
        return text
