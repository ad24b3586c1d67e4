"""Files that are not Python: in the wheel they lie in `app/_assets`, in a checkout at its root."""

from pathlib import Path

_PACKAGED = Path(__file__).parent / "_assets"
_CHECKOUT = Path(__file__).parent.parent
_PLACES = {
    "alembic": "alembic",
    "schema.graphql": "schema.graphql",
    "operations": "graphql/operations",
    "web": "app/_assets/web",
}
"""Where each is in a checkout; what is built, where the wheel has it too."""


def asset(name: str) -> Path:
    """The path of the asset `name`: "alembic", "schema.graphql", "operations", or "web", which may not be built."""
    packaged = _PACKAGED / name
    return packaged if packaged.exists() else _CHECKOUT / _PLACES[name]
