"""Which targets serve a request, in the documented order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.corridors import CALLER, World, world
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import EgressDenied, ModelResolutionError
from voicegw_desktop.core.events import EventBus, RouteChanged
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.routing.conditions import Conditions, Readers
from voicegw_desktop.routing.router import Router

pytestmark = pytest.mark.unit

STT, LLM, TTS = Modality.STT, Modality.LLM, Modality.TTS


def served(w: World, modality: Modality, wanted: str | None, project: str = "default") -> str:
    return str(w.router.plan(modality, wanted, Caller(project, "python")).first)


def test_variants() -> None:
    w = world()
    assert w.router.plan(STT, "deepgram/nova-3:en", CALLER).first == Target("deepgram", "nova-3", "en", Zone.CLOUD)
    assert w.router.plan(TTS, "cartesia/sonic-3:ab-12", CALLER).first.variant == "ab-12"
    llm = w.router.plan(LLM, "ollama/qwen2.5:3b", CALLER).first
    assert (llm.model, llm.variant, llm.zone) == ("qwen2.5:3b", None, Zone.LOCAL)


def test_the_order() -> None:
    sections: dict[str, Any] = {
        "stacks": {"s": {"stt": "whisper/stack"}, "own": {"stt": "whisper/own"}},
        "projects": {"default": {"default_stack": "own", "allow_local_to_cloud": True}},
        "models": {"stt": {"mine": {"provider": "whisper", "model": "named", "default_language": "de"}}},
        "routing": {
            "stt": {
                "route": "whisper/route",
                "aliases": {
                    "*": "whisper/any",
                    "deep*": "whisper/deep",
                    "deepgram/*": "whisper/gram",
                    "x": "whisper/x",
                },
                "offline": {"deepgram/*": "whisper/off"},
            },
            "stack": "s",
            "projects": {"default": {"stt": "whisper/project"}},
            "offline": True,
        },
    }
    w = world(**sections)
    assert served(w, STT, "deepgram/nova-3") == "whisper/off"
    w.router.set_offline(False)
    assert served(w, STT, "deepgram/nova-3") == "whisper/project"
    w.router.set_route(STT, None, "default")
    assert served(w, STT, "deepgram/nova-3") == "whisper/stack"
    w.router.set_stack(None)
    assert served(w, STT, "deepgram/nova-3") == "whisper/route"
    w.router.set_route(STT, None)
    assert served(w, STT, "mine") == "whisper/named:de"
    assert served(w, STT, "mine:fr") == "whisper/named:fr"
    assert served(w, STT, "x") == "whisper/x"
    assert served(w, STT, "deepgram/nova-3") == "whisper/gram"
    assert served(w, STT, "whisper/tiny") == "whisper/tiny"
    assert served(w, STT, "unknown") == "whisper/own"
    assert served(w, STT, None) == "whisper/own"
    assert served(w, STT, "unknown", "other") == "whisper/any"


def test_conditions_go_before_everything() -> None:
    config = VoiceGatewaySchema.model_validate(
        {"routing": {"stt": {"route": "whisper/a"}, "conditions": [{"when": {"power": "battery"}, "stt": "whisper/b"}]}}
    )
    power = ["mains"]
    readers = Readers(lambda: power[0], lambda: None, lambda: None)
    conditions = Conditions(config.routing.conditions, ManualClock(), readers)
    bus, told = EventBus(), []
    bus.subscribe(told.append, RouteChanged)
    router = Router(config, bus, ManualClock(), conditions=conditions)
    assert str(router.plan(STT, "x", CALLER).first) == "whisper/a"
    power[0] = "battery"
    conditions.poll()
    assert str(router.plan(STT, "x", CALLER).first) == "whisper/b"
    assert told


def test_offline_keeps_local_names_and_refuses_what_has_no_local_answer() -> None:
    w = world(routing={"offline": True, "stt": {"offline": {"*": "whisper/base"}}})
    assert served(w, STT, "whisper/tiny.en") == "whisper/tiny.en"
    assert served(w, STT, "deepgram/nova-3") == "whisper/base"
    assert served(w, STT, "nonsense") == "whisper/base"
    with pytest.raises(EgressDenied, match="offline"):
        served(w, TTS, "cartesia/sonic-3")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("whsper/base", 'Did you mean "whisper"'),
        ("whisper-1", "Write provider/model"),
        ("", "No model was named"),
        ("cartesia/sonic-3", "No provider"),
    ],
)
def test_a_name_nobody_answers_to_is_a_404_with_help(wanted: str, words: str) -> None:
    w = world()
    with pytest.raises(ModelResolutionError, match=words) as caught:
        served(w, LLM if wanted.startswith("cartesia") else STT, wanted)
    assert caught.value.status == 404


def test_a_cloud_provider_without_a_key_falls_to_the_catch_all_or_says_what_is_missing() -> None:
    config = {"projects": {"default": {}}, "routing": {"stt": {"aliases": {"*": "whisper/base"}}}}
    w = world(**config)
    w.router.names.has_key = lambda provider, project: False
    assert served(w, STT, "deepgram/nova-3") == "whisper/base"
    with pytest.raises(ModelResolutionError, match="ELEVENLABS_API_KEY"):
        served(w, TTS, "elevenlabs/flash")


def test_a_plan_is_remembered_until_something_that_decides_it_changes() -> None:
    w = world(stacks={"s": {"stt": "whisper/stack"}}, routing={"stt": {"offline": {"whisper/base": "whisper/off"}}})
    first = w.router.plan(STT, "whisper/base", CALLER)
    assert w.router.plan(STT, " whisper/base", CALLER) is first
    w.router.set_offline(True)
    assert served(w, STT, "whisper/base") == "whisper/off"
    w.router.set_offline(False)
    w.router.set_stack("s")
    assert served(w, STT, "whisper/base") == "whisper/stack"
    w.router.set_stack(None)
    w.router.set_route(STT, "whisper/route")
    assert served(w, STT, "whisper/base") == "whisper/route"
    w.router.set_route(STT, None)
    assert served(w, STT, "whisper/base") == "whisper/base"
    aliases = {"whisper/base": "whisper/file"}
    w.router.update(VoiceGatewaySchema.model_validate({"routing": {"stt": {"aliases": aliases}}}))
    assert served(w, STT, "whisper/base") == "whisper/file"


def test_a_plan_that_a_key_or_a_failure_could_change_is_made_each_time() -> None:
    keys: set[str] = set()
    config = VoiceGatewaySchema.model_validate(
        {
            "routing": {"stt": {"aliases": {"*": "whisper/any"}}, "llm": {"aliases": {"x": "groq/a"}}},
            "fallbacks": {"tts": ["piper/joe"]},
            "projects": {"default": {"allow_local_to_cloud": True}},
        }
    )
    router = Router(config, EventBus(), ManualClock(), has_key=lambda provider, _project: provider in keys)

    def first(modality: Modality, wanted: str) -> str:
        return str(router.plan(modality, wanted, CALLER).first)

    assert first(STT, "deepgram/nova-3") == "whisper/any"
    keys.add("deepgram")
    assert first(STT, "deepgram/nova-3") == "deepgram/nova-3"
    keys.clear()
    assert first(STT, "deepgram/nova-3") == "whisper/any"
    assert first(TTS, "kokoro/v1.0-int8") == "kokoro/v1.0-int8"
    for _ in range(20):
        router.breaker.failure("kokoro/v1.0-int8")
    assert first(TTS, "kokoro/v1.0-int8") == "piper/joe"


def test_a_disabled_provider_is_not_used() -> None:
    w = world(providers={"deepgram": {"enabled": False}}, engines={"whisper": {"enabled": False}})
    for name in ("deepgram/nova-3", "whisper/base"):
        with pytest.raises(ModelResolutionError, match="disabled"):
            served(w, STT, name)


@pytest.mark.parametrize(
    ("routing", "words"),
    [
        ({"stt": {"route": "deepgram/nova-3"}}, "routing.stt.route sends stt to deepgram/nova-3. "),
        ({"projects": {"default": {"stt": "deepgram/nova-3"}}}, "routing.projects.default.stt sends stt to"),
        ({"stack": "s"}, r"The stack s \(routing.stack\) sends stt to deepgram/nova-3"),
        ({"stt": {"aliases": {"mine": "deepgram/nova-3"}}}, r'routing.stt.aliases\["mine"\] sends stt to'),
        ({"stt": {"aliases": {"*": "deepgram/nova-3"}}}, r'routing.stt.aliases\["\*"\] sends stt to'),
    ],
)
def test_an_error_says_who_chose_the_target(routing: dict[str, Any], words: str) -> None:
    w = world(routing=routing, stacks={"s": {"stt": "deepgram/nova-3"}}, providers={"deepgram": {"enabled": False}})
    with pytest.raises(ModelResolutionError, match=words + ".*providers.deepgram.enabled"):
        served(w, STT, "mine")


def test_an_error_says_how_a_live_choice_is_taken_back() -> None:
    w = world(stacks={"s": {"stt": "deepgram/nova-3"}})
    w.router.set_route(STT, "deepgram/nova-3")
    w.router.set_route(STT, "openai/whisper-1", "default")
    w.router.names.has_key = lambda provider, project: False
    with pytest.raises(ModelResolutionError, match=r"\(chosen live\).*stt as_requested --project default`"):
        served(w, STT, "mine")
    with pytest.raises(ModelResolutionError, match=r"\(chosen live\).*voicegw route set stt as_requested`"):
        served(w, STT, "mine", "other")
    w.router.set_route(STT, None)
    w.router.set_stack("s")
    with pytest.raises(ModelResolutionError, match="voicegw stack none"):
        served(w, STT, "mine", "other")


def test_what_a_local_choice_cannot_serve_does_not_go_to_the_cloud_in_its_place() -> None:
    sections = {"engines": {"whisper": {"enabled": False}}, "routing": {"stt": {"route": "whisper/base"}}}
    with pytest.raises(ModelResolutionError, match=r"routing.stt.route sends stt to whisper/base.*engines.whisper"):
        served(world(**sections), STT, "deepgram/nova-3")
    w = world(**sections, projects={"default": {"allow_local_to_cloud": True}})
    assert served(w, STT, "deepgram/nova-3") == "deepgram/nova-3"


def test_fallbacks_follow_and_tripped_targets_go_last() -> None:
    w = world(fallbacks={"stt": ["whisper/base", "openai/whisper-1", "deepgram/nova-3"]})

    def names() -> list[str]:
        return [p.target.name for p in w.router.plan(STT, "deepgram/nova-3:en", CALLER).targets]

    assert names() == ["deepgram/nova-3", "whisper/base", "openai/whisper-1"]
    for _ in range(3):
        w.router.breaker.failure("deepgram/nova-3")
    assert names() == ["whisper/base", "openai/whisper-1", "deepgram/nova-3"]
    w.clock.advance(31)
    assert names()[0] == "deepgram/nova-3"


def test_a_local_request_gets_cloud_fallbacks_only_where_its_project_says_so() -> None:
    fallbacks = {"stt": ["deepgram/nova-3"]}
    w = world(fallbacks=fallbacks)
    assert len(w.router.plan(STT, "whisper/base", CALLER).targets) == 1
    w = world(fallbacks=fallbacks, projects={"default": {"allow_local_to_cloud": True}})
    assert len(w.router.plan(STT, "whisper/base", CALLER).targets) == 2


def test_choices_are_told_and_outlive_the_program() -> None:
    class Store:
        def __init__(self) -> None:
            self.saved: dict[str, Any] = {}

        def load(self) -> dict[str, Any]:
            return self.saved

        def save(self, choices: Any) -> None:
            self.saved = dict(choices)

    store, bus, told = Store(), EventBus(), []
    bus.subscribe(told.append, RouteChanged)
    config = VoiceGatewaySchema.model_validate({"stacks": {"s": {"tts": "piper/joe"}}})
    first = Router(config, bus, ManualClock(), store=store)
    first.set_route(STT, "whisper/tiny.en")
    first.set_route(LLM, "llamacpp/x", "default")
    first.set_stack("s")
    first.set_offline(True)
    assert told[0] == RouteChanged("stt", "whisper/tiny.en", "chosen", None)
    second = Router(config, EventBus(), ManualClock(), store=store)
    assert second.choices() == first.choices()
    assert second.offline
    assert second.stack == "s"
    with pytest.raises(ModelResolutionError, match="Did you mean"):
        second.set_route(STT, "whispr/base")
    with pytest.raises(ModelResolutionError, match='no stack "t"'):
        second.set_stack("t")


def test_a_cloud_voice_means_nothing_to_a_local_engine_unless_it_has_it() -> None:
    w = world(routing={"tts": {"aliases": {"*": "kokoro/v1", "tts-1": "piper/joe"}}})
    w.router.names.has_key = lambda provider, project: False

    def voice(wanted: str, asked: str | None = None) -> str | None:
        plan = w.router.plan(TTS, wanted, CALLER)
        return w.router.voice_for(plan, plan.first, asked, lambda target, name: name == "af_heart")

    assert voice("cartesia/sonic-3:9626c31c") is None
    assert voice("cartesia/sonic-3:af_heart") == "af_heart"
    assert voice("tts-1", "alloy") is None
    assert voice("piper/joe", "anything") == "anything"
    assert voice("kokoro/v1:bm_george") == "bm_george"


@pytest.mark.parametrize(
    ("wanted", "language", "told"),
    [
        ("deepgram/nova-3", "multi", "multi"),
        ("deepgram/nova-3:multi", None, "multi"),
        ("deepgram/nova-3", "auto", None),
        ("openai/whisper-1", "multi", None),
        ("whisper/base", "multi", None),
        ("whisper/base", "de", "de"),
    ],
)
def test_several_languages_are_told_to_those_that_know_them(
    wanted: str, language: str | None, told: str | None
) -> None:
    w = world()
    plan = w.router.plan(STT, wanted, CALLER)
    assert w.router.language_for(plan, plan.first, language) == told


def test_a_plan_is_made_once_and_follows_keys_and_health(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, clock = {"openai", "groq"}, ManualClock()
    router = Router(
        VoiceGatewaySchema.model_validate({"fallbacks": {"llm": ["groq/llama"]}}),
        EventBus(),
        clock,
        has_key=lambda provider, project: provider in keys,
    )
    made: list[str] = []
    plan = router._plan

    def counted(modality: Modality, name: str, project: str, voice: str | None) -> Any:
        made.append(name)
        return plan(modality, name, project, voice)

    monkeypatch.setattr(router, "_plan", counted)

    def order() -> list[str]:
        return [permit.target.name for permit in router.plan(Modality.LLM, "openai/gpt-4o", CALLER).targets]

    assert order() == order() == ["openai/gpt-4o", "groq/llama"]
    assert len(made) == 1
    # a failing target is tried last, and first again once it works
    for _ in range(10):
        router.breaker.failure("openai/gpt-4o")
    assert order() == ["groq/llama", "openai/gpt-4o"]
    router.breaker.success("openai/gpt-4o")
    clock.advance(3600)
    assert order() == ["openai/gpt-4o", "groq/llama"]
    assert len(made) == 1
    keys.discard("groq")
    assert order() == order() == ["openai/gpt-4o"]
    assert len(made) == 2
    keys.add("groq")
    assert order() == ["openai/gpt-4o", "groq/llama"]
    keys.discard("openai")
    with pytest.raises(ModelResolutionError, match="has no key"):
        order()
    keys.add("openai")
    assert order() == ["openai/gpt-4o", "groq/llama"]
