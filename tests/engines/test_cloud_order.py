"""The order to the cloud worker: it arrives complete, and no text form shows its key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.engines.cloud_order import CloudOrder, ProviderCredentials

pytestmark = pytest.mark.unit

KEY = "sk-not-to-be-shown"
ORDER = CloudOrder("openai", "mine", "tts-1", "alloy", ProviderCredentials(KEY, {"base_url": "https://x.example/v1"}))


def test_it_arrives_as_it_was_sent() -> None:
    assert CloudOrder.read(json.loads(json.dumps(ORDER.data()))) == ORDER


def test_nothing_shows_the_key() -> None:
    assert KEY not in f"{ORDER!r} {ORDER} {ORDER.credentials!r} {ORDER.credentials}"


@pytest.mark.parametrize("data", [None, {}, "openai", {**ORDER.data(), "credentials": None}])
def test_what_is_no_order_is_refused(data: Any) -> None:
    with pytest.raises(BadRequest):
        CloudOrder.read(data)
