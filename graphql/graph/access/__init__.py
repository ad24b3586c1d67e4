"""Who may read what: a line for each entity in `tables`, asked for by the engine through `policies`."""

from graph.access.rules import Rules

__all__ = ["Rules"]
