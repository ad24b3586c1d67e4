"""How calls are signed, after the Standard Webhooks specification (https://www.standardwebhooks.com).

Secrets are kept sealed with the process's secret; nobody reads them again but who signs.
"""

import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import floor

from standardwebhooks import Webhook as Signer

Seal = Callable[[str], str]
"""From a secret to what is kept of it."""

Unseal = Callable[[str], str | None]
"""The way back; None for what was sealed by another."""

BYTES = 32
"""Of a secret; the specification wants 24 to 64."""


def made() -> str:
    """A new secret, in the form that receivers give to their library."""
    return f"whsec_{b64encode(secrets.token_bytes(BYTES)).decode()}"


def keys(newest: str, former: str | None, until: datetime | None, unseal: Unseal, now: datetime) -> list[str]:
    """The secrets that a call at `now` is signed with, of what is kept of them; none if the newest cannot be read."""
    secret = unseal(newest)
    older = unseal(former) if former and until and until > now else None
    return [one for one in (secret, older) if one] if secret else []


def headers(given: Sequence[str], id_: str, at: datetime, body: str) -> dict[str, str]:
    """The headers of a call with `body` that is made at `at`: one signature for each of the secrets `given`."""
    moment = at.astimezone(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(floor(moment.timestamp())),
        "webhook-signature": " ".join(Signer(one).sign(id_, moment, body) for one in given),
    }
