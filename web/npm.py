"""`python web/npm.py …`: npm in this folder, with the Node of this machine or the one from PyPI."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from bench.nodejs import Unavailable, find_node  # noqa: E402 - found only by the line above


def main(arguments: list[str]) -> None:
    """Become npm; what it runs finds the same Node first, and no package fetches a browser of its own."""
    try:
        node, npm = find_node()
    except Unavailable as error:
        sys.exit(f"agora: the pages cannot be built: {error}")
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    os.chdir(HERE)
    os.execve(npm[0], [*npm, *arguments], environment)


if __name__ == "__main__":
    main(sys.argv[1:])
