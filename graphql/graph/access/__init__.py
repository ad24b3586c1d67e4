"""Who may read what: rules are declared here per entity and column; the engine asks for them."""

from graph.access.rules import Rules

__all__ = ["Rules"]
