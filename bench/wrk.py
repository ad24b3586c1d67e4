"""Runs wrk: eight connections, one thread."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

CONNECTIONS = 8
SCRIPT = Path(__file__).with_name("wrk.lua")
TOLERANCE = 0.02
"""By how much the mean size of answers may differ between two runs of the same requests."""
ROUNDS = 20
"""How often all requests must have been sent for that mean to mean something; else every answer is looked at."""


class LoadFailed(Exception):
    """wrk is missing, or a server did not answer all requests."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of wrk measured."""

    rps: float
    p50_ms: float
    p99_ms: float
    size: float
    requests: float


def program() -> str:
    """wrk's path."""
    found = shutil.which("wrk")
    if not found:
        raise LoadFailed("wrk is needed and not on the PATH: apt-get install wrk")
    return found


def run(
    url: str,
    bodies: Sequence[bytes],
    seconds: int,
    headers: Mapping[str, str],
    *,
    like: Load | None = None,
    once: bool = False,
) -> Load:
    """Send `bodies` in turn for `seconds`, or each of them `once`.

    Without `like` every answer is looked at; with it, a former run of enough requests, only that none failed and that
    the mean size is the same. Raises LoadFailed, also if bodies that are to be sent once do not last.
    """
    if like and like.requests < ROUNDS * len(bodies):
        like = None
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"\n".join(bodies) + b"\n")
        file.flush()
        options = [
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds}s",
            "--timeout",
            "60s",
            "-s",
            str(SCRIPT),
            *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
            url,
            "--",
            file.name,
        ]
        command = [program(), *options, *(["once"] if once else [] if like else ["check"])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LoadFailed(f"wrk failed on {url}: {done.stderr or done.stdout}")
    measured = orjson.loads(done.stdout.rpartition("\n{")[2].join(("{", "")))
    return _checked(url, measured, like)


def _checked(url: str, measured: dict[str, float], like: Load | None) -> Load:
    if measured["failed"] or not measured["requests"]:
        raise LoadFailed(f"{measured['failed']} of {measured['requests']} requests to {url} failed")
    size = measured["bytes"] / measured["requests"]
    if like and abs(size - like.size) > TOLERANCE * like.size:
        raise LoadFailed(f"{url} gave answers of {size:.0f} bytes, where they had {like.size:.0f} before")
    rps = measured["requests"] / measured["seconds"]
    return Load(rps, measured["p50_ms"], measured["p99_ms"], size, measured["requests"])
