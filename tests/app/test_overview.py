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
from voicegw_desktop.app.viewmodels.state import Budget  # noqa: E402
from voicegw_desktop.app.windows.charts import mark_text, scale_marks  # noqa: E402
from voicegw_desktop.core import events as e  # noqa: E402
from voicegw_desktop.core.money import money  # noqa: E402

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
    base = {"id": "r", "provider": "whisper", "project": "default", "cost_nanos": 0, "status": "success"}
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
    view.set_life("failed", message="Port 7717 is taken")
    assert (view.state, view.why, view.endpoint) == ("attention", "Port 7717 is taken", "")
    view.set_life("stopped")
    assert (view.state, view.engines) == ("stopped", {})


def test_a_slow_answer_is_a_line_in_the_list_and_no_alarm(view: Overview) -> None:
    heard: list[object] = []
    view.noticed.connect(heard.append)
    view.feed(e.Notice("warning", "whisper/base took 900 ms to its first byte", "slow_first_byte"))
    assert (view.state, heard, len(view.notices)) == ("ready", [], 1)
    view.feed(e.Notice("warning", "piper/joe took over", "fallback"))
    view.feed(e.Notice("warning", "whisper/base took 901 ms to its first byte", "slow_first_byte"))
    assert (view.state, view.why, len(heard)) == ("attention", "piper/joe took over", 1)


def test_the_usual_latency_is_told_beside_the_last(view: Overview) -> None:
    for ms in (*range(1, 100), 5000, 50):
        view.feed(e.RequestFirstByte(f"r{ms}", "tts", "piper/joe", float(ms)))
    found = view.latency("tts")
    assert (found.last, found.p50, found.p95, found.n) == (50.0, 50.0, 95.0, 101)
    assert view.latency("llm") == (None, None, None, 0)
    assert view.last_served == {"tts": "piper/joe"}


def test_what_is_stored_fills_the_views_at_the_start(view: Overview) -> None:
    row = {"id": "a", "timestamp": 990.0, "modality": "stt", "model_id": "whisper/base", "ttfb_ms": 80.0,
           "total_latency_ms": 90.0, "status": "success"}  # fmt: skip
    failed = row | {"id": "b", "timestamp": 995.0, "model_id": "deepgram/nova-3", "ttfb_ms": None, "status": "error"}
    view.set_history([failed, row])
    assert [r.id for r in view.requests] == ["b", "a"]
    assert [(p.ms, p.target) for p in view.points["stt"]] == [(80.0, "whisper/base")]
    assert view.last_served == {"stt": "whisper/base"}
    view.set_history([failed, row])
    assert len(view.requests) == 2


def test_what_left_is_added_up_for_today_only(view: Overview) -> None:
    old = {"at": 1000.0 - 86_400, "request": "r", "target": "openai/x", "host": "api.openai.com", "zone": "cloud",
           "project": "default", "modality": "llm", "sent_bytes": 5, "sent_s": 0.0}  # fmt: skip
    view.set_egress([old | {"at": 999.0, "sent_bytes": 7}, old])
    assert view.left_when == "today"
    assert (view.left.entries, view.left.octets, view.left.hosts) == (1, 7, {"api.openai.com": 1})
    assert len(view.egress) == 2
    view.feed(event_of({"type": "EgressRecorded", **old, "at": 1000.0}))
    assert (view.left.entries, view.left.octets) == (2, 12)
    # one entry of a stream that continues
    under_way = {"type": "EgressRecorded", **old, "at": 1000.0, "id": "e1", "host": "api.deepgram.com"}
    view.feed(event_of(under_way | {"finished": False}))
    view.feed(event_of(under_way | {"sent_bytes": 30}))
    assert (view.left.entries, view.left.octets, len(view.egress)) == (3, 42, 4)
    assert (view.egress[0].sent_bytes, view.egress[0].finished) == (30, True)
    # a refused redirect sent no data
    view.feed(event_of(under_way | {"id": "e2", "host": "elsewhere.example", "sent_bytes": 0, "refused": True}))
    assert (view.left.entries, len(view.egress), view.egress[0].refused) == (3, 5, True)
    # a log that is not kept knows nothing of the time before the gateway started, and the words must not claim it
    view.set_egress([], kept=False)
    assert view.left_when == "since the start"


def test_after_midnight_the_day_begins_at_zero() -> None:
    now = [1000.0]
    view = Overview(now=lambda: now[0])
    view.set_life("running", endpoint="x")
    view.set_budgets([Budget("default", "Default", "exceeded", 10, "block")])
    view.feed(record(cost_nanos=12))
    assert not view.new_day()
    now[0] += 86_400
    view.feed(record(id="s", cost_nanos=3))
    assert (view.spending.nanos, view.spending.by_project) == (3, {"default": 3})
    assert view.budgets["default"].state == "ok"
    view.deleteLater()


def test_a_budget_that_moves_keeps_its_name(view: Overview) -> None:
    view.set_budgets([Budget("kitchen", "Kitchen assistant", "ok", 100, "block")])
    view.feed(e.BudgetState("kitchen", "exceeded", 101, 100))
    assert view.budgets["kitchen"] == Budget("kitchen", "Kitchen assistant", "exceeded", 100, "block")


def test_targets_are_what_can_serve_now(view: Overview) -> None:
    view.set_targets(
        [
            {"modality": "stt", "provider": "whisper", "model": "base", "installed": True},
            {"modality": "stt", "provider": "whisper", "model": "small", "installed": False},
            {"modality": "stt", "provider": "deepgram", "model": "nova-3", "installed": None},
        ]
    )
    assert view.targets["stt"] == ["deepgram/nova-3", "whisper/base"]


def test_warnings_of_an_open_door_are_told_apart(view: Overview) -> None:
    view.set_warnings({"config": {"warnings": ["${KEY} is not set", "serve.allow_lan: other machines are let in"]}})
    assert (view.exposed, view.warnings) == ("other machines are let in", ["${KEY} is not set"])


def test_what_is_wrong_stays_until_it_is_over_also_after_it_was_seen(view: Overview) -> None:
    failing, spent = "3 of the last 10 failed: groq cannot be reached.", 'Project "shop" has spent $1.00.'
    view.feed(e.Troubles((failing, spent)))
    view.seen()
    assert (view.state, view.why) == ("attention", failing)
    again = event_of({"type": "Troubles", "sentences": [spent]})
    assert again is not None
    view.feed(again)
    assert view.why == spent
    view.feed(e.Troubles(()))
    assert view.state == "ready"
    # a client that connects later asks for the status
    view.set_warnings({"troubles": [spent]})
    assert (view.state, view.why) == ("attention", spent)
    view.set_life("stopped")
    assert view.troubles == []


def test_attention_for_a_state_ends_with_it_though_nobody_looked(view: Overview) -> None:
    heard: list[object] = []
    view.noticed.connect(heard.append)
    locked = "The keychain is locked, so the keys in it cannot be used."
    view.feed(e.Notice("warning", locked, "keychain_locked"))
    view.feed(e.VaultChanged("keychain", "locked", locked))
    assert (view.state, view.why) == ("attention", locked)
    view.feed(e.VaultChanged("keychain", "open", "Secrets are kept in the OS keychain."))
    assert view.state == "ready"
    for code in ("target_failing", "budget_spent"):
        view.feed(e.Notice("warning", code, code))
        view.feed(e.Troubles((code,)))
        assert (view.state, view.why) == ("attention", code)
        view.feed(e.Troubles(()))
        assert view.state == "ready"
    assert len(heard) == 3
    view.feed(e.Notice("warning", "piper/joe took over", "fallback"))
    view.feed(e.Notice("warning", locked, "keychain_locked"))
    assert (view.state, view.why) == ("attention", "piper/joe took over")


def test_a_turn_is_the_stages_of_one_session(view: Overview) -> None:
    for modality, ms in (("stt", 200.0), ("llm", 120.0), ("tts", 80.0)):
        view.feed(e.RequestStarted(modality, modality, "x/y", "default", "livekit", "room"))
        view.feed(e.RequestFirstByte(modality, modality, "x/y", ms))
    assert view.turn.total_ms == 400.0
    view.feed(e.RequestStarted("other", "stt", "x/y", "default", "livekit", "another room"))
    view.feed(e.RequestFirstByte("other", "stt", "x/y", 90.0))
    assert view.turn.total_ms == 400.0
    # neither one stage of a session nor requests of no session are a turn
    for modality in ("llm", "tts"):
        view.feed(e.RequestFirstByte("unknown", modality, "x/y", 9.0))
    assert view.turn.total_ms == 400.0
    # nor is a stage of a session that another project named alike
    view.feed(e.RequestStarted("theirs", "stt", "x/y", "shop", "livekit", "room"))
    view.feed(e.RequestFirstByte("theirs", "stt", "x/y", 7.0))
    assert view.turn.total_ms == 400.0


def test_money_adds_up_and_the_unknown_is_counted_apart(view: Overview) -> None:
    view.set_spending({"total": 0.5, "by_provider": {"openai": {"cost": 0.5, "requests": 3}}})
    view.feed(record(provider="openai", cost_nanos=250_000_000))
    view.feed(record(provider="groq", cost_nanos=None))
    assert view.spending.nanos == 750_000_000
    assert (view.spending.requests, view.spending.unpriced) == (5, 1)
    assert view.spending.by_provider == {"openai": 750_000_000, "groq": None}


def test_a_day_of_which_no_price_is_known_has_an_unknown_cost(view: Overview) -> None:
    view.set_spending(
        {"total": None, "requests": 1, "unpriced": 1, "by_provider": {"groq": {"cost": None, "cost_nanos": None}}}
    )
    assert money(view.spending.total) == "unknown"
    assert view.spending.by_provider == {"groq": None}
    view.feed(record(provider="groq", cost_nanos=5, pricing_source="estimate 2026-01-01"))
    assert (view.spending.total, view.spending.estimated) == (5, 1)


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
    [
        (None, "unknown"),
        (0, "$0.00"),
        (50_000, "< $0.0001"),
        (1_230_000, "$0.0012"),
        (1_500_000_000, "$1.50"),
        (50_000_000, "$0.05"),
        (300_000_000, "$0.30"),
        (1_000_000, "$0.001"),
    ],
)
def test_money_in_words(nanos: int | None, text: str) -> None:
    assert money(nanos) == text


def test_other_figures_in_words() -> None:
    assert [words.millis(v) for v in (None, 84.4, 1240)] == ["–", "84 ms", "1.24 s"]
    assert [words.size(v) for v in (0, 900, 319_000_000, 1_200_000_000)] == ["–", "900 B", "319 MB", "1.2 GB"]
    assert [words.count(n, "request") for n in (0, 1, 2)] == ["0 requests", "1 request", "2 requests"]
    assert [words.duration(v) for v in (None, 40, 300, 4800)] == ["–", "40 s", "5 min", "1 h 20 min"]
    assert [words.stay(v) for v in (None, 0, 300)] == ["forever", "unloads at once", "5 min"]


@pytest.mark.parametrize(("lowest", "highest"), [(0.2, 0.3), (3, 3), (80, 900), (1, 4600), (12, 60_000)])
def test_the_chart_scale_holds_its_values_and_stays_readable(lowest: float, highest: float) -> None:
    marks = scale_marks(lowest, highest)
    assert marks == sorted(set(marks))
    assert marks[0] <= max(lowest, 1.0)
    assert highest <= marks[-1] <= max(2.0, highest) * 2.5
    assert 2 <= len(marks) <= 7
    assert [mark_text(m) for m in (2, 500, 2000)] == ["2 ms", "500 ms", "2 s"]


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(look: theme.Tokens, one: str, two: str) -> float:
    dark, light = sorted((luminance(getattr(look, one)), luminance(getattr(look, two))))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("text", ["text", "muted", "good", "warn", "bad", "stt", "llm", "tts"])
@pytest.mark.parametrize("ground", ["window", "card", "raised", "hover"])
def test_text_is_readable_in_both_schemes(look: theme.Tokens, text: str, ground: str) -> None:
    assert contrast(look, text, ground) >= 4.5


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_what_is_not_text_stands_out_too(look: theme.Tokens) -> None:
    for name in ("good", "warn", "bad"):
        assert contrast(look, name, f"{name}_tint") >= 4.5
    assert contrast(look, "on_accent", "accent") >= 4.5
    for ground in ("window", "card", "raised"):
        assert contrast(look, "field", ground) >= 3
        assert contrast(look, "accent", ground) >= 3


def test_the_five_states_look_different(view: Overview) -> None:
    pictures = {s: tray_pixmap(s, 32).toImage() for s in ("starting", "ready", "busy", "attention", "stopped")}
    for name, picture in pictures.items():
        assert all(picture != other for s, other in pictures.items() if s != name)
