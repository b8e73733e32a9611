"""What clients write in many ways is read in one: lists, files, numbers, upper case, base URLs."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest

from tests.sockets.openai.test_transcription import WAV, form
from voicegw_desktop.sockets.audio.speech_formats import check_format
from voicegw_desktop.sockets.http.bodies import Form
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

SPEECH = {"model": "fake/tts", "input": "Good morning.", "response_format": "pcm"}
CHAT = {"model": "fake/llm", "messages": [{"role": "user", "content": "hi"}]}


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"k": ["word", "segment"]}, ["word", "segment"]),
        ({"k[]": ["word"]}, ["word"]),
        ({"k[0]": ["word"], "k[1]": ["segment"]}, ["word", "segment"]),
        ({"k": ['["word", "segment"]']}, ["word", "segment"]),
        ({"k": ["word,segment"]}, ["word", "segment"]),
        ({"k": [""]}, []),
        ({"k": ["[]"]}, []),
        ({"kk[0]": ["word"]}, []),
        ({"k": ["[word"]}, ["[word"]),
    ],
)
def test_a_list_of_a_form(fields: dict[str, list[str]], read: list[str]) -> None:
    assert Form(fields, None).many("k") == read


@pytest.mark.parametrize("name", ["audio", "audio_file", "upload", "file"])
async def test_the_recording_may_have_any_field_name(http: aiohttp.ClientSession, name: str) -> None:
    data = form(None)
    data.add_field(name, io.BytesIO(WAV), filename="a.wav", content_type="audio/wav")
    async with http.post("/v1/audio/transcriptions", data=data) as response:
        assert response.status == 200, await response.text()


async def test_a_recording_without_a_filename_is_told_what_is_missing(http: aiohttp.ClientSession) -> None:
    data = form(None)
    data.add_field("recording", "x" * 100_000)
    async with http.post("/v1/audio/transcriptions", data=data) as response:
        assert response.status == 413
        assert "filename" in (await response.json())["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/audio/transcriptions", "/v1/audio/translations", "/v1/speech-to-text"])
@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize("first", ["field", "file"])
async def test_a_form_of_lines_that_end_with_lf_alone(
    http: aiohttp.ClientSession, path: str, seconds: int, first: str
) -> None:
    """One sentence says what is wrong with it, whatever its size and order."""
    field = b'Content-Disposition: form-data; name="model"\n\nfake/stt\n'
    wav = WAV + bytes(32_000 * seconds)
    file = b'Content-Disposition: form-data; name="file"; filename="a.wav"\nContent-Type: audio/wav\n\n' + wav + b"\n"
    parts = (field, file) if first == "field" else (file, field)
    body = b"".join(b"--abc\n" + part for part in parts) + b"--abc--\n"
    headers = {"Content-Type": "multipart/form-data; boundary=abc"}
    for written in (body, b"For old clients.\n" + body):
        async with http.post(path, data=io.BytesIO(written), headers=headers) as response:
            told = (await response.json())["error"]
            assert (response.status, told["code"]) == (400, "invalid_form")
            assert "CRLF" in told["message"]


@pytest.mark.parametrize(
    "fields",
    [
        {"timestamp_granularities": "", "response_format": "verbose_json"},
        {"timestamp_granularities[0]": "word", "response_format": "verbose_json"},
        {"timestamp_granularities": '["word"]', "response_format": "VERBOSE_JSON"},
        {"timestamp_granularities": "segment"},
        {"language": "auto"},
        {"language": "undefined"},
        {"stream": "True"},
        {"stream": "null"},
        {"temperature": "null"},
        {"timestamp_granularities": "WORD", "response_format": "verbose_json"},
    ],
)
async def test_transcription_reads(http: aiohttp.ClientSession, fields: dict[str, str]) -> None:
    async with http.post("/v1/audio/transcriptions", data=form(**fields)) as response:
        assert response.status == 200, await response.text()
        if "word" in fields.get("timestamp_granularities[0]", ""):
            assert (await response.json())["words"]


@pytest.mark.parametrize(
    "fields", [{"speed": "1.0"}, {"speed": ""}, {"response_format": "PCM"}, {"stream_format": "AUDIO"}, {"voice": " "}]
)
async def test_speech_reads(http: aiohttp.ClientSession, fields: dict[str, Any]) -> None:
    async with http.post("/v1/audio/speech", json={**SPEECH, **fields}) as response:
        assert response.status == 200, await response.text()


def test_no_format_is_mp3() -> None:
    assert check_format("") == "mp3"


@pytest.mark.parametrize(("limit", "passed"), [(-1, None), (20.0, 20)])
async def test_chat_limits_as_clients_write_them(
    server: Server, http: aiohttp.ClientSession, limit: float, passed: int | None
) -> None:
    async with http.post("/v1/chat/completions", json={**CHAT, "max_tokens": limit}) as response:
        assert response.status == 200, await response.text()
    assert server.gateway.corridor.calls[-1][3].get("max_tokens") == passed


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/models", "/models", "/v1/models/", "/v1/v1/models", "/v1/audio/speech/", "/audio/speech"),
        *("/openai/v1/models", "/api/v1/audio/speech", "/v1/audio//speech", "/v1//models", "/api/tags/"),
    ],
)
async def test_base_urls_without_v1_twice_or_with_a_slash(http: aiohttp.ClientSession, path: str) -> None:
    speaks = "speech" in path
    async with http.request("POST" if speaks else "GET", path, json=SPEECH if speaks else None) as response:
        assert response.status == 200, await response.text()


async def test_a_path_of_another_form_needs_a_key_too(server: Server) -> None:
    async with aiohttp.ClientSession(server.url) as stranger, stranger.get("/models") as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("path", "named"),
    [("/V1/Audio/Speech", "/v1/audio/speech"), ("/v1/audio/speach", "/v1/audio/speech"), ("/v1/chat", "/v1/chat")],
)
async def test_a_wrong_path_is_told_the_right_one(http: aiohttp.ClientSession, path: str, named: str) -> None:
    async with http.post(path, json=SPEECH) as response:
        assert response.status == 404
        assert named in (await response.json())["error"]["message"]


async def test_a_body_is_called_by_the_names_of_json(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/audio/speech", data=b"null") as response:
        assert "a JSON null; an object" in (await response.json())["error"]["message"]


async def test_stream_is_true_or_false(http: aiohttp.ClientSession) -> None:
    data = form(WAV)
    data.add_field("stream", "maybe")
    async with http.post("/v1/audio/transcriptions", data=data) as response:
        assert (response.status, (await response.json())["error"]["param"]) == (400, "stream")


@pytest.mark.parametrize(
    "query", ["encoding=LINEAR16&sample_rate=16000.0", "encoding=&sample_rate=", "endpointing=False", "endpointing=3e2"]
)
async def test_deepgram_reads(http: aiohttp.ClientSession, query: str) -> None:
    async with http.ws_connect(f"/v1/listen?model=fake/stt&{query}") as ws:
        await ws.send_json({"type": "CloseStream"})


@pytest.mark.parametrize(
    "path",
    [
        "/v1/text-to-speech/x/stream-input?model_id=fake/tts&output_format=PCM_16000",
        "/v1/speech-to-text/realtime?model_id=fake/stt&audio_format=PCM_16000&commit_strategy=VAD",
    ],
)
async def test_elevenlabs_reads(http: aiohttp.ClientSession, path: str) -> None:
    async with http.ws_connect(path) as ws:
        await ws.close()


@pytest.mark.parametrize("path", ["/v1", "/v1/v1", "/v1/nothing", "/nothing/"])
async def test_other_paths_stay_404(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(path) as response:
        assert response.status == 404
