"""`/v1/models` answers each provider's SDK in its own form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from tests.support.sherpa_networks import write
from tests.support.stt import DATA
from tests.support.weights import linked_store
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.sockets.wyoming_info import describe

pytestmark = pytest.mark.socket

IDS = ("whisper/tiny.en", "whisper/base", "piper/en_US-joe-medium", "kokoro/v1.0-int8")
ELEVENLABS = [{"X-Fern-SDK-Name": "elevenlabs"}, {"xi-api-key": "{}", "Authorization": ""}]
DEEPGRAM = [{"X-Fern-SDK-Name": "deepgram-sdk"}, {"Authorization": "Token {}"}]


@pytest.fixture
def models(real: tuple[Server, aiohttp.ClientSession], models_dir: Path) -> aiohttp.ClientSession:
    server, http = real
    linked_store(models_dir, server.gateway.models.root, IDS)
    return http


def as_client(http: aiohttp.ClientSession, headers: Mapping[str, str]) -> aiohttp.ClientSession:
    key = http.headers["Authorization"].removeprefix("Bearer ")
    given = {**http.headers, **{name: value.format(key) for name, value in headers.items()}}
    return aiohttp.ClientSession(str(http._base_url), headers={n: v for n, v in given.items() if v})


@pytest.mark.parametrize("headers", ELEVENLABS)
async def test_elevenlabs(models: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    async with as_client(models, headers) as http, http.get("/v1/models") as answer:
        listed = await answer.json()
    assert {m["model_id"] for m in listed} == {"piper/en_US-joe-medium", "kokoro/v1.0-int8"}
    assert all(m["can_do_text_to_speech"] and m["languages"] for m in listed)


@pytest.mark.parametrize("headers", DEEPGRAM)
async def test_deepgram(models: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    async with as_client(models, headers) as http, http.get("/v1/models") as answer:
        listed = await answer.json()
    # moonshine's package brings a model of its own, where it is installed
    brought = {"moonshine/tiny-en", "sherpa/moonshine-tiny-en"}
    assert {m["name"] for m in listed["stt"]} - brought == {"whisper/tiny.en", "whisper/base"}
    assert next(m for m in listed["stt"] if m["name"] == "whisper/tiny.en")["languages"] == ["en"]
    assert {"af_heart", "en_US-joe-medium"} <= {m["name"] for m in listed["tts"]}


async def test_anthropic(models: aiohttp.ClientSession) -> None:
    headers = {"anthropic-version": "2023-06-01"}
    async with as_client(models, headers) as http, http.get("/v1/models") as answer:
        listed = await answer.json()
    assert [m["type"] for m in listed["data"]] == ["model"] * len(listed["data"])
    assert listed["has_more"] is False
    assert not {m["id"] for m in listed["data"]} & set(IDS)
    one = listed["data"][0]
    async with as_client(models, headers) as http, http.get(f"/v1/models/{one['id']}") as answer:
        assert await answer.json() == one


async def test_a_model_and_its_voices_by_the_names_that_other_routes_know(models: aiohttp.ClientSession) -> None:
    for name in ("KOKORO", "hexgrad/Kokoro-82M"):
        async with models.get(f"/v1/models/{name}") as answer:
            assert (await answer.json())["id"] == "kokoro/v1.0-int8"
        async with models.get("/v1/audio/voices", params={"model": name}) as answer:
            assert {voice["model"] for voice in (await answer.json())["voices"]} == {"kokoro/v1.0-int8"}
    async with models.get("/v1/audio/voices?model=tiny.en") as answer:
        assert (await answer.json())["error"]["code"] == "unsupported_model"
    async with models.get("/v1/models?capability=CHAT") as answer:
        assert answer.status == 200


async def test_others(models: aiohttp.ClientSession) -> None:
    async with models.get("/v1/models") as answer:
        assert (await answer.json())["object"] == "list"


async def test_voices_of_the_configuration_are_offered_as_those_of_the_store(
    real: tuple[Server, aiohttp.ClientSession], tmp_path: Path
) -> None:
    server, http = real
    folder = tmp_path / "elsewhere" / "files"
    folder.mkdir(parents=True)
    (folder / "thorsten.onnx").write_bytes(b"network")
    (folder / "thorsten.onnx.json").write_text('{"language": {"code": "de_DE"}}')
    (server.gateway.paths.config / "voicegw.yaml").write_text(f"engines: {{sherpa: {{models: {{mine: '{folder}'}}}}}}")
    await server.gateway.refresh_config()
    for query in ("", "?model=sherpa/mine"):
        async with http.get(f"/v1/audio/voices{query}") as answer:
            voices = (await answer.json())["voices"]
        assert [(v["id"], v["language"], v["model"]) for v in voices] == [("mine", "de-DE", "sherpa/mine")]
    async with http.get("/v1/models") as answer:
        assert "sherpa/mine" in {m["id"] for m in (await answer.json())["data"]}
    async with http.get("/v1/audio/models") as answer:
        assert [m["id"] for m in (await answer.json())["models"]] == ["sherpa/mine"]
    for name in ("list_store", "list_models"):
        # what the command line, MCP and the window ask
        listed = (await run(server.gateway, name, {}))["models"]
        assert "sherpa/mine" in {m["id"] for m in listed if m.get("installed")}
    described = await describe(server.gateway, Caller("default", "wyoming"))
    assert [voice.name for program in described.tts for voice in program.voices] == ["mine"]


async def test_a_recogniser_of_the_configuration_is_one_among_voices(
    real: tuple[Server, aiohttp.ClientSession], tmp_path: Path
) -> None:
    server, http = real
    ear, voice = tmp_path / "parakeet", tmp_path / "voice"
    write("parakeet", ear)
    voice.mkdir()
    (voice / "a.onnx").write_bytes(b"network")
    (voice / "a.onnx.json").write_text('{"language": {"code": "de_DE"}}')
    own = f"{{ear: '{ear}', voice: '{voice}'}}"
    (server.gateway.paths.config / "voicegw.yaml").write_text(f"engines: {{sherpa: {{models: {own}}}}}")
    await server.gateway.refresh_config()
    async with http.get("/v1/models") as answer:
        ids = {m["id"] for m in (await answer.json())["data"]}
    assert {"sherpa/ear", "sherpa/voice"} <= ids
    lines = {m["id"]: m for m in (await run(server.gateway, "list_store", {}))["models"]}
    assert (lines["sherpa/ear"]["modality"], lines["sherpa/voice"]["modality"]) == ("stt", "tts")
    async with http.get("/v1/audio/voices") as answer:
        assert {v["id"] for v in (await answer.json())["voices"]} == {"voice"}
    described = await describe(server.gateway, Caller("default", "wyoming"))
    assert "ear" in {model.name for program in described.asr for model in program.models}
    for path, body in (
        ("/v1/audio/speech", {"model": "sherpa/ear", "input": "Hello.", "voice": "alloy"}),
        ("/v1/chat/completions", {"model": "sherpa/ear", "messages": [{"role": "user", "content": "Hello."}]}),
    ):
        async with http.post(path, json=body) as answer:
            told = (await answer.json())["error"]
            assert (answer.status, told["code"]) == (400, "unsupported_model"), told
            assert "can transcribe speech, it cannot" in told["message"]
    form = aiohttp.FormData({"model": "sherpa/voice"})
    form.add_field("file", (DATA / "austen-0920.wav").read_bytes(), filename="a.wav")
    async with http.post("/v1/audio/transcriptions", data=form) as answer:
        assert (await answer.json())["error"]["code"] == "unsupported_model"
    # a name of the configuration is offered for what its model does only
    names = "models: {tts: {mouth: {provider: sherpa, model: ear}, mine: {provider: sherpa, model: voice}}}"
    stacks = "stacks: {odd: {stt: sherpa/voice, tts: sherpa/ear}}"
    (server.gateway.paths.config / "voicegw.yaml").write_text(
        f"engines: {{sherpa: {{models: {own}}}}}\n{names}\n{stacks}"
    )
    await server.gateway.refresh_config()
    offered = {(m["id"], m["modality"]) for m in server.gateway.list_models()}
    assert {("mine", "tts"), ("sherpa/ear", "stt"), ("sherpa/voice", "tts")} <= offered
    assert not offered & {("mouth", "tts"), ("sherpa/voice", "stt"), ("sherpa/ear", "tts")}
    for name, given in (
        ("register_model", {"model_id": "x", "modality": "tts", "provider": "sherpa", "model": "ear"}),
        ("set_route", {"modality": "tts", "target": "sherpa/ear"}),
    ):
        with pytest.raises(BadRequest, match="can transcribe speech, it cannot speak"):
            await run(server.gateway, name, given)
