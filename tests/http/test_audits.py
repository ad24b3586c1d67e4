"""The audits of the GraphQL-over-HTTP specification's own reference implementation, against a server that runs."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bench.nodejs import find_node
from tests.http.conftest import Served

AUDITS = Path(__file__).parent / "audits"


async def _said(command: list[str], folder: Path) -> bytes:
    """What `command` prints; fails if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output


@pytest.mark.long
async def test_every_audit_is_passed(shared: Served, tmp_path: Path) -> None:
    found, folder = find_node(), shutil.copytree(AUDITS, tmp_path / "audits")
    await _said([*found.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    printed = await _said([found.node, "audit.mjs", f"{shared.client.base_url}/graphql"], folder)
    audits: list[dict[str, Any]] = json.loads(printed)
    failed = [f"{audit['id']} {audit['name']}: {audit['reason']}" for audit in audits if audit["status"] != "ok"]
    assert failed == []
    assert len(audits) == 61
