"""Sums that were made from the rows agree with them; a difference is found and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.storage.records import RequestRecord
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = pytest.mark.unit

NOON = 1_750_000_000.0
DAY = 86_400.0


def record(number: int, at: float, **more: object) -> RequestRecord:
    values = {"session_id": f"s{number % 3}", "cost_nanos": 1000 + number, **more}
    return RequestRecord(f"r{number}", at, "stt", "openai/whisper-1", "openai", **values)  # type: ignore[arg-type]


async def test_sums_and_rows_agree_and_a_difference_is_named(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "a.db")
    await storage.open()
    assert (await storage.audit_books(everything=True))["requests"] == 0
    status = ("success", "error", "cancelled")
    await storage.log_requests(
        [
            record(n, NOON + n * DAY / 4, status=status[n % 3], cost_nanos=None if n % 5 == 0 else n * 7)
            for n in range(40)
        ]
    )
    found = await storage.audit_books(everything=True)
    assert (found["requests"], found["differences"], found["sessions"]) == (40, [], [])
    assert found["days"] in (10, 11)
    await storage.run(lambda db: db.execute("UPDATE requests SET cost_nanos = cost_nanos + 5 WHERE id = 'r7'"))
    found = await storage.audit_books(everything=True)
    (one,) = found["differences"]
    assert one["rows"]["cost_nanos"] - one["sums"]["cost_nanos"] == 5
    assert one["model"] == "openai/whisper-1"
    assert [s["session"] for s in found["sessions"]] == ["s1"]
    await storage.aclose()


async def test_only_days_that_changed_are_read_again(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "a.db")
    await storage.log_requests([record(n, NOON + n * DAY, session_id=f"s{n}", key_id="k") for n in range(6)])
    first = await storage.audit_books()
    assert (first["days"], first["agreed_before"], first["differences"]) == (6, 0, [])
    again = await storage.audit_books()
    assert (again["days"], again["agreed_before"]) == (0, 6)
    await storage.log_request(record(9, NOON + 2 * DAY + 1))
    changed = await storage.audit_books()
    assert (changed["days"], changed["agreed_before"], changed["differences"]) == (1, 5, [])
    # a day that differs is read each time until it is right
    first_day = "WHERE day = (SELECT min(day) FROM daily_costs)"
    await storage.run(lambda db: db.execute(f"UPDATE daily_costs SET cost_nanos = 0 {first_day}").rowcount)
    for _ in range(2):
        found = await storage.audit_books()
        assert (found["days"], len(found["differences"])) == (1, 1)  # type: ignore[arg-type]
    last_day = "WHERE day = (SELECT max(day) FROM daily_keys)"
    await storage.run(lambda db: db.execute(f"UPDATE daily_keys SET requests = 7 {last_day}").rowcount)
    keys = [d for d in (await storage.audit_books(everything=True))["differences"] if "key" in d]  # type: ignore[attr-defined]
    assert [(d["key"], d["sums"]["requests"], d["rows"]["requests"]) for d in keys] == [("k", 7, 1)]
    await storage.aclose()


async def test_days_whose_rows_were_forgotten_are_no_difference(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "a.db")
    await storage.open()
    await storage.log_requests([record(n, NOON + n * DAY, session_id=f"s{n}") for n in range(9)])
    await storage.run(lambda db: db.execute("DELETE FROM requests WHERE timestamp < ?", (NOON + 3.5 * DAY,)))
    found = await storage.audit_books(everything=True)
    assert (found["days"], found["differences"], found["sessions"]) == (5, [], [])
    await storage.aclose()


async def test_a_session_tells_who_served_it(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "a.db")
    await storage.open()
    await storage.log_requests(
        [
            RequestRecord("a", NOON, "stt", "whisper/base", "whisper", session_id="call"),
            RequestRecord("b", NOON + 1, "tts", "piper/joe", "piper", session_id="call"),
            RequestRecord("c", NOON + 2, "tts", "kokoro/v1", "kokoro", session_id="call"),
        ]
    )
    served = {"stt": ["whisper/base"], "tts": ["piper/joe", "kokoro/v1"]}
    assert (await storage.list_sessions())[0]["served_by"] == served
    shown = await storage.get_session("call")
    assert shown is not None
    assert shown["served_by"] == served
    await storage.aclose()
