"""Puts the figures of results.json into the README's table; a test holds the two together."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"
CONTENDERS = ("limit", "agora", "postgraphile", "usual")


def table(results: dict[str, Any]) -> str:
    """The shapes as rows, the contenders' requests a second and Agora's ratios as columns."""
    lines = [
        "| shape | " + " | ".join(CONTENDERS) + " | agora : limit | agora : postgraphile | agora : usual |",
        "|---|" + "---:|" * 7,
    ]
    for shape, by_name in results["shapes"].items():
        rps = [by_name[name]["rps"] if name in by_name else None for name in CONTENDERS]
        ratios = [results["ratios"][shape].get(f"agora/{name}") for name in ("limit", "postgraphile", "usual")]
        cells = [f"{value:,.0f}" if value else "-" for value in rps] + [f"{r:.2f}" if r else "-" for r in ratios]
        lines.append(f"| {shape} | " + " | ".join(cells) + " |")
    startup, memory = results["startup"]["agora"], results["memory"]["agora"]
    lines.append("")
    lines.append(
        f"From the start of the process to its first answer {startup:.1f} s; {memory['rss_mb']:.0f} MB resident"
        f" with {results['types']['agora']} GraphQL types."
    )
    return "\n".join(lines) + "\n"


def updated(readme: str, results: dict[str, Any]) -> str:
    """`readme` with the table of `results`."""
    before, _, rest = readme.partition(BEGIN)
    return before + BEGIN + table(results) + END + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(updated(README.read_text(), json.loads(RESULTS.read_text())))
