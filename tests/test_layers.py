"""Dependencies point one way, and our folders never shadow the libraries whose names they share."""

import ast
from collections.abc import Iterator
from pathlib import Path

import alembic
import graphql
import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ["models", "graph.engine", "graph.access", "app.services", "graph", "app"]
"""From the lowest up: a module may import its own layer and those before it."""


def modules() -> Iterator[tuple[str, Path]]:
    """Our modules by name."""
    for top, folder in (("models", ROOT), ("app", ROOT), ("graph", ROOT / "graphql")):
        for path in sorted((folder / top).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def layer(module: str) -> int | None:
    """The place of a module's layer; None for what is not ours."""
    fitting = [name for name in LAYERS if module == name or module.startswith(f"{name}.")]
    return LAYERS.index(max(fitting, key=len)) if fitting else None


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_only_its_own_layer_and_lower_ones(name: str, path: Path) -> None:
    own = layer(name)
    assert own is not None
    above = {found for found in imports(path) if (other := layer(found)) is not None and other > own}
    assert not above


def test_the_embedded_server_imports_nothing_of_ours() -> None:
    for path in (ROOT / "app" / "embedded").glob("*.py"):
        ours = {name for name in imports(path) if layer(name) is not None}
        assert all(name.startswith("app.embedded") for name in ours), path


@pytest.mark.parametrize("library", [graphql, alembic], ids=["graphql", "alembic"])
def test_the_library_wins_the_import_of_a_name_we_share(library: object) -> None:
    assert "site-packages" in str(getattr(library, "__file__", ""))
    assert not (ROOT / getattr(library, "__name__", "") / "__init__.py").exists()


def test_work_is_committed_in_one_place() -> None:
    found = [path for _, path in modules() if ".commit()" in path.read_text()]
    assert [path.name for path in found] == ["database.py"]
