"""Puts the figures of results.json into the README's table; a test holds the two together."""

import json
from pathlib import Path
from typing import Any

from bench.report import LIVE, NOT_ASKED

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"
CONTENDERS = ("limit", "agora", "policies", "postgraphile", "usual")
OTHERS = tuple(name for name in CONTENDERS if name != "agora")


def table(results: dict[str, Any]) -> str:
    """The shapes as rows, the contenders' requests a second and Agora's ratios as columns."""
    lines = [
        "| shape | " + " | ".join([*CONTENDERS, *(f"agora : {name}" for name in OTHERS)]) + " |",
        "|---|" + "---:|" * len([*CONTENDERS, *OTHERS]),
    ]
    for shape, by_name in results["shapes"].items():
        rps = [by_name[name]["rps"] if name in by_name else None for name in CONTENDERS]
        ratios = [results["ratios"][shape].get(f"agora/{name}") for name in OTHERS]
        cells = [f"{value:,.0f}" if value else NOT_ASKED for value in rps]
        cells += [f"{ratio:.2f}" if ratio else NOT_ASKED for ratio in ratios]
        lines.append(f"| {shape} | " + " | ".join(cells) + " |")
    startup, memory, planning = results["startup"]["agora"], results["memory"]["agora"], results["planning"]
    lines.append("")
    lines.append(
        f"A new document of 50 fields is planned in {planning['new_ms']:.1f} ms; the plan of a known one is found in"
        f" {planning['found_ms']:.3f} ms. Who asks is known in {planning['known_us']:.1f} us. Imports,"
        f" models and schema take {planning['build_s']:.1f} s and"
        f" {planning['rss_mb']:.0f} MB."
    )
    writes = results["writes"]
    lines.append("")
    lines.append(
        f"`createJob` is done {writes['job_rps']:,} times a second, {writes['job_ratio']:.2f} of what a handler"
        f" with the same statements does. A thousand rows in bulk are written {writes['bulk_ratio']:.0f} times as"
        f" fast as one by one, ten thousand metrics at {writes['ingest_ratio']:.2f} of the speed of plain COPY."
        f" One worker tells a service of {writes['sync_rps']:,} changes a second."
    )
    lines.append("")
    lines.append(
        f"From the start of the process to its first answer {startup:.1f} s; {memory['rss_mb']:.0f} MB resident"
        f" with {results['types']['agora']} GraphQL types."
    )
    if "live" in results:
        lines += ["", *_live(results["live"])]
    return "\n".join(lines) + "\n"


def _live(figures: dict[str, dict[str, float]]) -> list[str]:
    """What live updates cost, each contender in a column."""
    head = f"| live updates of one chat | {' | '.join(figures)} |"
    lines = []
    for name, words in LIVE.items():
        cells = [f"{each[name]:,.1f}" if name in each else NOT_ASKED for each in figures.values()]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return [head, "|---|" + "---:|" * len(figures), *lines]


def updated(readme: str, results: dict[str, Any]) -> str:
    """`readme` with the table of `results`."""
    before, _, rest = readme.partition(BEGIN)
    return before + BEGIN + table(results) + END + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(updated(README.read_text(), json.loads(RESULTS.read_text())))
