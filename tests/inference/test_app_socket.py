"""The running app's local engines, used by an agent's process over the unix socket: no own worker, one record."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

pytest.importorskip("livekit.agents")

from livekit import rtc
from livekit.agents import APIStatusError, llm, stt

from tests.support.agent import RATE, speech
from voicegw_desktop import inference
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.current import set_gateway
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.providers.runtime import runtime

pytestmark = [
    pytest.mark.real_engine,
    pytest.mark.skipif(sys.platform == "win32", reason="the app has no unix socket there"),
]


@pytest.fixture
async def app(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    """The app's gateway, served; the agent's gateway is another one with the same profile."""
    from voicegw_desktop.cli.serve import serving

    monkeypatch.setenv("VOICEGW_MODELS_DIR", str(models_dir))
    path = tmp_path / "voicegw.yaml"
    path.write_text("serve: {port: 0}\nprojects: {shop: {}}\n")
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Gateway(path, paths=paths_below(tmp_path)))
        await stack.enter_async_context(serving(gateway))
        agents = Gateway(path, paths=paths_below(tmp_path))
        set_gateway(agents)
        inference.set_project("shop")
        try:
            yield gateway
        finally:
            inference.set_project(None)
            await inference.aclose()
            await agents.aclose()
            set_gateway(None)


async def test_the_apps_engines_serve_and_meter(app: Gateway, speech_dir: Path) -> None:
    pcm = speech(speech_dir / "jfk.wav", 3.0)
    ears = inference.STT("whisper/tiny.en")
    heard: list[str] = []
    kinds: list[stt.SpeechEventType] = []
    async with ears.stream() as stream:
        for at in range(0, len(pcm), 3200):
            piece = pcm[at : at + 3200]
            stream.push_frame(rtc.AudioFrame(piece, RATE, 1, len(piece) // 2))
        stream.end_input()
        async for event in stream:
            kinds.append(event.type)
            if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                heard.append(event.alternatives[0].text)
    assert "fellow" in " ".join(heard).lower()
    assert kinds.index(stt.SpeechEventType.START_OF_SPEECH) < kinds.index(stt.SpeechEventType.FINAL_TRANSCRIPT)

    voice = inference.TTS("piper/en_US-joe-medium")
    seconds = 0.0
    async with voice.stream() as stream:
        stream.push_text("Good morning. ")
        stream.push_text("How are you?")
        stream.end_input()
        async for chunk in stream:
            seconds += chunk.frame.duration
    assert seconds > 1.0

    model = inference.LLM("llamacpp/smollm2-135m", extra_kwargs={"max_tokens": 5, "temperature": 0})
    context = llm.ChatContext()
    context.add_message(role="user", content="Hello")
    async with model.chat(chat_ctx=context) as stream:
        answer = "".join([(c.delta and c.delta.content) or "" async for c in stream])
    assert answer
    with pytest.raises(APIStatusError):
        async for _ in inference.TTS("piper/no-such-voice").synthesize("Hello."):
            pass
    for part in (ears, voice, model):
        await part.aclose()

    assert runtime()._pool is None, "no worker of the agent's own"
    assert {e.name for e in app.engines.status()} >= {"whisper/tiny.en", "piper/en_US-joe-medium"}
    await inference.aclose()
    await app.writer.flush()
    rows = [r for r in await app.storage.get_recent_requests(limit=50) if r["status"] == "success"]
    assert sorted(r["modality"] for r in rows) == ["llm", "stt", "tts"]
    assert {r["project"] for r in rows} == {"shop"}
    assert "python" not in {r["wire"] for r in rows}
