"""Each parameter of the providers' own SDKs is read, refused in a sentence, or listed in docs/doors.md."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from pathlib import Path

import aiohttp
import pytest

from voicegw_desktop.core.parameters import Parameters
from voicegw_desktop.sockets.deepgram import parameters as deepgram
from voicegw_desktop.sockets.elevenlabs import parameters as elevenlabs

ROOT = Path(__file__).parents[2]
CALLS = {
    "deepgram live": (
        deepgram.LISTEN, "deepgram.listen.v1.client", "V1Client.connect",
        "callback callback_method channels detect_entities diarize diarize_model dictation encoding endpointing extra"
        " interim_results keyterm keywords language language_hint mip_opt_out model multichannel numerals"
        " profanity_filter punctuate redact replace sample_rate search smart_format tag utterance_end_ms vad_events"
        " version",
    ),
    "deepgram recording": (
        deepgram.RECORDING, "deepgram.listen.v1.media.client", "MediaClient.transcribe_file",
        "callback callback_method custom_intent custom_intent_mode custom_topic custom_topic_mode detect_entities"
        " detect_language diarize diarize_model dictation encoding extra filler_words intents keyterm keywords"
        " language language_hint measurements mip_opt_out model multichannel numerals paragraphs profanity_filter"
        " punctuate redact replace request search sentiment smart_format summarize tag topics utt_split utterances"
        " version",
    ),
    "deepgram flux": (
        deepgram.FLUX, "deepgram.listen.v2.client", "V2Client.connect",
        "eager_eot_threshold encoding eot_threshold eot_timeout_ms keyterm language_hint mip_opt_out model numerals"
        " profanity_filter redact sample_rate tag",
    ),
    "deepgram speech": (
        deepgram.SPEAK, "deepgram.speak.v1.audio.client", "AudioClient.generate",
        "bit_rate callback callback_method container encoding mip_opt_out model sample_rate speed tag text",
    ),
    "deepgram live speech": (
        deepgram.SPEAK, "deepgram.speak.v1.client", "V1Client.connect",
        "encoding mip_opt_out model sample_rate speed",
    ),
    "deepgram speech in turns": (
        deepgram.SPEAK, "deepgram.speak.v2.client", "V2Client.connect",
        "encoding expressivity mip_opt_out model sample_rate speed tag",
    ),
    "elevenlabs speech": (
        elevenlabs.SPEAK, "elevenlabs.text_to_speech.client", "TextToSpeechClient.stream_with_timestamps",
        "apply_language_text_normalization apply_text_normalization audio_effects enable_logging language_code"
        " model_id next_request_ids next_text optimize_streaming_latency output_format previous_request_ids"
        " previous_text pronunciation_dictionary_locators seed text use_pvc_as_ivc voice_id voice_settings",
    ),
    "elevenlabs transcription": (
        elevenlabs.TRANSCRIBE, "elevenlabs.speech_to_text.client", "SpeechToTextClient.convert",
        "additional_formats cloud_storage_url detect_speaker_roles diarization_threshold diarize enable_logging"
        " entity_detection entity_redaction entity_redaction_mode file file_format keyterms language_code model_id"
        " multichannel_output_style no_verbatim num_speakers numbers_format secondary_language_codes seed source_url"
        " tag_audio_events temperature timestamps_granularity token transcript_edit use_multi_channel"
        " use_speaker_library webhook webhook_id webhook_metadata",
    ),
}  # fmt: skip
"""(our table, the SDK's module and call, its parameters in deepgram-sdk 7.17.0 and elevenlabs 2.78.0)."""
OLLAMA = {
    "chat": "format keep_alive logprobs messages model options stream think tools top_logprobs",
    "generate": "context format height images keep_alive logprobs model options prompt raw steps stream suffix system"
    " template think top_logprobs width",
    "embed": "dimensions input keep_alive model options truncate",
}
"""Call → its parameters in ollama 0.6.3."""


def named(module: str, call: str, written: str) -> set[str]:
    """The parameters of a call: of the SDK where it is installed, else those written down here."""
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        return set(written.split())
    found: object = importlib.import_module(module)
    for name in call.split("."):
        found = getattr(found, name)
    signature = inspect.signature(found)  # type: ignore[arg-type]
    return set(signature.parameters) - {"self", "request_options", "authorization"}


@pytest.mark.unit
@pytest.mark.parametrize("call", [*CALLS])
def test_each_parameter_has_its_place(call: str) -> None:
    table, *sdk = CALLS[call]
    assert named(*sdk) <= table.read | set(table.refused) | table.unused
    assert not table.read & table.unused
    assert not set(table.refused) & table.unused


@pytest.mark.unit
@pytest.mark.parametrize(("provider", "module"), [("deepgram", deepgram), ("elevenlabs", elevenlabs)])
def test_what_is_read_is_named_in_the_door_and_what_is_not_in_the_docs(provider: str, module: object) -> None:
    door = "".join(
        path.read_text()
        for path in sorted((ROOT / "voicegw_desktop/sockets" / provider).glob("*.py"))
        if path.name != "parameters.py"
    )
    listed = set(re.findall(r"`(\w+)`", (ROOT / "docs/doors.md").read_text()))
    # the bodies of requests, and parts of a path
    carried = {"request", "file", "voice_id", "text"}
    for table in vars(module).values():
        if isinstance(table, Parameters):
            assert table.unused <= listed
            read = table.read - carried - set(table.refused)
            assert {name for name in read if f'"{name}"' not in door} == set()


@pytest.mark.unit
@pytest.mark.parametrize("call", [*OLLAMA])
def test_each_parameter_of_ollama_has_its_place(call: str) -> None:
    asked = named("ollama", f"Client.{call}", OLLAMA[call])
    door = "".join(path.read_text() for path in sorted((ROOT / "voicegw_desktop/sockets/ollama").glob("*.py")))
    read = {name for name in asked if re.search(rf'"{name}"', door)}
    (row,) = (line for line in (ROOT / "docs/doors.md").read_text().splitlines() if line.startswith("| Ollama | `/api"))
    without_effect = set(re.findall(r"`(\w+)`", row.partition("Without effect")[2]))
    assert asked <= read | without_effect


@pytest.mark.socket
@pytest.mark.parametrize(
    ("method", "path", "table"),
    [
        ("GET", "/v1/listen?model=fake/stt&", deepgram.LISTEN),
        ("POST", "/v1/listen?model=fake/stt&", deepgram.RECORDING),
        ("GET", "/v2/listen?model=fake/stt&", deepgram.FLUX),
        ("POST", "/v1/speak?model=fake/tts&", deepgram.SPEAK),
    ],
)
async def test_what_is_refused_is_refused_in_a_sentence(
    http: aiohttp.ClientSession, method: str, path: str, table: Parameters
) -> None:
    for name, instead in table.refused.items():
        body = {"json": {"text": "Hello."}} if "speak" in path else {}
        async with http.request(method, f"{path}{name}=true", **body) as answer:  # type: ignore[arg-type]
            assert answer.status == 400
            error = (await answer.json())["error"]
            assert (error["param"], error["message"]) == (name, f"{name} is not served. {instead}")


@pytest.mark.socket
async def test_a_form_is_refused_alike(http: aiohttp.ClientSession) -> None:
    for name, instead in elevenlabs.TRANSCRIBE.refused.items():
        form = aiohttp.FormData({"model_id": "fake/stt", name: "true"})
        form.add_field("file", bytes(3_200), filename="a.pcm")
        async with http.post("/v1/speech-to-text", data=form) as answer:
            assert answer.status == 400
            assert (await answer.json())["detail"]["message"] == f"{name} is not served. {instead}"


@pytest.mark.socket
@pytest.mark.parametrize("off", ["redact=false", "multichannel=false", "diarize=true", "search="])
async def test_what_is_switched_off_or_of_no_use_passes(http: aiohttp.ClientSession, off: str) -> None:
    async with http.ws_connect(f"/v1/listen?model=fake/stt&{off}") as ws:
        await ws.send_json({"type": "CloseStream"})
        assert (await ws.receive_json())["type"] == "Results"
