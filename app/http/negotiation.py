"""What a client accepts, and the best of it that there is to offer."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Media(NamedTuple):
    """A media type of answers."""

    name: str
    content_type: bytes
    telling: bool = False
    """Whether the status tells of errors in the GraphQL request too."""


JSON = Media("application/json", b"application/json; charset=utf-8")
GRAPHQL_JSON = Media("application/graphql-response+json", b"application/graphql-response+json; charset=utf-8", True)
EVENTS = Media("text/event-stream", b"text/event-stream")

UTF_8 = ("utf-8", "utf8", "*")
EXACT, KIND, ANY = 2, 1, 0


class Range(NamedTuple):
    """One of the things that a header accepts, and how gladly."""

    name: str
    charset: str
    quality: float


class Known(dict[bytes, T]):
    """What a function says of a header, by the header's own bytes: for the usual ones a look-up and no call."""

    MOST, LONGEST = 500, 300

    def __init__(self, say: Callable[[bytes], T]) -> None:
        super().__init__()
        self.say = say

    def __missing__(self, header: bytes) -> T:
        said = self.say(header)
        if len(header) <= self.LONGEST:
            if len(self) >= self.MOST:
                self.clear()
            self[header] = said
        return said


def ranges(header: bytes) -> Iterator[Range]:
    """What stands in a header like Accept; what is not written as it should be is passed over."""
    for part in header.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        given = dict(piece.partition("=")[::2] for piece in parameters)
        try:
            quality = float(given.get("q", "1"))
        except ValueError:
            continue
        if name and 0 <= quality <= 1:
            yield Range(name, given.get("charset", "utf-8").strip('"'), quality)


def _media(accept: bytes) -> Media | None:
    """How to answer a client that accepts this: None if it takes nothing that there is."""
    if not accept.strip():
        return JSON
    given = [range_ for range_ in ranges(accept) if range_.charset in UTF_8]
    rated = [(*_rating(media, given), media) for media in (GRAPHQL_JSON, JSON, EVENTS)]
    quality, _, _, media = max(rated, key=lambda found: found[:3])
    return media if quality else None


def _rating(media: Media, given: Sequence[Range]) -> tuple[float, int, int]:
    """How gladly `media` is taken, how exactly it is named, and our own preference where that leaves a choice.

    Who names neither kind of JSON gets the one that everybody reads; events go only to those who name them.
    """
    named = {range_.name: range_.quality for range_ in given}
    if media.name in named:
        return named[media.name], EXACT, (EVENTS, JSON, GRAPHQL_JSON).index(media)
    if media is EVENTS:
        return 0, ANY, 0
    if "application/*" in named:
        return named["application/*"], KIND, int(media is JSON)
    return named.get("*/*", 0), ANY, int(media is JSON)


def accepts_page(accept: bytes) -> bool:
    """Whether it is a browser that asks."""
    return any(range_.name == "text/html" and range_.quality for range_ in ranges(accept))


def _coding(accept_encoding: bytes) -> str | None:
    """How to compress for a client that accepts this: "zstd", "gzip", or None for not at all."""
    given = {range_.name: range_.quality for range_ in ranges(accept_encoding)}
    given.setdefault("gzip", given.get("x-gzip", given.get("*", 0)))
    least = given.get("identity", 0)
    offers = [(given.get(coding, 0), coding) for coding in ("gzip", "zstd")]
    quality, best = max(offers)
    return best if quality and quality >= least else None


def _is_json(content_type: bytes) -> bool:
    """Whether it is JSON in UTF-8."""
    found = list(ranges(content_type))
    return [range_.name for range_ in found] == ["application/json"] and found[0].charset in UTF_8[:2]


MEDIA, CODING, IS_JSON = Known(_media), Known(_coding), Known(_is_json)
"""What is said of the headers Accept, Accept-Encoding and Content-Type."""
