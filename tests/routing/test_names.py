"""A name finds the installed model that it names, and a model of another modality is refused by what it is."""

from __future__ import annotations

from typing import Any

import pytest

from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest, ModelResolutionError
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.routing.installed import InstalledModel, InstalledNames
from voicegw_desktop.routing.plan import Plan
from voicegw_desktop.routing.router import Router

pytestmark = pytest.mark.unit

STT, LLM, TTS = Modality.STT, Modality.LLM, Modality.TTS
CALLER = Caller("default", "openai")
HERE = (
    InstalledModel("whisper/tiny.en", STT, ("Systran/faster-whisper-tiny.en",)),
    InstalledModel("whisper/base", STT, ("Systran/faster-whisper-base",)),
    InstalledModel("piper/en_US-joe-medium", TTS, ("rhasspy/piper-voices",), ("en_US-joe-medium",)),
    InstalledModel(
        "kokoro/v1.0-int8", TTS, ("hexgrad/Kokoro-82M", "owner/kokoro-onnx"), ("af_heart", "af_sky", "bm_george")
    ),
    InstalledModel("llamacpp/qwen2.5-coder-0.5b", LLM, ("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",)),
)
SETTINGS: dict[str, Any] = {
    "projects": {"default": {"default_stack": "local"}},
    "stacks": {"local": {"stt": "whisper/base", "tts": "piper/en_US-joe-medium", "llm": "llamacpp/qwen2.5-coder-0.5b"}},
    "models": {"tts": {"local/joe": {"provider": "piper", "model": "en_US-joe-medium"}}},
}


def router(installed: InstalledNames | None = None, keys: bool = False, **sections: Any) -> Router:
    names = installed or InstalledNames(HERE)
    config = VoiceGatewaySchema.model_validate({**SETTINGS, **sections})
    return Router(config, EventBus(), ManualClock(), has_key=lambda p, project: keys, installed=lambda: names)


def plan(modality: Modality, name: str, voice: str | None = None, **sections: Any) -> Plan:
    return router(**sections).plan(modality, name, CALLER, voice)


@pytest.mark.parametrize(
    ("modality", "name", "served"),
    [
        (STT, "tiny.en", "whisper/tiny.en"),
        (STT, "Tiny.EN", "whisper/tiny.en"),
        (STT, "WHISPER/Base", "whisper/base"),
        (STT, "whisper/BASE:de", "whisper/base:de"),
        (STT, "Systran/faster-whisper-tiny.en", "whisper/tiny.en"),
        (STT, "systran/FASTER-whisper-base", "whisper/base"),
        (STT, "faster-whisper-base", "whisper/base"),
        (STT, "openai/whisper-tiny.en", "whisper/tiny.en"),
        (STT, "whisper", "whisper/base"),
        (TTS, "kokoro", "kokoro/v1.0-int8"),
        (TTS, "kokoro:af_sky", "kokoro/v1.0-int8:af_sky"),
        (TTS, "hexgrad/Kokoro-82M", "kokoro/v1.0-int8"),
        (TTS, "mirror/kokoro-82m", "kokoro/v1.0-int8"),
        (TTS, "piper", "piper/en_US-joe-medium"),
        (TTS, "EN_us-joe-medium", "piper/en_US-joe-medium"),
        (LLM, "Qwen/Qwen2.5-Coder-0.5B-Instruct", "llamacpp/qwen2.5-coder-0.5b"),
        (LLM, "qwen2.5-coder-0.5b", "llamacpp/qwen2.5-coder-0.5b"),
        (LLM, "qwen2.5-coder-0.5b:latest", "llamacpp/qwen2.5-coder-0.5b"),
        (LLM, "Qwen2.5-Coder:0.5B", "llamacpp/qwen2.5-coder-0.5b"),
    ],
)
def test_installed_models_answer_to_the_names_that_clients_use(modality: Modality, name: str, served: str) -> None:
    found = plan(modality, name)
    assert str(found.first) == served
    assert found.note == ""


def test_an_alias_and_a_model_of_ones_own_go_before_an_installed_name() -> None:
    routing = {"stt": {"aliases": {"tiny.en": "whisper/base", "*": "whisper/base"}}}
    assert str(plan(STT, "tiny.en", routing=routing).first) == "whisper/base"
    own = {"stt": {"base": {"provider": "whisper", "model": "tiny.en"}}}
    assert str(plan(STT, "base", models=own).first) == "whisper/tiny.en"
    assert str(plan(STT, "nothing-known", routing=routing).first) == "whisper/base"


def test_a_provider_with_a_key_keeps_its_own_names() -> None:
    open_to_cloud = {"default": {"default_stack": "local", "egress": "cloud"}}
    assert str(router(keys=True, projects=open_to_cloud).plan(STT, "openai/whisper-base", CALLER).first) == (
        "openai/whisper-base"
    )


def test_what_stands_in_is_noted() -> None:
    assert plan(STT, "nova-3").note == '"nova-3" is not known here; whisper/base serves it (stack local)'
    assert plan(STT, "auto").note == plan(STT, "").note == ""


def test_pulled_and_removed_models_are_seen() -> None:
    now = InstalledNames(HERE[1:])
    asking = Router(VoiceGatewaySchema.model_validate(SETTINGS), EventBus(), ManualClock(), installed=lambda: now)
    assert str(asking.plan(STT, "tiny.en", CALLER).first) == "whisper/base"
    now = InstalledNames(HERE)
    assert str(asking.plan(STT, "tiny.en", CALLER).first) == "whisper/tiny.en"
    now = InstalledNames(HERE[1:])
    assert str(asking.plan(STT, "tiny.en", CALLER).first) == "whisper/base"


@pytest.mark.parametrize(
    ("name", "voice", "served"),
    [
        ("tts-1", "af_heart", "kokoro/v1.0-int8:af_heart"),
        ("tts-1", "AF_Heart", "kokoro/v1.0-int8:AF_Heart"),
        ("tts-1", "af_heart(2)+af_sky(1)", "kokoro/v1.0-int8:af_heart(2)+af_sky(1)"),
        ("elevenlabs/eleven_turbo_v2_5:bm_george", None, "kokoro/v1.0-int8:bm_george"),
        ("tts-1", "en_US-joe-medium", "piper/en_US-joe-medium"),
        ("tts-1", "af_heart+nobody", "piper/en_US-joe-medium"),
        ("tts-1", "nobody", "piper/en_US-joe-medium"),
        ("tts-1", None, "piper/en_US-joe-medium"),
        # a model that was named keeps its place, whatever the voice
        ("piper", "af_heart", "piper/en_US-joe-medium"),
        ("local/joe", "af_heart", "piper/en_US-joe-medium"),
    ],
)
def test_a_voice_of_one_engine_chooses_it_where_the_model_is_an_alias(
    name: str, voice: str | None, served: str
) -> None:
    assert str(plan(TTS, name, voice).first) == served


def test_a_voice_of_two_engines_chooses_none() -> None:
    other = InstalledModel("piper/other", TTS, (), ("af_heart",))
    assert str(router(InstalledNames((*HERE, other))).plan(TTS, "tts-1", CALLER, "af_heart").first) == (
        "piper/en_US-joe-medium"
    )


def test_a_route_goes_before_a_voice() -> None:
    routed = router(routing={"tts": {"route": "piper/en_US-joe-medium"}})
    assert str(routed.plan(TTS, "tts-1", CALLER, "af_heart").first) == "piper/en_US-joe-medium"


def test_a_voice_is_told_in_its_own_spelling() -> None:
    asking = router()
    found = asking.plan(TTS, "tts-1", CALLER, "AF_HEART")
    assert asking.voice_for(found, found.first, "AF_HEART", lambda target, voice: False) == "af_heart"


@pytest.mark.parametrize(
    ("modality", "name", "told"),
    [
        (LLM, "whisper/tiny.en", '"whisper/tiny.en" can transcribe speech, it cannot chat'),
        (LLM, "Whisper/TINY.en", "it cannot chat"),
        (LLM, "kokoro", '"kokoro" can speak, it cannot chat'),
        (LLM, "local/joe", '"local/joe" can speak, it cannot chat'),
        (LLM, "kokoro/v1.0", "it cannot chat"),
        (TTS, "Systran/faster-whisper-base", "it cannot speak"),
        (STT, "llamacpp/qwen2.5-coder-0.5b", "can chat, it cannot transcribe speech"),
    ],
)
def test_a_model_of_another_modality_is_refused(modality: Modality, name: str, told: str) -> None:
    for routing in ({}, {modality.value: {"aliases": {"*": str(plan(modality, "auto").first)}}}):
        with pytest.raises(BadRequest, match="cannot") as refused:
            plan(modality, name, routing=routing)
        assert (refused.value.status, refused.value.code) == (400, "unsupported_model")
        assert told in refused.value.message


def test_an_alias_may_send_a_name_of_another_modality_elsewhere() -> None:
    routing = {"llm": {"aliases": {"whisper/*": "llamacpp/qwen2.5-coder-0.5b"}}}
    assert str(plan(LLM, "whisper/tiny.en", routing=routing).first) == "llamacpp/qwen2.5-coder-0.5b"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("nova-3", "deepgram/nova-3"),
        ("tiny.en", "tiny.en"),
        ("whisper/base", "whisper/base"),
        ("kokoro", "kokoro"),
    ],
)
def test_a_bare_name_on_a_providers_door(name: str, asked: str) -> None:
    assert router().named_by("deepgram", STT, name) == asked


def test_an_engine_of_two_modalities_has_models_of_one_each() -> None:
    here = InstalledNames(
        (InstalledModel("sherpa/ear", STT), InstalledModel("sherpa/Voice", TTS)), [("sherpa/other-voice", TTS)]
    )
    routes = router(here)
    assert routes.plan(STT, "sherpa/ear", CALLER).first.name == "sherpa/ear"
    assert routes.plan(TTS, "SHERPA/voice", CALLER).first.name == "sherpa/Voice"
    # of a model that is not known, nothing is known
    assert routes.plan(STT, "sherpa/new", CALLER).first.name == "sherpa/new"
    wrong = ((TTS, "sherpa/ear"), (STT, "sherpa/voice"), (STT, "sherpa/Other-Voice:en"), (LLM, "sherpa/ear"))
    for modality, name in wrong:
        with pytest.raises(BadRequest, match="it cannot") as refused:
            routes.names.check_modality(modality, name, "default")
        assert refused.value.code == "unsupported_model"
    # a name of the configuration may stand for a model of another kind, also of an engine that does one thing only
    models = {
        "tts": {"mine": {"provider": "sherpa", "model": "ear"}, "base": {"provider": "whisper", "model": "base"}},
        "stt": {"mine": {"provider": "sherpa", "model": "voice"}},
    }
    odd = router(here, models=models)
    for modality, name, does in (
        (TTS, "mine", "transcribe speech"),
        (TTS, "base", "transcribe speech"),
        (STT, "mine", "speak"),
    ):
        with pytest.raises(BadRequest, match=f'"{name}" can {does}, it cannot') as refused:
            odd.check_modality(modality, name, "default")
        assert refused.value.code == "unsupported_model"
        with pytest.raises(BadRequest, match=f'"{name}" can {does}, it cannot'):
            odd.plan(modality, name, CALLER)
    # where the configuration chose it, the request is told what is wrong
    chosen = router(here, routing={"tts": {"route": "sherpa/ear"}}, projects={"default": {}})
    with pytest.raises(BadRequest, match="can transcribe speech, it cannot speak"):
        chosen.plan(TTS, "", CALLER)


OWN = {"providers": {"strong": {"type": "openai", "base_url": "http://strong.example/v1", "zone": "lan"}}}


def test_a_live_route_to_what_is_gone_is_passed_over_and_told_once() -> None:
    """A provider that was removed, a model of the configuration that was, and a model whose files went."""
    whisper = InstalledModel("whisper/base", STT)
    worlds = [InstalledNames([whisper, InstalledModel("sherpa/mine", STT)], (), ["whisper/base", "sherpa/mine"])]
    named = {"stt": {"boss": {"provider": "whisper", "model": "base"}}}
    config = VoiceGatewaySchema.model_validate({**OWN, "models": named})
    bus, told = EventBus(), list[Notice]()
    bus.subscribe(told.append, Notice)
    routes = Router(config, bus, ManualClock(), has_key=lambda p, project: True, installed=lambda: worlds[-1])
    for target, without in (
        ("strong/whisper-1", {"models": named}),
        ("boss", OWN),
        ("sherpa/mine", {**OWN, "models": named}),
    ):
        routes.set_route(STT, target)
        assert routes.plan(STT, "whisper/base", CALLER).choice.reason == "route"  # type: ignore[union-attr]
        assert routes.decides(STT, "default")
        assert told == []
        routes.update(VoiceGatewaySchema.model_validate(without))
        worlds.append(InstalledNames([whisper], (), ["whisper/base"]))
        for _ in range(2):
            assert routes.plan(STT, "whisper/base", CALLER).reason == "as requested"
            # a client that names no model gets what its door would take without a route
            assert not routes.decides(STT, "default")
        (notice,) = told
        assert notice == Notice(
            "warning",
            f"routing.stt.route (chosen live) sends stt to {target}, which is gone. Until it is back, requests go "
            "where the settings say. Choose another target, or take the choice back: "
            "`voicegw route set stt as_requested`.",
            "route_lost",
        )
        # where nothing else serves, the request is told why
        with pytest.raises(
            ModelResolutionError, match=rf"\(chosen live\) sends stt to {target}\. .*take the choice back"
        ):
            routes.plan(STT, "", CALLER)
        # the choice is kept for when its target is back
        routes.update(config)
        worlds.append(worlds[0])
        assert routes.plan(STT, "whisper/base", CALLER).choice.reason == "route"  # type: ignore[union-attr]
        assert len(told) == 1
        told.clear()


def test_a_route_of_the_file_to_what_is_not_there_is_an_error_and_not_passed_over() -> None:
    """The name may be mistyped there; a live choice was checked when it was made."""
    here = InstalledNames([InstalledModel("whisper/base", STT)], (), ["whisper/base"])
    routes = router(here, routing={"stt": {"route": "sherpa/mine"}})
    assert routes.plan(STT, "whisper/base", CALLER).first.name == "sherpa/mine"
    assert routes.decides(STT, "default")


def test_a_live_route_to_a_model_that_can_be_fetched_again_stays() -> None:
    worlds = [InstalledNames([InstalledModel("whisper/base", STT)], (), ["whisper/base", "whisper/tiny"])]
    routes = Router(VoiceGatewaySchema(), EventBus(), ManualClock(), installed=lambda: worlds[-1])
    routes.set_route(STT, "whisper/tiny")
    # its request says which command fetches it
    assert routes.plan(STT, "whisper/base", CALLER).first.name == "whisper/tiny"
