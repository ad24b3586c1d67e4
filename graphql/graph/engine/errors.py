"""Every fault that a client may be told of. The docstring is the message unless one is given."""

from typing import Any

from graphql import Source


class AgoraError(Exception):
    """Something went wrong on our side."""

    code = "INTERNAL"

    def __init__(self, message: str | None = None, **extensions: Any) -> None:
        super().__init__(message or type(self).__doc__ or "")
        self.extensions = {"code": self.code, **extensions}

    @property
    def message(self) -> str:
        """What the client reads."""
        return str(self.args[0])


class BadUserInput(AgoraError):
    """The request holds a value that cannot be used."""

    code = "BAD_USER_INPUT"


class MethodNotAllowed(BadUserInput):
    """A mutation must be sent by POST."""

    code = "METHOD_NOT_ALLOWED"


class PersistedQueryNotFound(BadUserInput):
    """PersistedQueryNotFound"""  # the very word by which Apollo's clients know it

    code = "PERSISTED_QUERY_NOT_FOUND"


class NotTrusted(BadUserInput):
    """Only the trusted documents of this server are answered: send the documentId of one."""

    code = "FORBIDDEN"


class NotFound(AgoraError):
    """There is no such thing, or not for you."""

    code = "NOT_FOUND"


class Forbidden(AgoraError):
    """You may not do this."""

    code = "FORBIDDEN"


class Unauthenticated(AgoraError):
    """Sign in first."""

    code = "UNAUTHENTICATED"


class Conflict(AgoraError):
    """Somebody else changed it meanwhile."""

    code = "CONFLICT"


class TooComplex(BadUserInput):
    """The operation asks for more than one request may."""

    code = "TOO_COMPLEX"

    def __init__(self, message: str | None = None, at: tuple[Source, int] | None = None, /, **extensions: Any) -> None:
        super().__init__(message, **extensions)
        self.at = at


GAPS = 10_000
"""Buckets that are filled at most."""


class TooManyGaps(BadUserInput):
    """A "fill" of "groups.by" has more than 10,000 buckets: say a shorter "from" and "to", or take a longer bucket."""


class Timeout(AgoraError):
    """The operation took too long and was stopped; ask for less at once."""

    code = "TIMEOUT"


class DatabaseUnavailable(AgoraError):
    """The database does not answer at the moment; try again shortly."""


class ProviderUnavailable(AgoraError):
    """The identity provider does not answer at the moment; try again shortly."""
