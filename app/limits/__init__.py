"""How much who may ask for: limits out of the database, counted by all processes together. Knows no transport."""

from app.limits.ledger import Ledger
from app.limits.limiter import Limiter
from app.limits.rules import RuleBook

__all__ = ["Ledger", "Limiter", "RuleBook"]
