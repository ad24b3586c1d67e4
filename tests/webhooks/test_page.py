"""What docs/webhooks.md tells receivers is so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from app.services.gateway import deliveries, schedule, webhooks
from app.settings import Settings
from tests.webhooks.conftest import BUSINESS, Hooked

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def block(language: str) -> str:
    """The one example in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return str(found)


async def test_who_receives_as_the_page_says_reads_what_the_page_shows(hooked: Hooked) -> None:
    example: dict[str, Any] = {}
    exec(block("python"), example)
    id_ = await hooked.product()
    await hooked.does("updateProduct", {"id": id_, "name": "Lantern", "price": "9.00"}, "product { id }")
    await hooked.works()
    got = max(hooked.receiver.got, key=lambda one: one.headers["webhook-id"])
    read = example["receive"](hooked.secret, got.headers, got.body)
    shown = json.loads(block("json"))
    assert read.keys() == shown.keys() and read["data"].keys() == shown["data"].keys()
    same = ("entityType", "rowCount", "changedFields")
    assert [read["data"][name] for name in same] == [shown["data"][name] for name in same]
    assert (read["type"], read["data"]["id"]) == (shown["type"], id_)
    assert re.sub(r"\d", "0", read["timestamp"]) == re.sub(r"\d", "0", shown["timestamp"])
    with pytest.raises(WebhookVerificationError):
        example["receive"](hooked.secret, got.headers, got.body + b" ")


async def test_the_mutation_of_the_page_makes_a_webhook(hooked: Hooked) -> None:
    answer = await hooked(block("graphql").replace("business_019a…", BUSINESS).replace('"Orders"', '"New"'))
    assert answer["data"]["createWebhook"]["userErrors"] == []
    assert answer["data"]["createWebhook"]["secret"].startswith("whsec_")


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    hours = [pause.total_seconds() / 3600 for pause in schedule.PAUSES]
    assert hours == [5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24]
    assert "5 seconds, 5 minutes, 30 minutes, 2, 5, 10, 14, 20 and 24 hours" in PAGE
    assert f"at least {schedule.ENOUGH} calls in a row failed for {schedule.PATIENCE.days} days" in PAGE
    assert f"over are kept for {deliveries.KEPT.days} days" in PAGE
    assert f"For {webhooks.OVERLAP.total_seconds() / 3600:.0f} hours calls carry signatures by both" in PAGE


def test_private_addresses_are_called_only_if_somebody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, Any] = {}
    assert Settings(**nothing).private_calls is False
    monkeypatch.setenv("AGORA_PRIVATE_CALLS", "true")
    assert Settings(**nothing).private_calls is True
