"""Open WebUI in Chromium as it comes: an administrator names the gateway, a person chats, listens and dictates."""

from __future__ import annotations

import asyncio
import importlib
import json
import secrets
import shutil
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

    from voicegw_desktop.testing.clients import beside, chromium_client
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # neighbours in this folder, which is no package where these scripts run
    beside = importlib.import_module("beside")
    chromium_client = importlib.import_module("chromium_client")

PACKAGES = ("open-webui", "playwright")
LIMIT = 420.0  # s; its first chat sends 36 tools, 7,000 tokens that a small computer reads for minutes
CLIP_S = 12.0
_RUNNING: list[beside.Program] = []
_TOKEN: list[str] = []


def versions() -> dict[str, str]:
    return chromium_client.versions()


async def prepare(where: Where) -> None:
    """Start Open WebUI for one person without a password, and name the gateway in its administrator's settings."""
    if chromium_client._program() is None:
        raise NotImplementedError("no Chromium here")
    webui = beside.Program()
    _RUNNING.append(webui)
    env = {
        "WEBUI_AUTH": "False",
        "OFFLINE_MODE": "True",
        "DATA_DIR": str(webui.folder),
        "WEBUI_SECRET_KEY": secrets.token_hex(32),
    }
    program = str(Path(sys.executable).with_name("open-webui"))
    await webui.start([program, "serve", "--host", "127.0.0.1", "--port", str(webui.port)], env, "/api/config")
    signed_in = await _ask("/api/v1/auths/signin", {"email": "admin@localhost", "password": "admin"})
    _TOKEN.append(str(signed_in["token"]))
    connection = {
        "ENABLE_OPENAI_API": True,
        "OPENAI_API_BASE_URLS": [where.v1],
        "OPENAI_API_KEYS": [where.key],
        "OPENAI_API_CONFIGS": {},
    }
    await _ask("/openai/config/update", connection)
    audio = await _ask("/api/v1/audio/config")
    at = {"ENGINE": "openai", "OPENAI_API_BASE_URL": where.v1, "OPENAI_API_KEY": where.key}
    stt, tts = audio["stt"], audio["tts"]
    assert isinstance(stt, dict), audio
    assert isinstance(tts, dict), audio
    await _ask("/api/v1/audio/config/update", {"stt": {**stt, **at, "MODEL": "whisper-1"}, "tts": {**tts, **at}})


async def close() -> None:
    for webui in _RUNNING:
        await webui.close()


async def _ask(path: str, body: object = None) -> dict[str, object]:
    """One request to Open WebUI's own server."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {_TOKEN[0]}"} if _TOKEN else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(_RUNNING[0].url + path, data=data, headers=headers)

    def answered() -> dict[str, object]:
        with urllib.request.urlopen(request, timeout=60) as answer:
            told: dict[str, object] = json.load(answer)
            return told

    return await asyncio.to_thread(answered)


@asynccontextmanager
async def _page(where: Where, *, once: bool = False) -> AsyncIterator[Page]:
    """Open WebUI's first page in Chromium, whose microphone plays the recording without end, or once if `once`."""
    from playwright.async_api import async_playwright

    async with async_playwright() as player:
        browser = await player.chromium.launch(
            executable_path=shutil.which(chromium_client._program() or ""),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={where.clip}{'%noloop' if once else ''}",
            ],
        )
        try:
            page = await browser.new_page()
            page.set_default_timeout(LIMIT * 1000)
            await page.goto(_RUNNING[0].url, wait_until="domcontentloaded")
            await page.locator("#chat-input").wait_for()
            # what is new in this version lies over the page at the first visit
            await page.keyboard.press("Escape")
            yield page
        finally:
            await browser.close()


async def models(where: Where) -> str:
    listed = (await _ask("/api/models"))["data"]
    assert isinstance(listed, list), listed
    names = [str(model["id"]) for model in listed]
    async with _page(where) as page:
        label = await page.locator("#model-selector-model-button").get_attribute("aria-label")
    chosen = (label or "").removeprefix("Selected model: ")
    assert chosen.startswith("llamacpp/"), f"the picker chose {chosen}"
    return f"{len(names)} models, {chosen} chosen"


async def chat(where: Where) -> str:
    """The first chat with all settings as they come, its answer read aloud."""
    async with _page(where) as page:
        await page.locator("#chat-input").click()
        await page.keyboard.type("Say hello in one sentence.")
        await page.keyboard.press("Enter")
        aloud = page.get_by_role("button", name="Read Aloud").first
        await aloud.wait_for()
        said = await page.locator(".chat-assistant").last.inner_text()
        assert said.strip(), "no text"
        async with page.expect_response(lambda answer: answer.url.endswith("/audio/speech")) as answered:
            await aloud.click()
        spoken = await answered.value
        assert spoken.status == 200, spoken.status
        await page.wait_for_function("[...document.querySelectorAll('audio')].some(one => one.currentTime > 0)")
        return f"{len(said)} characters, spoken aloud"


async def dictation(where: Where) -> str:
    async with _page(where) as page:
        await page.locator("#voice-input-button").click()
        await asyncio.sleep(CLIP_S)
        await page.locator("#confirm-recording-button").last.click()
        await page.wait_for_function("document.querySelector('#chat-input').innerText.trim().length > 20")
        return where.is_heard(await page.locator("#chat-input").inner_text())


@asynccontextmanager
async def _without_tools() -> AsyncIterator[None]:
    """The chat model set to send none of the 36 tools: who talks does not wait minutes for each turn."""
    model = "llamacpp/smollm2-135m"
    meta = {"capabilities": {"builtin_tools": False}}
    await _ask("/api/v1/models/create", {"id": model, "name": model, "meta": meta, "params": {}})
    try:
        yield
    finally:
        await _ask("/api/v1/models/model/delete", {"id": model})


async def call(where: Where) -> str:
    """Voice mode: what is said is heard, answered and spoken, with no key pressed in between."""
    async with _without_tools(), _page(where, once=True) as page:
        async with (
            page.expect_response(lambda answer: answer.url.endswith("/audio/transcriptions")) as hearing,
            page.expect_response(lambda answer: answer.url.endswith("/audio/speech")) as speaking,
        ):
            await page.get_by_role("button", name="Voice mode").click()
        heard, spoken = await hearing.value, await speaking.value
        assert (heard.status, spoken.status) == (200, 200), (heard.status, spoken.status)
        words = where.is_heard(str((await heard.json())["text"]))
        await page.wait_for_function("[...document.querySelectorAll('audio')].some(one => one.currentTime > 0)")
        return f"{words}, answered aloud"


CHECKS = (
    ("model list, a chat model chosen", models),
    ("dictation", dictation),
    # what the first chat asks for after its answer keeps the model busy: it comes last
    ("voice mode: a spoken turn, the model's tools off", call),
    ("first chat with stock settings, read aloud", chat),
)
