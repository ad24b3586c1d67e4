"""Who asks: from what a request shows to a viewer. Knows tokens and tables, no transport and no policy."""

from app.auth.authenticator import Authenticator
from app.auth.identities import Identity
from app.services.accounts.tokens import digest

__all__ = ["Authenticator", "Identity", "digest"]
