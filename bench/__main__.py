"""Measures Agora beside hand-written SQL, PostGraphile and the usual way, on one database.

All servers run at once and are asked in turn, so that the machine's moods hit all alike.
"""

import asyncio
import math
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import asyncpg
import orjson
import typer

from app.embedded import EmbeddedError
from bench import answers, contenders, knowing, live, processes, report, requests, syncing, writing, wrk
from bench.load import database
from bench.nodejs import Unavailable
from bench.processes import Running

RESULTS = Path(__file__).with_name("results.json")
CHECKED = 5
"""Requests of a shape that are asked of every contender and compared."""
FASTEST = 1_000
"""Documents a second that last where each is sent but once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how long."""

    shapes: Sequence[str]
    contenders: Sequence[str]
    rounds: int
    seconds: int
    warm_up: int
    folder: Path


def say(message: str) -> None:
    """Tell how far it is."""
    typer.echo(f"bench: {message}", err=True)


def main(
    shapes: Annotated[str, typer.Option(help="Which shapes, by commas.")] = ",".join(requests.SHAPES),
    compared: Annotated[
        str, typer.Option("--contenders", help="Which contenders, by commas; the first is held to be right.")
    ] = ",".join(contenders.CONTENDERS),
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each; the median counts.")] = 3,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a run.")] = 5,
    warm_up: Annotated[int, typer.Option(min=1, help="Seconds before the first run of a shape, checked.")] = 3,
    fresh: Annotated[bool, typer.Option("--fresh", help="Build the database anew.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the database is kept.")] = contenders.ROOT / ".agora" / "bench",
    output: Annotated[Path, typer.Option(help="Where the figures go.")] = RESULTS,
) -> None:
    """Measure requests per second, latency, start-up and memory of Agora and of what it is compared with."""
    chosen = _known(shapes, requests.SHAPES), _known(compared, contenders.CONTENDERS)
    plan = Plan(*chosen, rounds, seconds, warm_up, folder)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        wrk.program()
        with database(folder, say, fresh=fresh) as (dsn, loaded):
            if loaded:
                say(f"loaded in {loaded:.0f} s")
            results = measure(plan, dsn)
    except (wrk.LoadFailed, answers.Different, processes.NotAnswering, EmbeddedError) as error:
        say(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    output.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    say(f"wrote {output}")


def _terminated(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


def _known(given: str, known: Sequence[str] | Mapping[str, object]) -> list[str]:
    wanted = [name.strip() for name in given.split(",") if name.strip()]
    if not wanted or not set(wanted).issubset(known):
        raise typer.BadParameter(f"{given!r}: choose from {', '.join(known)}")
    return wanted


def measure(plan: Plan, dsn: str) -> dict[str, Any]:
    """Start the contenders, measure them, print the figures and return them."""
    found = asyncio.run(requests.keys(dsn))
    with ExitStack() as stack:
        servers, startup = _start(plan, dsn, found, stack)
        loads = {shape: _measure_shape(plan, shape, servers, found) for shape in plan.shapes}
        memory = {server.contender.name: server.memory() for server in servers}
        types = {server.contender.name: _types(server) for server in servers if server.contender.name == "agora"}
    planning = {**_planning(), **knowing.figures(dsn)}
    say("measuring writes")
    writes = {**writing.figures(dsn), **syncing.figures(dsn)}
    say("measuring live updates")
    updates = live.figures()
    lines = *report.table(loads, list(memory)), "", *report.processes(startup, memory), "", *report.planning(planning)
    lines = *lines, "", *report.writes(writes), "", *report.live(updates)
    for line in lines:
        typer.echo(line)
    for name, count in types.items():
        typer.echo(f"{name} has {count} GraphQL types")
    return {
        "shapes": report.medians(loads),
        "ratios": report.ratios(loads),
        "startup": startup,
        "memory": memory,
        "types": types,
        "planning": planning,
        "writes": writes,
        "live": updates,
        "machine": report.machine(asyncio.run(_postgres(dsn))),
        "settings": {
            "rounds": plan.rounds,
            "seconds": plan.seconds,
            "connections": wrk.CONNECTIONS,
            "pool": contenders.POOL,
        },
    }


def _start(plan: Plan, dsn: str, found: requests.Keys, stack: ExitStack) -> tuple[list[Running], dict[str, float]]:
    """The contenders that can be had, started; and the seconds each took from its start to its first answer."""
    servers, startup = [], {}
    for name in plan.contenders:
        port = processes.free_port()
        try:
            contender = contenders.CONTENDERS[name](dsn, port, plan.folder.resolve(), say)
        except Unavailable as error:
            say(f"{name} is left out: {error}")
            continue
        (body, *_) = requests.Bodies("point", found, own_dialect=contender.own_dialect).take(1)
        taken = []
        for _ in range(plan.rounds - 1):
            with processes.running(contender, port, "point", body) as server:
                taken.append(server.startup)
        server = stack.enter_context(processes.running(contender, port, "point", body))
        servers.append(server)
        startup[name] = round(statistics.median([*taken, server.startup]), 3)
        say(f"{name} answers after {startup[name]:.2f} s")
    return servers, startup


def _measure_shape(
    plan: Plan, shape: str, servers: Sequence[Running], found: requests.Keys
) -> dict[str, list[wrk.Load]]:
    asked = [server for server in servers if shape in server.contender.shapes]
    if not asked:
        return {}
    bodies = {
        server.contender.name: requests.Bodies(shape, found, own_dialect=server.contender.own_dialect)
        for server in asked
    }
    _check(shape, asked, {name: each.take(CHECKED) for name, each in bodies.items()})
    warm = {}
    for server in asked:
        say(f"{shape}: warming up {server.contender.name}")
        warm[server.contender.name] = _warmed(plan, server, shape, bodies[server.contender.name])
    loads: dict[str, list[wrk.Load]] = {server.contender.name: [] for server in asked}
    for number in range(plan.rounds):
        for server in asked:
            name = server.contender.name
            load = _run(server, shape, bodies[name], _long_enough(plan, warm[name]), like=warm[name])
            loads[name].append(load)
            say(f"{shape}: round {number + 1} of {plan.rounds}: {name} {load.rps:,.0f} requests/s")
    return loads


def _warmed(plan: Plan, server: Running, shape: str, bodies: requests.Bodies) -> wrk.Load:
    """The run for warming up; it is longer where not even the first answers would come in time."""
    begun = time.perf_counter()
    server.ask(shape, bodies.take(1)[0])
    first_answers = (time.perf_counter() - begun) * wrk.CONNECTIONS
    return _run(server, shape, bodies, max(plan.warm_up, math.ceil(2 * first_answers)))


def _run(server: Running, shape: str, bodies: requests.Bodies, seconds: int, like: wrk.Load | None = None) -> wrk.Load:
    headers = server.contender.headers
    if bodies.once:
        return wrk.run(server.url(shape), bodies.take(FASTEST * seconds), seconds, headers, once=True)
    return wrk.run(server.url(shape), bodies.take(1), seconds, headers, like=like)


def _long_enough(plan: Plan, warm: wrk.Load) -> int:
    """The seconds of a run; more where answers take so long that only a few would fit in."""
    return max(plan.seconds, math.ceil(4 * warm.p50_ms / 1000))


def _check(shape: str, servers: Sequence[Running], bodies: Mapping[str, Sequence[bytes]]) -> None:
    """Raise Different unless all contenders answer the first requests of `shape` like the first contender."""
    first, *others = servers
    for index in range(min(CHECKED, len(bodies[first.contender.name]))):
        expected = first.ask(shape, bodies[first.contender.name][index])
        for server in others:
            name, own = server.contender.name, server.contender.own_dialect or first.contender.own_dialect
            answers.check(name, shape, expected, server.ask(shape, bodies[name][index]), own_dialect=own)


def _planning() -> dict[str, float]:
    """How long the engine thinks, in a process of its own."""
    command = [sys.executable, "-m", "bench.planning"]
    done = subprocess.run(command, env={**os.environ, **contenders.python({})}, capture_output=True, check=True)
    figures: dict[str, float] = orjson.loads(done.stdout)
    return figures


def _types(server: Running) -> int:
    answer = server.ask("", orjson.dumps({"query": "{ __schema { types { name } } }"}))
    return len(answer["data"]["__schema"]["types"])


async def _postgres(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        version: str = await connection.fetchval("SHOW server_version")
        return version
    finally:
        await connection.close()


if __name__ == "__main__":
    typer.run(main)
