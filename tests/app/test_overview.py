"""The state behind tray and window, from events alone; and the words figures are shown in."""

from __future__ import annotations

import os
import types
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="Qt's system libraries are missing")

from voicegw_desktop.app import theme  # noqa: E402
from voicegw_desktop.app.icons import tray_pixmap  # noqa: E402
from voicegw_desktop.app.viewmodels import words  # noqa: E402
from voicegw_desktop.app.viewmodels.overview import Overview  # noqa: E402
from voicegw_desktop.app.viewmodels.remote import event_of  # noqa: E402
from voicegw_desktop.app.windows.charts import nice_ceiling  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402

pytestmark = pytest.mark.app


@pytest.fixture
def view() -> Iterator[Overview]:
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    assert app is not None
    it = Overview(now=lambda: 1000.0)
    it.set_life("running", endpoint="http://127.0.0.1:7717/v1")
    yield it
    it.deleteLater()


def record(**values: Any) -> e.RequestFinished:
    base = {"id": "r", "provider": "whisper", "cost_nanos": 0, "status": "success"}
    return e.RequestFinished(types.SimpleNamespace(**{**base, **values}))


def test_the_icon_follows_what_happens(view: Overview) -> None:
    assert view.state == "ready"
    view.feed(e.RequestStarted("r", "stt", "whisper/base", "default", "openai"))
    assert (view.state, view.why) == ("busy", "Serving whisper/base")
    view.feed(record())
    assert view.state == "ready"
    view.feed(e.Notice("warning", "deepgram did not answer; whisper/base took over"))
    assert view.state == "attention"
    view.seen()
    assert view.state == "ready"
    view.feed(e.EngineState("piper/joe", "failed", reason="its model file is damaged"))
    assert view.state == "attention"
    assert "damaged" in view.why
    view.set_life("stopped", message="Port 7717 is taken")
    assert (view.state, view.why, view.endpoint) == ("stopped", "Port 7717 is taken", "")


def test_a_turn_is_the_stages_of_one_session(view: Overview) -> None:
    for modality, ms in (("stt", 200.0), ("llm", 120.0), ("tts", 80.0)):
        view.feed(e.RequestStarted(modality, modality, "x/y", "default", "livekit", "room"))
        view.feed(e.RequestFirstByte(modality, modality, "x/y", ms))
    assert view.turn.total_ms == 400.0
    view.feed(e.RequestStarted("other", "stt", "x/y", "default", "livekit", "another room"))
    view.feed(e.RequestFirstByte("other", "stt", "x/y", 90.0))
    assert view.turn.stages == {"stt": 90.0}


def test_money_adds_up_and_the_unknown_is_counted_apart(view: Overview) -> None:
    view.set_spending({"total": 0.5, "by_provider": {"openai": {"cost": 0.5, "requests": 3}}})
    view.feed(record(provider="openai", cost_nanos=250_000_000))
    view.feed(record(provider="groq", cost_nanos=None))
    assert view.spending.nanos == 750_000_000
    assert (view.spending.requests, view.spending.unpriced) == (5, 1)
    assert view.spending.by_provider == {"openai": 750_000_000}


def test_many_events_are_told_once(view: Overview) -> None:
    told: list[int] = []
    view.changed.connect(lambda: told.append(1))
    for n in range(1000):
        view.feed(e.EngineState("whisper/base", "busy", rss_bytes=n))
    assert told == []
    assert view._teller.isActive()


def test_events_of_a_gateway_elsewhere_are_the_same_events() -> None:
    assert event_of({"type": "LoopLag", "p99_ms": 1.0, "max_ms": 2.0}) == e.LoopLag(1.0, 2.0)
    finished = event_of({"type": "RequestFinished", "record": {"id": "r", "cost_nanos": None}})
    assert isinstance(finished, e.RequestFinished)
    assert finished.record.cost_nanos is None
    assert event_of({"type": "SomethingNew"}) is None
    assert event_of({"type": "LoopLag"}) is None


@pytest.mark.parametrize(
    ("nanos", "text"),
    [(None, "unknown"), (0, "$0.00"), (50_000, "< $0.0001"), (1_230_000, "$0.0012"), (1_500_000_000, "$1.50")],
)
def test_money_in_words(nanos: int | None, text: str) -> None:
    assert words.money(nanos) == text


def test_other_figures_in_words() -> None:
    assert [words.millis(v) for v in (None, 84.4, 1240)] == ["–", "84 ms", "1.24 s"]
    assert [words.size(v) for v in (0, 900, 319_000_000, 1_200_000_000)] == ["–", "900 B", "319 MB", "1.2 GB"]
    assert [words.count(n, "request") for n in (0, 1, 2)] == ["0 requests", "1 request", "2 requests"]
    assert [nice_ceiling(v) for v in (3, 11, 84, 260, 1900)] == [10, 20, 100, 500, 2000]


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("text", ["text", "muted", "good", "warn", "bad", "stt", "llm", "tts"])
@pytest.mark.parametrize("ground", ["window", "card", "raised"])
def test_text_is_readable_in_both_schemes(look: theme.Tokens, text: str, ground: str) -> None:
    one, two = sorted((luminance(getattr(look, text)), luminance(getattr(look, ground))))
    assert (two + 0.05) / (one + 0.05) >= 4.5


def test_the_five_states_look_different(view: Overview) -> None:
    pictures = {s: tray_pixmap(s, 32).toImage() for s in ("starting", "ready", "busy", "attention", "stopped")}
    for name, picture in pictures.items():
        assert all(picture != other for s, other in pictures.items() if s != name)
