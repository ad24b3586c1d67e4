"""A person clones and types one command; another installs the wheel somewhere else. Nothing of ours is prepared."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from site import getsitepackages
from tempfile import mkstemp
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
READY = re.compile(r"ready on (http://\S+)")


class Process:
    """A server in the foreground of a terminal of its own: its group gets the signals that a terminal sends."""

    def __init__(self, command: list[str], folder: Path, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AGORA_", "PYTEST_"))}
        output, name = mkstemp(suffix=".txt", prefix="output-", dir=folder)
        self.log = Path(name)
        with os.fdopen(output, "wb") as output_file:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env={**inherited, "AGORA_PORT": "0", **environment},
                stdout=output_file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def url(self, seconds: float) -> str:
        """Where it answers; fails if it does not say so in time."""
        end = time.monotonic() + seconds
        while not (found := READY.search(self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        return found[1]

    def end(self, order: signal.Signals) -> None:
        """Send `order` to its group, as Ctrl-C does, and wait until it is gone."""
        os.killpg(self.process.pid, order)
        self.process.wait(20)


Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Process] = []

    def start(command: list[str], folder: Path, **environment: str) -> Process:
        started.append(Process(command, folder, **environment))
        return started[-1]

    yield start
    for process in started:
        if process.process.poll() is None:
            os.killpg(process.process.pid, signal.SIGKILL)
            process.process.wait(20)


def asked(url: str, folder: Path) -> Any:
    """The answer to the README's curl, asked as the persona whose token lies in `folder`."""
    command = re.findall(r"```sh\n(.*?)```", README, re.S)[0]
    words = shlex.split(command.replace("\\\n", " "))
    token = json.loads((folder / ".agora" / "personas.json").read_text())["admin"]["token"]
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    return httpx.post(url, content=words[words.index("-d") + 1], headers=headers).json()


def served_on(folder: Path) -> list[str]:
    """The processes of a PostgreSQL whose data lie in `folder`."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if f"{folder}/" in line and "postgres" in line and " -D " in line]


def gone(folder: Path) -> bool:
    """Whether no PostgreSQL runs in `folder` any more, within a few seconds."""
    end = time.monotonic() + 10
    while served_on(folder) and time.monotonic() < end:
        time.sleep(0.1)
    return not served_on(folder)


def copy(folder: Path) -> Path:
    """What a clone would hold, in `folder`."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_make_run_serves_from_a_fresh_clone_and_ends_cleanly(tmp_path: Path, start: Start) -> None:
    clone, home = copy(tmp_path / "clone"), tmp_path / "home"
    home.mkdir()
    make = ["make", "run", f"PYTHON={sys.base_prefix}/bin/python3"]
    url = (first := start(make, clone, HOME=str(home))).url(seconds=600)
    answer = asked(url, clone)
    assert answer["data"]["job"]["client"] == {"firstName": "Ada"}
    first.end(signal.SIGINT)
    assert gone(clone)

    for order in (signal.SIGTERM, signal.SIGINT):
        url = (again := start(make, clone, HOME=str(home))).url(seconds=30)
        assert asked(url, clone) == answer
        again.end(order)
        assert gone(clone)
    assert "Traceback" not in again.log.read_text()


def test_a_killed_server_leaves_nothing_that_stops_the_next(tmp_path: Path, start: Start) -> None:
    agora = [str(Path(sys.executable).with_name("agora")), "serve"]
    first = start(agora, tmp_path)
    first.url(seconds=60)
    first.end(signal.SIGKILL)
    assert gone(tmp_path)
    second = start(agora, tmp_path)
    assert asked(second.url(seconds=30), tmp_path)["data"]["job"]["status"] == "COMPLETED"
    second.end(signal.SIGINT)
    assert gone(tmp_path)


def test_two_servers_share_one_data_folder(tmp_path: Path, start: Start) -> None:
    agora = [str(Path(sys.executable).with_name("agora")), "serve"]
    first, second = start(agora, tmp_path), start(agora, tmp_path)
    urls = [first.url(seconds=60), second.url(seconds=60)]
    assert [asked(url, tmp_path)["data"]["job"]["status"] for url in urls] == ["COMPLETED", "COMPLETED"]
    first.end(signal.SIGINT)
    assert asked(urls[-1], tmp_path)["data"]["job"]["status"] == "COMPLETED"
    second.end(signal.SIGTERM)
    assert gone(tmp_path)


def test_the_built_wheel_serves_outside_the_checkout(tmp_path: Path, start: Start) -> None:
    built = tmp_path / "dist"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "-w", str(built)], check=True)
    place = tmp_path / "env"
    venv.create(place, with_pip=True)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text("\n".join(getsitepackages()) + "\n")
    (wheel,) = built.glob("*.whl")
    subprocess.run([place / "bin" / "pip", "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    process = start([str(place / "bin" / "agora"), "serve"], elsewhere)
    url = process.url(seconds=60)
    assert asked(url, elsewhere)["data"]["job"]["escrow"] == {"status": "RELEASED", "currency": "USD"}
    assert "jobsPosted" in httpx.get(url, headers={"accept": "text/html"}).text
    process.end(signal.SIGTERM)
    assert gone(elsewhere)
    code = (
        "import app, graph, graphql, alembic; print(app.__file__, graph.__file__, graphql.__file__, alembic.__file__)"
    )
    listed = subprocess.run(
        [place / "bin" / "python", "-c", code], cwd=elsewhere, capture_output=True, text=True, check=True
    )
    assert str(ROOT / "app") not in listed.stdout
    assert listed.stdout.count("site-packages") == 4
