"""A real Chromium: a page of a listed origin holds a Realtime turn, and streams as two other providers' pages do."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.browser import Page, chromium
from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors
from voicegw_desktop.cli.conformance import SCRIPTS

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

HTML = SCRIPTS / "page.html"
CLIP = "austen-0880.wav"


def samples(speech_dir: Path) -> bytes:
    with wave.open(str(speech_dir / CLIP), "rb") as file:
        return file.readframes(file.getnframes())


async def given(gateway: Served) -> Mapping[str, Any]:
    """Make what the page's own server would: a client secret, and for the older protocols the key."""
    headers = {"Authorization": f"Bearer {gateway.key}"}
    async with (
        aiohttp.ClientSession(gateway.url, headers=headers) as http,
        http.post("/v1/realtime/client_secrets", json={"session": {"type": "realtime"}}) as answer,
    ):
        secret = (await answer.json())["value"]
    return {"url": gateway.url, "key": gateway.key, "secret": secret}


async def test_pages_of_a_listed_origin_and_of_another(models_dir: Path, speech_dir: Path) -> None:
    chromium()
    sound = samples(speech_dir)
    async with Page(HTML, sound).served() as listed, Page(HTML, sound).served() as other:
        with served(models_dir, extra=f'auth: {{cors_origins: ["{listed.origin}"]}}\n') as gateway:
            listed.given = other.given = lambda: given(gateway)
            seen = await listed.visit()
            turned_away = await other.visit()

    assert seen["models"] == 200
    realtime = seen["realtime"]
    assert (realtime["opened"], realtime["protocol"]) == (True, "realtime"), realtime
    assert realtime["response"]["status"] in ("completed", "incomplete"), realtime
    assert realtime["events"][0] == "session.created"
    # a small model now and then answers with a picture only, which is a short silence
    said = "".join(part["transcript"] for item in realtime["response"]["output"] for part in item["content"])
    assert realtime["sound"] > 4800 or not any(c.isalnum() for c in said), realtime
    # the secret was good for one session
    assert seen["again"]["opened"] is False
    deepgram = seen["deepgram"]
    assert (deepgram["opened"], deepgram["protocol"], deepgram["code"]) == (True, "token", 1000), deepgram
    wrong, _ = word_errors(WORDS[CLIP], " ".join(deepgram["words"]))
    assert wrong <= 2
    assert seen["elevenlabs"]["sound"] > 4800, seen["elevenlabs"]

    assert turned_away["models"] == "refused by the browser"
    for name in ("realtime", "deepgram", "elevenlabs"):
        assert turned_away[name]["opened"] is False, name
