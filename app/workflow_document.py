"""docs/workflows.md: its pictures are drawn from the tables of transitions; the words around them are people's."""

import re
from collections.abc import Mapping
from typing import Any

from app.services.chat.states import CHAT
from app.services.freelance.states import WORKFLOWS
from app.services.privacy.kyc import STEPS as KYC

Steps = Mapping[tuple[Any, Any], str]

BLOCK = re.compile(r"(<!-- workflow (\w+) -->\n).*?(<!-- /workflow -->\n)", re.DOTALL)
"""Where the picture of an entity stands."""


def tables() -> dict[str, tuple[str, Steps]]:
    """Every table of transitions by its entity: the state that rows begin in, and the steps."""
    market: dict[str, tuple[str, Steps]] = {name: (one.begins, one.steps) for name, one in WORKFLOWS.items()}
    return {**market, "KycVerification": ("PENDING", KYC), "ChatSession": (CHAT.begins, CHAT.steps)}


def redrawn(page: str) -> str:
    """The page with every picture as the tables are; KeyError if it has one of what has no table."""
    known = tables()
    return BLOCK.sub(lambda block: f"{block[1]}{drawn(*known[block[2]])}{block[3]}", page)


def drawn(begins: str, steps: Steps) -> str:
    """A picture: each arrow is a step, or several that lead from one state to the same."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, step), after in steps.items():
        arrows.setdefault((before, after), []).append(step.replace("_", " "))
    ends = {after for _, after in arrows} - {before for before, _ in arrows}
    lines = [
        f"[*] --> {begins}",
        *(f"{before} --> {after}: {', '.join(names)}" for (before, after), names in arrows.items()),
        *(f"{end} --> [*]" for end in sorted(ends)),
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```", ""])
