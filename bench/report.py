"""What was measured, as a table for people and as a file for the record."""

import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.wrk import Load

Loads = Mapping[str, Mapping[str, Sequence[Load]]]
"""Of each shape and contender, its rounds."""
BOUNDS = {
    "new_ms": ("planning a new document of 50 fields", "ms", 8),
    "found_ms": ("finding the plan of a known document", "ms", 0.1),
    "known_us": ("knowing who asks by a token that is remembered", "us", 20),
    "build_s": ("imports, models and schema", "s", 4),
    "rss_mb": ("resident with them", "MB", 220),
}
"""What of planning is told, its unit, and what it is to stay under."""
WRITES = {
    "job_rps": "createJob a second",
    "job_by_hand_rps": "the same by hand",
    "job_ratio": "of what a hand does (at least 0.6)",
    "single_rps": "products a second, one by one",
    "bulk_rps": "products a second, a thousand at once",
    "bulk_ratio": "times as fast (at least 20)",
    "ingest_rps": "metrics a second, ten thousand at once",
    "copy_rps": "the same by plain COPY",
    "ingest_ratio": "of what plain COPY does (at least 0.4)",
    "ingest_decode_ms": "ms to read the JSON of such a request",
    "sync_rps": "changes a second that one worker tells a service (at least 2,000)",
}
"""What of writes is told."""
LIVE = {
    "told_rps": "entries told a second, to 1,000 clients of a chat",
    "told_us": "us of the processor for each",
    "p50_ms": "ms from the commit (or the request) to a client, the median",
    "p99_ms": "the same, of 99 in 100",
    "idle_kib": "KiB for a client that waits",
    "again_statements": "statements that read the log when 1,000 clients come back at once",
    "again_s": "s until all of them are there again",
}
"""What of live updates is told."""
NOT_ASKED = "\N{EN DASH}"
"""What stands where a contender cannot be asked for a shape."""

Figures = dict[str, dict[str, dict[str, float]]]


def medians(loads: Loads) -> Figures:
    """Of each shape and contender, the medians of its rounds."""
    return {shape: {name: _median(rounds) for name, rounds in each.items()} for shape, each in loads.items()}


def _median(rounds: Sequence[Load]) -> dict[str, float]:
    return {
        "rps": round(statistics.median(load.rps for load in rounds), 1),
        "p50_ms": round(statistics.median(load.p50_ms for load in rounds), 3),
        "p99_ms": round(statistics.median(load.p99_ms for load in rounds), 3),
    }


def ratios(loads: Loads) -> dict[str, dict[str, float]]:
    """Of each shape, Agora's requests per second against each other contender's: the median of the rounds' ratios.

    Round by round, because what disturbs a round mostly disturbs all its contenders.
    """
    return {
        shape: {
            f"agora/{name}": round(_ratio(each["agora"], rounds), 3) for name, rounds in each.items() if name != "agora"
        }
        for shape, each in loads.items()
        if "agora" in each
    }


def _ratio(ours: Sequence[Load], theirs: Sequence[Load]) -> float:
    return statistics.median(our.rps / their.rps for our, their in zip(ours, theirs, strict=True))


def machine(postgres: str) -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgres": postgres,
    }


def table(loads: Loads, contenders: Sequence[str]) -> Iterator[str]:
    """The lines of requests per second, of ratios and of latencies."""
    figures, compared = medians(loads), ratios(loads)
    against = [f"agora/{name}" for name in contenders if name != "agora"] if compared else []
    yield _line("requests/s", [*contenders, *against])
    for shape, each in figures.items():
        rps = [f"{each[name]['rps']:,.0f}" if name in each else NOT_ASKED for name in contenders]
        ratios_ = [f"{compared[shape][name]:.2f}" if name in compared[shape] else NOT_ASKED for name in against]
        yield _line(shape, [*rps, *ratios_])
    yield ""
    yield _line("p50 / p99 ms", contenders)
    for shape, each in figures.items():
        yield _line(shape, [_latencies(each[name]) if name in each else NOT_ASKED for name in contenders])


def _latencies(figures: Mapping[str, float]) -> str:
    return f"{figures['p50_ms']:.1f} / {figures['p99_ms']:.1f}"


def processes(startup: Mapping[str, float], memory: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """The lines of the rows startup and memory."""
    yield _line("", list(startup))
    yield _line("startup s", [f"{seconds:.2f}" for seconds in startup.values()])
    for row in ("rss_mb", "pss_mb"):
        if all(row in memory[name] for name in startup):
            yield _line(row.replace("_", " ").upper(), [f"{memory[name][row]:.0f}" for name in startup])


def planning(figures: Mapping[str, float]) -> Iterator[str]:
    """How long the engine thinks, each figure beside what it is to stay under."""
    for key, (name, unit, most) in BOUNDS.items():
        over = "" if figures[key] < most else "  OVER IT"
        yield f"{name} {figures[key]:g} {unit}, to stay under {most:g} {unit}{over}"


def writes(figures: Mapping[str, float]) -> Iterator[str]:
    """How fast rows are written."""
    for key, told in WRITES.items():
        yield f"{figures[key]:g} {told}"


def _line(head: str, cells: Sequence[str]) -> str:
    return f"{head:<14}" + "".join(f"{cell:>20}" for cell in cells)


def live(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """What live updates cost, each contender in a column."""
    yield " " * 66 + "".join(f"{name:>10}" for name in figures)
    for figure, words in LIVE.items():
        cells = (f"{each[figure]:>10,.1f}" if figure in each else f"{NOT_ASKED:>10}" for each in figures.values())
        yield f"{words:<66}" + "".join(cells)
