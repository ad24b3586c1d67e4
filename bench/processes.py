"""Servers as processes: started, waited for, weighed and stopped, each by its own id."""

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from bench.contenders import Contender

PATIENCE = 90.0


class NotAnswering(Exception):
    """A server ended or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A contender that answers."""

    contender: Contender
    port: int
    pid: int
    startup: float

    def url(self, shape: str) -> str:
        """Where it takes the requests of `shape`."""
        return self.contender.url(self.port, shape)

    def ask(self, shape: str, body: bytes) -> Any:
        """Its answer to a request; raises NotAnswering."""
        try:
            return orjson.loads(post(self.url(shape), body, self.contender.headers))
        except OSError as error:
            raise NotAnswering(f"{self.contender.name} does not answer: {error}") from error

    def memory(self) -> dict[str, float]:
        """Resident and proportional size in MB, where the system tells."""
        try:
            lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            return {}
        sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
        return {"rss_mb": round(sizes["Rss"] / 1024, 1), "pss_mb": round(sizes["Pss"] / 1024, 1)}


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def post(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body of the answer to a POST; raises OSError if there is none, NotAnswering if it is not one of 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("POST", parts.path, body, {"content-type": "application/json", **headers})
        response = connection.getresponse()
        answer = response.read()
    except http.client.HTTPException as error:
        raise NotAnswering(f"{url} broke off: {error}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise NotAnswering(f"{url} answered {response.status}: {answer[:300]!r}")
    return answer


@contextmanager
def running(contender: Contender, port: int, shape: str, body: bytes) -> Iterator[Running]:
    """Start `contender` and wait until it answers; stopped at the end. Raises NotAnswering."""
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            list(contender.command),
            env={**os.environ, **contender.environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            try:
                _wait(process, contender, contender.url(port, shape), body, begun + PATIENCE)
            except NotAnswering as error:
                log.seek(0)
                said = log.read()[-2000:].decode(errors="replace")
                raise NotAnswering(f"{contender.name}: {error}\n{said}") from error
            yield Running(contender, port, process.pid, time.perf_counter() - begun)
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], contender: Contender, url: str, body: bytes, deadline: float) -> None:
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise NotAnswering(f"it ended with code {process.returncode}")
        try:
            post(url, body, contender.headers)
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise NotAnswering(f"it did not answer within {PATIENCE:.0f} s")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
