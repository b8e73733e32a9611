"""Text that callers wrote neither steers the terminal, forges a line nor begins a formula, in any command."""

from __future__ import annotations

import argparse
import ast
import contextlib
import csv
import io
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.support.unsafe import ATTACKS, HOSTILE, steers
from voicegw_desktop.cli import exports, operate, tables, terminal
from voicegw_desktop.cli.main import _guarded
from voicegw_desktop.cli.sound import Printed
from voicegw_desktop.cli.waterfall import waterfall
from voicegw_desktop.core import logs
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.gateway.operations import OPERATIONS
from voicegw_desktop.sound.conversation import Turn

pytestmark = pytest.mark.unit

T = "<text>"
"""Stands for what a caller wrote."""
ENGINE = {"name": T, "state": "failed", "reason": T, "pid": None, "rss_bytes": 0, "threads": 0}
KEY = {"key_id": T, "project": T, "api_key": "k", "livekit": {"api_key": "k", "api_secret": "s"}}
TURN = {
    "started_at": 1.0, "utterances": 1, "recorded": False, "first_audio_ms": 9.0, "stt": T, "llm": T, "tts": T,
    "cost_nanos": None, "stages": {"endpoint": 4.0, "first sound": 5.0}, "interrupted_ms": 3.0, "talk_over_ms": 1.0,
    "dead_air_ms": 99.0, "tool_calls": 1, "false_starts": 2, "errors": 1, "fallbacks": 1,
    "unpriced": 0, "person": T, "agent": T,
}  # fmt: skip
ROW = {"timestamp": 1.0, "model_id": T, "project": T, "status": T, "error_message": T, "cost_nanos": 1}
SETTING = {"path": T, "value": T, "source": T, "where": T, "choices": [{"title": T, "value": T}]}
SETTINGS = {"file": T, "settings": [SETTING]}
VERSIONS = {
    "version": T, "available": T, "newest": T, "mode": T, "address": T, "command": T, "sentence": T, "refused": [T],
}  # fmt: skip
SHAPES: dict[str, Any] = {
    "status": {
        "config": {"path": T, "message": T, "warnings": [T]}, "version": "1", "serving": False, "endpoint": T,
        "offline": False, "socket": T, "project_count": 1, "model_count": 1, "default_project": T,
        "models_missing": [T], "providers": {T: {"state": T}}, "engines": [ENGINE],
    },
    "costs": {
        "period": "all", "project": T, "total": 1, "by_model": {T: {"cost": 1, "requests": 1}}, "by_project": {T: 2},
        "conversations": {"conversations": 2, "turns": 3, "minutes": 1.5, "per_turn": 0.01, "per_minute": None},
    },
    "budgets": {
        "budgets": [{"kind": "key", "name": T, "label": T, "period": "day", "status": T, "forecast_nanos": 5}],
        "periods": [{"period": "month", "spent": 1.0, "forecast_nanos": None, "unpriced": 2}],
    },
    "set_budget": {"budgets": [{"kind": "key", "name": T, "period": "day", "action": T}]},
    "settings": SETTINGS, "set_setting": SETTINGS, "update": VERSIONS, "check_update": VERSIONS,
    "what_if": {
        "period": T, "served": 1, "would_cost": 2, "saved": 1, "unpriced": 1, "rows": [{"model": T, "instead": T}]
    },
    "prices": {"prices": [{"target": T, "input": "1", "from": T, "source": T}]},
    "check_prices": {"ok": False, "problems": [T], "old_prices": 1},
    "check_baseline": {"ok": False, "problems": [T], "compared": [T], "not_used": [T], "name": T},
    "doctor": {"ok": False, "checks": [{"state": "error", "check": T, "message": T}]},
    "explain_config": {"values": [
        {"path": T, "value": T, "source": T, "where": T, "overrides": [{"value": T, "source": T, "where": T}]}
    ]},
    "add_pack": {"added": [T]},
    "list_packs": {"packs": [{"name": T, "about": T, "size": 1, "installed": False}], "note": T},
    "list_store": {"models": [{"id": T, "state": T, "licence": T}], "folder": T},
    "list_engines": {"engines": [ENGINE]},
    "list_providers": {"providers": [{"id": T, "type": T, "zone": T, "source": T}]},
    "logs": {"logs": [ROW]},
    "audit_log": {"audit_log": [{"timestamp": 1.0, "entity_id": T, "changes_json": T}], "next": T},
    "session": {"id": T, "project": T, "other_projects": [T, T], "turns": [TURN], "requests": [ROW]},
    "turns": {"turns": [TURN], "next": T},
    "egress": {"egress": [{"at": 1.0, "target": T, "host": T, "project": T, "sent_bytes": 1, "sent_s": 0}]},
    "latency": {"latency": {"by_model": {T: {"count": 1, "ttfb_ms": {"p50": 1.0}, "recorded_ms": {"p50": None}}}}},
    "start_engine": {"engine": ENGINE},
    "stop_engine": {"engine": ENGINE},
    "create_key": KEY, "rotate_key": KEY, "show_key": KEY,
}  # fmt: skip
OTHERS = {
    "id": T,
    "entries": [{"name": T, "more": {T: [T, T]}, "error": T}],
    "one": {T: T},
    "preview": True,
    "would": T,
}
"""Operations without a form of their own print any answer."""
SPOKEN = sorted(name for name, o in OPERATIONS.items() if o.verb and name != "pull_model")


def _filled(shape: Any, text: str) -> Any:
    if isinstance(shape, str):
        return text if shape == T else shape
    if isinstance(shape, dict):
        return {_filled(k, text): _filled(v, text) for k, v in shape.items()}
    return [_filled(v, text) for v in shape] if isinstance(shape, list) else shape


def _printed(name: str, text: str, *, as_json: bool) -> str:
    answer = _filled(SHAPES.get(name, OTHERS), text)

    async def ask(*_: Any) -> Any:
        return answer

    out = io.StringIO()
    options = argparse.Namespace(json=as_json, confirm=False)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.setattr(operate, "ask", ask)
        patch.setattr(operate, "_params", lambda *_: {})
        patch.setattr(sys, "stdin", io.StringIO())
        operate.run(OPERATIONS[name], options)
    return out.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("name", SPOKEN)
@settings(max_examples=15)
@given(text=HOSTILE)
def test_no_verb_prints_what_steers_a_terminal(name: str, as_json: bool, text: str) -> None:
    printed = _printed(name, text, as_json=as_json)
    assert not steers(printed, lines=True)
    if as_json:
        return
    # further lines are indented, so that none passes for a line of the program
    assert not any(line.startswith("voicegw: FAKE") for line in printed.splitlines())


@given(HOSTILE)
def test_an_error_is_one_line_and_indented_ones(text: str) -> None:
    def fails(_: Any) -> int:
        raise VoiceGatewayError(f"There is no model {text}.")

    out = io.StringIO()
    with contextlib.redirect_stderr(out):
        assert _guarded(argparse.Namespace(run=fails, temp_basedir=False, config=None)) == 1
    first, *more = out.getvalue().splitlines()
    assert first.startswith("voicegw: There is no model ")
    assert all(line.startswith(" ") or not line for line in more)
    assert not steers(out.getvalue(), lines=True)


@given(HOSTILE)
def test_exported_costs_hold_no_formula(text: str) -> None:
    async def ask(*_: Any) -> Any:
        return {"period": "all", "by_model": {text: {"cost": 1.5, "requests": 2}}, "by_project": {text: -1.0}}

    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.setattr(operate, "ask", ask)
        exports.export_costs(argparse.Namespace(period="all", project=None, output=None, json=False, format="csv"))
    rows = list(csv.reader(io.StringIO(out.getvalue())))
    assert len(rows) == 3
    for row in rows[1:]:
        assert not steers("".join(row))
        assert row[2].lstrip()[:1] not in ("=", "+", "-", "@", "\t")


@pytest.mark.parametrize("text", ATTACKS)
def test_log_lines_are_one_line_each(text: str) -> None:
    handler = logging.StreamHandler(out := io.StringIO())
    handler.setFormatter(logs.PrintableFormatter(logs.FORM))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.warning("The model %s failed", text)
    assert len(out.getvalue().splitlines()) == 1
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("It broke")
    assert not steers(out.getvalue(), lines=True)
    assert all(line.startswith("  ") for line in out.getvalue().splitlines()[2:])


def test_the_log_of_the_command_line_is_protected(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    assert logging.lastResort is not None
    form = logging.lastResort.formatter
    try:
        logs.protect()
        logging.getLogger("test.printed").warning("a\x1b[2J%s", "\nFAKE")
    finally:
        root.handlers = before
        logging.lastResort.setFormatter(form)
    assert capsys.readouterr().err == "a\\x1b[2J\\nFAKE\n"


def test_the_command_line_prints_in_one_place() -> None:
    folder = Path(terminal.__file__).parent
    found = []
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append(f"{file.name}:{ast.unparse(node)}")
    assert [f for f in found if not f.startswith("terminal.py")] == ["main.py:print(f'voicegw {__version__}')"]


def test_a_sum_stands_in_one_column(capsys: pytest.CaptureFixture[str]) -> None:
    tables.table([{"id": "a", "cost_nanos": 5, "total_cost_usd": 5e-9}])
    heading = capsys.readouterr().out.splitlines()[0]
    assert "NANOS" not in heading
    assert "TOTAL COST USD" in heading
    # where nothing else tells the sum it stays
    tables.table([{"id": "a", "held_nanos": 5}])
    assert "HELD NANOS" in capsys.readouterr().out


def test_times_and_sizes_are_in_peoples_units(capsys: pytest.CaptureFixture[str]) -> None:
    kept = [{"kind": "requests", "days": 730, "oldest": 1795864421.04}]
    tables.show("show_storage", {"file": "x.db", "size_bytes": 217_088, "max_bytes": 10_737_418_240, "kept": kept})
    said = capsys.readouterr().out
    assert "size: 217 kB" in said
    assert "max: 10737 MB" in said
    assert "1795864421" not in said


def test_settings_fit_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "path": "desktop.theme",
        "value": "dark",
        "source": "default",
        "where": "",
        "about": "Long.",
        "title": "Colours",
    }
    tables.show("settings", {"settings": [{**row, "choices": [{"title": "Dark", "value": "dark"}]}]})
    assert capsys.readouterr().out.splitlines()[1].split() == ["desktop.theme", "dark", "default", "dark"]


@pytest.mark.parametrize("name", ["logs", "sessions", "turns", "egress", "audit_log"])
def test_a_page_says_how_to_see_the_next(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    tables.show(name, {name: [], "next": "2.5-r1"})
    assert "For older ones: --before 2.5-r1" in capsys.readouterr().out
    tables.show(name, {name: [], "next": None})
    assert "next" not in capsys.readouterr().out


def test_costs_that_are_not_recorded_are_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    tables.show("costs", {"period": "today", "project": None, "total": None, "tracking": False})
    assert capsys.readouterr().out == "today: unknown; nothing is recorded, because cost tracking is off\n"


def test_failures_that_were_not_counted_are_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"key": "new", "requests": 9, "errors": 0}, {"key": "old", "requests": 9, "errors": None}]
    tables.show("costs", {"period": "all", "project": None, "total": 0, "rows": rows})
    assert capsys.readouterr().out.splitlines()[1:] == [
        "KEY  REQUESTS  ERRORS", "new  9         0", "old  9         unknown"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ends", "told"),
    [((2, None), "since 1970-01-02 00:00:00: "), ((None, 9), "before 1970-01-09 00:00:00: "),
     ((2, 9), "1970-01-02 00:00:00 until before 1970-01-09 00:00:00: "), ((None, None), "range: ")],
)  # fmt: skip
@pytest.mark.parametrize("name", ["costs", "what_if"])
def test_a_span_tells_which_end_is_given(
    name: str, ends: tuple[int | None, int | None], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    start, end = (None if day is None else day_of_1970(day) for day in ends)
    tables.show(name, {"period": "range", "from": start, "to": end, "total": 1.0, "served": 1.0, "stacks": []})
    assert capsys.readouterr().out.startswith(told)


def test_a_session_is_told_in_peoples_units(capsys: pytest.CaptureFixture[str]) -> None:
    session = {"id": "a\u202eb", "started_at": day_of_1970(2), "cost_nanos": 85_005, "total_cost_usd": 8.5005e-05}
    tables.show("session", {**session, "turns": [], "requests": []})
    assert capsys.readouterr().out.splitlines() == [
        "id: a\\u202eb", "started at: 1970-01-02 00:00:00", "total cost usd: $0.000085"
    ]  # fmt: skip


def test_a_session_names_the_projects_with_one_of_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    session: dict[str, Any] = {"id": "room", "project": "shop", "turns": [], "requests": []}
    tables.show("session", {**session, "other_projects": []})
    assert "project" not in capsys.readouterr().out.replace("project: shop", "")
    tables.show("session", {**session, "other_projects": ["bar", "cafe"]})
    assert capsys.readouterr().out.splitlines()[2:] == [
        "Other projects have a session of this name, too: bar, cafe. For theirs: --project bar"
    ]


def test_turns_of_several_days_have_their_day(capsys: pytest.CaptureFixture[str]) -> None:
    turns = [{**TURN, "started_at": day_of_1970(day)} for day in (5, 2)]
    tables.show("turns", {"turns": turns})
    assert "turn 1  1970-01-02 00:00:00  " in capsys.readouterr().out
    tables.show("turns", {"turns": turns[1:]})
    assert "turn 1  00:00:00  " in capsys.readouterr().out


def day_of_1970(day: int) -> float:
    """The beginning of a day of January 1970, in the zone of this machine."""
    return datetime(1970, 1, day).timestamp()


def test_a_failed_turn_counts_and_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    printed = Printed()
    failed = Turn(said="Hi", error="groq answered 500.")
    for _ in range(2):
        printed.take(failed)
    assert (printed.over, printed.answered) == (1, 0)
    printed.take(Turn(said="Hi", answer="Hello.", done_at=1.0))
    assert (printed.over, printed.answered) == (2, 1)
    out, wrong = capsys.readouterr()
    assert "groq answered 500." in wrong
    assert "Hello." in out


def test_a_cost_without_what_has_no_price_does_not_look_whole() -> None:
    line = next(line for line in waterfall([{**TURN, "cost_nanos": 2_000_000, "unpriced": 1}]) if line)
    assert line.endswith("$0.002000 without 1 request of unknown price")
    assert next(line for line in waterfall([{**TURN, "unpriced": 3}]) if line).endswith("unknown")
