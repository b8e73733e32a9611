"""Each parameter of OpenAI's and Anthropic's SDKs is read, refused in a sentence, or listed in docs/doors.md."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from anthropic.resources import Messages
from openai.resources import Completions as OldCompletions
from openai.resources.audio import Speech, Transcriptions, Translations
from openai.resources.chat.completions import Completions
from openai.resources.responses import Responses
from openai.types.realtime import (
    RealtimeResponseCreateParams,
    RealtimeSessionCreateRequest,
    RealtimeTranscriptionSessionCreateRequest,
)

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.parameters import Parameters
from voicegw_desktop.engines import llama_parameters
from voicegw_desktop.engines.llama_parameters import check_parameters
from voicegw_desktop.sockets.anthropic import request as messages
from voicegw_desktop.sockets.openai import parameters as speech
from voicegw_desktop.sockets.openai.realtime.fields import ANSWER, TOP, UNUSED
from voicegw_desktop.sockets.openai.responses import request as responses

ROOT = Path(__file__).parents[2]
OPTIONS = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}
"""Parameters of the SDK's call that are no part of the request."""
TABLES = {
    "speech": (speech.SPEAK, Speech.create),
    "transcription": (speech.TRANSCRIBE, Transcriptions.create),
    "translation": (speech.TRANSLATE, Translations.create),
    "chat": (llama_parameters.CHAT, Completions.create),
    "completions": (llama_parameters.COMPLETIONS, OldCompletions.create),
}
WITHOUT_EFFECT = (
    *(table.unused for table, _ in TABLES.values()),
    responses.WITHOUT_EFFECT,
    messages.WITHOUT_EFFECT,
    {"tracing", "temperature", "noise_reduction", "include", "delay", "token_limits"},
)


def named(call: Any) -> set[str]:
    return set(inspect.signature(call).parameters) - OPTIONS


@pytest.mark.parametrize("call", [*TABLES])
def test_each_parameter_has_its_place(call: str) -> None:
    table, sdk = TABLES[call]
    assert named(sdk) <= table.read | set(table.refused) | table.unused
    assert not table.read & table.unused
    assert not set(table.refused) & (table.unused | table.read)


def test_what_has_no_effect_is_listed() -> None:
    listed = set(re.findall(r"`(\w+)`", (ROOT / "docs/doors.md").read_text()))
    for names in WITHOUT_EFFECT:
        assert set(names) <= listed, set(names) - listed


def test_what_is_read_of_speech_is_named_in_the_door() -> None:
    door = "".join(
        path.read_text()
        for path in (ROOT / "voicegw_desktop/sockets/openai").glob("*.py")
        if path.name != "parameters.py"
    )
    for table in (speech.SPEAK, speech.TRANSCRIBE, speech.TRANSLATE):
        assert {name for name in table.read - {"file"} if f'"{name}"' not in door} == set()


@pytest.mark.socket
async def test_every_parameter_of_responses_is_known_or_refused_by_name(http: aiohttp.ClientSession) -> None:
    for name in sorted(named(Responses.create) - responses.KNOWN):
        body = {"model": "fake/llm", "input": "Hi.", name: {"a": 1}}
        async with http.post("/v1/responses", json=body) as answer:
            error = (await answer.json())["error"]
            assert (answer.status, error["param"]) == (400, name)
            assert name in error["message"]


@pytest.mark.socket
async def test_every_parameter_of_messages_is_known_or_refused_by_name(http: aiohttp.ClientSession) -> None:
    for path, call in (("/v1/messages", Messages.create), ("/v1/messages/count_tokens", Messages.count_tokens)):
        for name in sorted(named(call) - messages.KNOWN):
            body = {"model": "fake/llm", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi."}], name: "x"}
            async with http.post(path, json=body) as answer:
                assert answer.status == 400, (path, name)
                assert name in (await answer.json())["error"]["message"]


def test_every_setting_of_a_realtime_session_has_its_place() -> None:
    assert set(RealtimeSessionCreateRequest.model_fields) <= {*TOP["realtime"], *UNUSED["realtime"]}
    assert set(RealtimeTranscriptionSessionCreateRequest.model_fields) <= set(TOP["transcription"])
    assert set(RealtimeResponseCreateParams.model_fields) <= set(ANSWER)
    source = (ROOT / "voicegw_desktop/sockets/openai/realtime").glob("*.py")
    door = "".join(path.read_text() for path in source if path.name != "fields.py")
    assert {name for name in RealtimeResponseCreateParams.model_fields if f'"{name}"' not in door} == set()


def refusals(table: Parameters) -> list[str]:
    return sorted(table.refused)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        *(("/chat/completions", name, {"a": 1}) for name in refusals(llama_parameters.CHAT)),
        ("/chat/completions", "modalities", ["text", "audio"]),
        *(("/completions", name, 3) for name in refusals(llama_parameters.COMPLETIONS)),
    ],
)
def test_a_local_model_refuses_what_it_would_leave_out(path: str, name: str, value: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        check_parameters(path, {"messages": [], name: value})
    assert (refused.value.param, refused.value.code) == (name, "not_supported")


@pytest.mark.parametrize(
    "body",
    [
        {"modalities": ["text"]},
        {"functions": []},
        {"user": "u", "store": True, "metadata": {"a": "b"}, "service_tier": "auto"},
    ],
)
def test_what_asks_for_nothing_passes(body: dict[str, Any]) -> None:
    check_parameters("/chat/completions", body)
    check_parameters("/completions", {"best_of": 1, "echo": False, "suffix": None})


@pytest.mark.socket
async def test_a_transcriptions_words_and_languages(http: aiohttp.ClientSession, server: Any) -> None:
    def form(**fields: str) -> aiohttp.FormData:
        data = aiohttp.FormData({"model": "fake/stt", **fields})
        data.add_field("file", b"RIFF" + bytes(4), filename="a.wav")
        return data

    for fields, language in (({"languages[]": "de"}, "de"), ({"languages": '["de","fr"]'}, None), ({}, None)):
        wav = _wav()
        data = aiohttp.FormData({"model": "fake/stt", "keywords": '["Vogelsang"]', **fields})
        data.add_field("file", wav, filename="a.wav")
        async with http.post("/v1/audio/transcriptions", data=data) as answer:
            assert answer.status == 200, await answer.text()
        options = server.gateway.corridor.calls[-1][3]
        assert (options.language, options.keyterms) == (language, ("Vogelsang",))
    async with http.post("/v1/audio/transcriptions", data=form(**{"known_speaker_names[]": "Ann"})) as answer:
        assert (answer.status, (await answer.json())["error"]["param"]) == (400, "known_speaker_names")


def _wav() -> bytes:
    import io
    import wave

    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(bytes(3200))
    return file.getvalue()
