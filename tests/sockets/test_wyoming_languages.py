"""The languages that Wyoming clients may choose, letter by letter: each with and without its region."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.socket_gateway import FakeGateway
from voicegw_desktop.core.ports import Caller, Target
from voicegw_desktop.sockets.audio.installed import hearing_model, speaker_of
from voicegw_desktop.sockets.audio.languages import NAMES, asked_language
from voicegw_desktop.sockets.audio.regions import REGIONS, heard_as, usual_code
from voicegw_desktop.sockets.wyoming_info import describe

pytestmark = pytest.mark.socket

CALLER = Caller("default", "wyoming")
MODELS = [
    SimpleNamespace(id=f"{kind}/{tag}", installed=True, modality=modality, languages=(tag,), title=tag)
    for modality, kind, tags in (
        ("stt", "whisper", ("en", "multi")),
        ("tts", "kokoro", ("fr", "it", "zh", "pt-BR", "en-GB")),
        ("tts", "piper", ("de-DE", "no-NO", "en-us")),
    )
    for tag in tags
]


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    found = FakeGateway(tmp_path)
    store = SimpleNamespace(list=lambda: MODELS, locate=lambda provider, name: tmp_path)
    monkeypatch.setattr(FakeGateway, "models", store)

    def plan(modality: object, wanted: str, caller: Caller) -> SimpleNamespace:
        provider, _, model = wanted.partition("/")
        return SimpleNamespace(first=Target(provider, model))

    monkeypatch.setattr(found.router, "plan", plan)
    return found


async def test_a_language_is_offered_with_and_without_its_region(gateway: FakeGateway) -> None:
    """Home Assistant refuses by itself what is not in these lists to the letter, `fr-FR` where only `fr` is offered."""
    told = await describe(gateway, CALLER)
    assert {voice.name: voice.languages for voice in told.tts[0].voices} == {
        "fr": ["fr", "fr-FR"], "it": ["it", "it-IT"], "zh": ["zh", "zh-CN"], "pt-BR": ["pt-BR", "pt"],
        "en-GB": ["en-GB", "en"], "de-DE": ["de-DE", "de"], "no-NO": ["no-NO", "no", "nb", "nb-NO"],
        "en-us": ["en-us", "en", "en-US"],
    }  # fmt: skip
    english, every = (set(heard.languages) for heard in told.asr[0].models)
    assert {"en", "en-US", "en-GB", "en-AU"} <= english
    assert not {"fr", "de-DE"} & english
    assert {"fr", "fr-FR", "fr-CA", "de-AT", "pt", "pt-BR", "pt-PT", "zh-TW", "nb", "nb-NO", "jv-ID"} <= every


@pytest.mark.parametrize(
    ("asked", "speaks"), [("nb-NO", "piper/no-NO"), ("fr-FR", "kokoro/fr"), ("pt", "kokoro/pt-BR")]
)
def test_what_is_offered_is_spoken(gateway: FakeGateway, asked: str, speaks: str) -> None:
    assert speaker_of(gateway, "piper/de-DE", asked, CALLER) == speaks


@pytest.mark.parametrize(
    ("asked", "hears"), [("nb-NO", "whisper/multi"), ("de-AT", "whisper/multi"), ("en-AU", "whisper/en")]
)
def test_what_is_offered_is_heard(gateway: FakeGateway, asked: str, hears: str) -> None:
    assert hearing_model(gateway, "whisper/en", asked_language(asked), CALLER) == hears


def test_every_language_and_region_that_is_offered_is_read() -> None:
    assert REGIONS.keys() <= NAMES.keys()
    for form in heard_as(NAMES):
        assert usual_code(asked_language(form) or "") in NAMES, form
