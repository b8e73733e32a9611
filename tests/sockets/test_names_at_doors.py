"""A name finds what it names at every door, by a gateway whose engines are scripted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.support.fake_backends import FakeLlm, FakeStt, FakeTts, Script
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.errors import BadRequest, ModelResolutionError
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.routing.installed import InstalledModel, InstalledNames
from voicegw_desktop.sockets.audio import voices
from voicegw_desktop.sockets.audio.installed import model_named
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

Real = tuple[Server, aiohttp.ClientSession]
HERE = InstalledNames(
    (
        InstalledModel("whisper/tiny.en", Modality.STT, ("Systran/faster-whisper-tiny.en",)),
        InstalledModel("whisper/base", Modality.STT),
        InstalledModel("piper/en_US-joe-medium", Modality.TTS, (), ("en_US-joe-medium",)),
        InstalledModel("kokoro/v1.0-int8", Modality.TTS, ("hexgrad/Kokoro-82M",), ("af_heart", "af_sky")),
        InstalledModel("llamacpp/smollm2-135m", Modality.LLM),
    )
)


@pytest.fixture
async def door(real: Real, monkeypatch: pytest.MonkeyPatch) -> tuple[aiohttp.ClientSession, Script]:
    server, http = real
    script, gateway = Script(), server.gateway
    monkeypatch.setattr(gateway.router.names, "_look", lambda: HERE)
    for engine in ("whisper", "piper", "kokoro", "llamacpp"):
        gateway.backends.register(engine, stt=FakeStt(script), tts=FakeTts(script), llm=FakeLlm(script))
    return http, script


async def speak(http: aiohttp.ClientSession, path: str, body: Mapping[str, Any]) -> Mapping[str, str]:
    async with http.post(path, json=body) as answer:
        assert answer.status == 200, await answer.text()
        return answer.headers


SPEECH = "/v1/audio/speech"
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "A" * 22 + "==",
}  # fmt: skip
"""A handshake whose answer can be read."""


@pytest.mark.parametrize(
    ("path", "body", "served", "note"),
    [
        (SPEECH, {"model": "kokoro", "voice": "af_heart"}, "kokoro/v1.0-int8", ""),
        (SPEECH, {"model": "hexgrad/Kokoro-82M", "voice": "af_sky"}, "kokoro/v1.0-int8", ""),
        (SPEECH, {"model": "tts-1", "voice": "af_heart"}, "kokoro/v1.0-int8:af_heart", ""),
        (
            SPEECH,
            {"model": "tts-1", "voice": "nobody"},
            "piper/en_US-joe-medium",
            '"tts-1" is not known here; piper/en_US-joe-medium serves it (stack local); '
            'piper/en_US-joe-medium has no voice "nobody"; its own speaks',
        ),
        (
            SPEECH,
            {"model": "piper", "instructions": "whisper"},
            "piper/en_US-joe-medium",
            "instructions are ignored",
        ),
        (
            SPEECH,
            {"model": "piper", "language": "de", "lang_code": ""},
            "piper/en_US-joe-medium",
            "language is ignored: the voice decides which language is spoken",
        ),
        ("/v1/speak?model=af_heart&encoding=linear16&container=none", {}, "kokoro/v1.0-int8:af_heart", ""),
        ("/v1/speak?model=kokoro&encoding=linear16&container=none", {}, "kokoro/v1.0-int8", ""),
        (
            "/v1/text-to-speech/af_heart?output_format=pcm_24000",
            {"model_id": "eleven_turbo_v2_5"},
            "kokoro/v1.0-int8:af_heart",
            "",
        ),
        ("/v1/text-to-speech/af_sky?output_format=pcm_24000", {"model_id": "kokoro"}, "kokoro/v1.0-int8:af_sky", ""),
        (
            "/v1/text-to-speech/af_sky?output_format=pcm_24000",
            {"model_id": "kokoro/v1.0-int8"},
            "kokoro/v1.0-int8:af_sky",
            "",
        ),
    ],
)
async def test_speech(
    door: tuple[aiohttp.ClientSession, Script], path: str, body: dict[str, Any], served: str, note: str
) -> None:
    text = "input" if path == SPEECH else "text"
    body = {**body, "response_format": "pcm"} if path == SPEECH else body
    headers = await speak(door[0], path, {**body, text: "Hello."})
    assert headers["X-VoiceGW-Served-By"] == served
    assert headers.get("X-VoiceGW-Note", "") == note


@pytest.mark.parametrize("model", ["tiny.en", "TINY.en", "Systran/faster-whisper-tiny.en"])
async def test_listening(door: tuple[aiohttp.ClientSession, Script], model: str) -> None:
    http, script = door
    raw = "encoding=linear16&sample_rate=16000"
    async with http.post(f"/v1/listen?model={model}&{raw}", data=bytes(3200)) as answer:
        assert answer.headers["X-VoiceGW-Served-By"] == "whisper/tiny.en", await answer.text()
    async with http.ws_connect(f"/v1/listen?model={model}&{raw}"):
        pass
    form = aiohttp.FormData({"model_id": model, "file_format": "pcm_s16le_16"})
    form.add_field("file", bytes(3200), filename="a.raw")
    async with http.post("/v1/speech-to-text", data=form) as answer:
        assert answer.headers["X-VoiceGW-Served-By"] == "whisper/tiny.en", await answer.text()
    async with http.ws_connect("/v1/realtime?intent=transcription") as ws:
        listen = {"transcription": {"model": model}}
        await ws.send_json({"type": "session.update", "session": {"type": "transcription", "audio": {"input": listen}}})
        await ws.send_json({"type": "input_audio_buffer.append", "audio": "AAAAAAAA"})
        await ws.send_json({"type": "input_audio_buffer.clear"})
        while (await ws.receive_json(timeout=60))["type"] != "input_audio_buffer.cleared":
            pass
    assert script.opened == ["whisper/tiny.en"] * 4


CHAT = {"messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize("model", ["whisper/tiny.en", "tiny.en", "kokoro", "kokoro/v1.0-int8"])
async def test_what_cannot_chat_is_refused_at_every_chat_door(
    door: tuple[aiohttp.ClientSession, Script], model: str
) -> None:
    http, script = door
    posts: dict[str, dict[str, Any]] = {
        "/v1/chat/completions": CHAT,
        "/v1/completions": {"prompt": "hello"},
        "/v1/embeddings": {"input": "hello"},
        "/v1/responses": {"input": "hello"},
        "/v1/messages": {**CHAT, "max_tokens": 5},
    }
    for path, body in posts.items():
        async with http.post(path, json={"model": model, **body}) as answer:
            error = (await answer.json())["error"]
            assert (answer.status, error["code"], error["param"]) == (400, "unsupported_model", "model"), path
            assert "cannot chat" in error["message"]
    async with http.get(f"/v1/realtime?model={model}") as answer:
        # the handshake is refused: a model that only hears holds no conversation
        assert answer.status == 400, await answer.text()
        assert (await answer.json())["error"]["code"] == "unsupported_model"
    assert script.opened == []


async def test_what_cannot_hear_or_speak_is_refused(door: tuple[aiohttp.ClientSession, Script]) -> None:
    http, script = door
    raw = "encoding=linear16&sample_rate=16000"
    async with http.post(f"/v1/listen?model=kokoro&{raw}", data=bytes(3200)) as answer:
        assert (answer.status, (await answer.json())["err_code"]) == (400, "UNSUPPORTED_MODEL")
    async with http.post(SPEECH, json={"model": "tiny.en", "input": "Hello."}) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "unsupported_model")
    async with http.post("/v1/text-to-speech/x", json={"model_id": "whisper/base", "text": "Hello."}) as answer:
        assert (answer.status, (await answer.json())["detail"]["status"]) == (400, "unsupported_model")
    assert script.opened == []


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"model": "whisper/tiny.en"}, "unsupported_model", "session.model"),
        (
            {"audio": {"input": {"transcription": {"model": "kokoro"}}}},
            "unsupported_model",
            "session.audio.input.transcription.model",
        ),
        ({"tool_choice": "zz"}, None, "session.tool_choice"),
    ],
)
async def test_a_realtime_session_refuses_what_it_cannot_be(
    door: tuple[aiohttp.ClientSession, Script], session: dict[str, Any], code: str | None, param: str
) -> None:
    async with door[0].ws_connect("/v1/realtime?model=gpt-realtime") as ws:
        assert (await ws.receive_json(timeout=60))["type"] == "session.created"
        await ws.send_json({"type": "session.update", "session": {"type": "realtime", **session}})
        event = await ws.receive_json(timeout=60)
    assert event["type"] == "error", event
    assert (event["error"]["code"], event["error"]["param"]) == (code, param)


async def test_a_realtime_voice_of_one_engine_chooses_it(door: tuple[aiohttp.ClientSession, Script]) -> None:
    http, script = door
    async with http.ws_connect("/v1/realtime?model=gpt-realtime") as ws:
        session = {"type": "realtime", "audio": {"output": {"voice": "af_sky"}}}
        await ws.send_json({"type": "session.update", "session": session})
        await ws.send_json({"type": "response.create"})
        while (event := await ws.receive_json(timeout=60))["type"] != "response.done":
            pass
        assert event["response"]["status"] == "completed", json.dumps(event)
    assert script.opened == ["llamacpp/smollm2-135m", "kokoro/v1.0-int8"]
    assert script.options[1].voice == "af_sky"


async def test_a_voice_that_the_named_model_lacks_is_refused_and_recorded(
    door: tuple[aiohttp.ClientSession, Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    http, _ = door
    monkeypatch.setattr(voices, "_names", lambda gateway, target: ["joe"])
    body = {"model": "piper/en_US-joe-medium", "voice": "nobody", "input": "Hello."}
    async with http.post(SPEECH, json=body) as answer:
        assert answer.status == 404, await answer.text()
    async with http.get("/v1/logs") as answer:
        (row,) = (await answer.json())["logs"]
    assert (row["status"], row["modality"]) == ("error", "tts")
    assert row["error_message"].startswith('piper/en_US-joe-medium has no voice "nobody".')


def named_in_session(part: str, name: str) -> dict[str, Any]:
    session: dict[str, dict[str, Any]] = {
        "model": {"model": name},
        "hearing": {"audio": {"input": {"transcription": {"model": name}}}},
        "voice": {"audio": {"output": {"voice": name}}},
    }
    return {"type": "realtime", **session[part]}


async def refused(http: aiohttp.ClientSession, path: str, model: str) -> str:
    """The sentence of an HTTP door that is asked for the model."""
    body: dict[str, Any] = {**CHAT, "input": "Hello."}
    async with http.post(path, json={"model": model, **body}) as answer:
        assert answer.status == 404, await answer.text()
        return str((await answer.json())["error"]["message"])


@pytest.mark.parametrize("name", ["llamacpp/zz", "llamacpp/smollm2-360m"])
async def test_a_session_is_not_opened_with_a_model_that_nothing_serves(real: Real, name: str) -> None:
    http = real[1]
    said = await refused(http, "/v1/chat/completions", name)
    code = "model_not_found" if name.endswith("zz") else "model_not_installed"
    async with http.get(f"/v1/realtime?model={name}") as answer:
        error = (await answer.json())["error"]
    assert (answer.status, error["code"], error["message"]) == (404, code, said)
    async with http.post("/v1/realtime/client_secrets", json={"session": {"model": name}}) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, code)
    backend = {"type": "responses", "responses": {"model": name}}
    for session, param in (
        ({"model": name}, "session.model"),
        ({"model": "gpt-live-1", "delegation": backend}, "session.delegation.responses.model"),
    ):
        async with http.ws_connect("/v1/live/sessions") as ws:
            await ws.send_json({"type": "session.start", "session": session})
            event = await ws.receive_json(timeout=60)
        assert (event["type"], event["error"]["code"], event["error"]["param"]) == ("error", code, param)
        assert event["error"]["message"] == said


@pytest.mark.parametrize("name", ["piper/zz", "piper/de_DE-thorsten-medium"])
async def test_live_speech_is_not_opened_with_a_voice_that_nothing_speaks(real: Real, name: str) -> None:
    http = real[1]
    said = await refused(http, SPEECH, name)
    for path in (
        f"/v1/speak?model={name}",
        f"/v2/speak?model={name}",
        f"/v1/text-to-speech/alloy/stream-input?model_id={name}",
        f"/v1/text-to-speech/alloy/multi-stream-input?model_id={name}",
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError) as handshake:
            await http.ws_connect(path)
        assert handshake.value.status == 404, path
        async with http.get(path, headers=UPGRADE) as answer:
            assert (answer.status, (await answer.json())["error"]["message"]) == (404, said), path


@pytest.mark.parametrize(
    ("part", "name", "path"),
    [
        ("model", "llamacpp/zz", "session.model"),
        ("hearing", "whisper/zz", "session.audio.input.transcription.model"),
        ("voice", "piper/zz", "session.audio.output.voice"),
    ],
)
async def test_a_session_does_not_change_to_a_model_that_nothing_serves(
    real: Real, part: str, name: str, path: str
) -> None:
    async with real[1].ws_connect("/v1/realtime?model=gpt-realtime") as ws:
        before = (await ws.receive_json(timeout=60))["session"]
        await ws.send_json({"type": "session.update", "session": named_in_session(part, name)})
        event = await ws.receive_json(timeout=60)
        assert event["type"] == "error", event
        assert (event["error"]["code"], event["error"]["param"]) == ("model_not_found", path)
        # what the provider's clients name by themselves is served by what is here
        usual = {"type": "realtime", "audio": {"input": {"transcription": {"model": "gpt-4o-mini-transcribe"}}}}
        await ws.send_json({"type": "session.update", "session": usual})
        event = await ws.receive_json(timeout=60)
        assert event["type"] == "session.updated"
        assert event["session"]["model"] == before["model"]


async def test_an_answer_is_not_begun_in_a_voice_that_nothing_has(real: Real) -> None:
    async with real[1].ws_connect("/v1/realtime?model=gpt-realtime") as ws:
        await ws.receive_json(timeout=60)
        asked = {"audio": {"output": {"voice": "piper/zz"}}}
        await ws.send_json({"type": "response.create", "response": asked})
        event = await ws.receive_json(timeout=60)
    assert (event["type"], event["error"]["code"]) == ("error", "model_not_found")
    assert event["error"]["param"] == "response.audio.output.voice"


async def test_a_setting_that_names_what_is_not_here_refuses_no_session(real: Real) -> None:
    # the built-in settings send every name to models that this profile has not fetched yet
    async with real[1].ws_connect("/v1/realtime?model=gpt-realtime-mini") as ws:
        assert (await ws.receive_json(timeout=60))["type"] == "session.created"


def test_a_name_of_wyoming_is_asked_of_the_routes_first(door: tuple[aiohttp.ClientSession, Script], real: Real) -> None:
    gateway, caller = real[0].gateway, Caller("default", "wyoming")
    aliases = {"mine": "whisper/tiny.en", "*": "whisper/base"}
    gateway.router.update(VoiceGatewaySchema.model_validate({"routing": {"stt": {"aliases": aliases}}}))
    for name in ("mine", "tiny.en", "openai/whisper-1"):
        assert model_named(gateway, name, caller) == name
    for name in (None, "", "None", "default", "auto"):
        assert model_named(gateway, name, caller) == "auto"
    with pytest.raises(ModelResolutionError, match='no model "mime" that transcribes'):
        model_named(gateway, "mime", caller)
    with pytest.raises(BadRequest) as refused:
        model_named(gateway, "kokoro", caller)
    assert refused.value.code == "unsupported_model"
