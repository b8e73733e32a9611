"""Troubles that need a person: when they are reported, and when they end."""

from __future__ import annotations

import pytest

from voicegw_desktop.core.events import EventBus, Notice, Troubles
from voicegw_desktop.core.troubles import TroubleBoard

pytestmark = pytest.mark.unit

WHY = "groq/llama cannot be reached."


@pytest.fixture
def told() -> list[object]:
    return []


@pytest.fixture
def board(told: list[object]) -> TroubleBoard:
    bus = EventBus()
    bus.subscribe(told.append)
    return TroubleBoard(bus)


def test_a_target_that_fails_three_times_is_told_once(board: TroubleBoard, told: list[object]) -> None:
    for _ in range(2):
        board.failed("groq/llama", WHY)
    assert told == []
    for _ in range(9):
        board.failed("groq/llama", WHY)
    assert board.sentences() == [f"10 of the last 10 failed: {WHY}"]
    notices = [e for e in told if isinstance(e, Notice)]
    assert [(n.code, n.message) for n in notices] == [("target_failing", f"3 of the last 3 failed: {WHY}")]
    assert told[0] == Troubles((f"3 of the last 3 failed: {WHY}",))


def test_one_failure_in_three_requests_is_not_forgotten(board: TroubleBoard) -> None:
    for _ in range(3):
        board.failed("groq/llama", WHY)
        board.worked("groq/llama")
        board.worked("groq/llama")
    assert board.sentences() == [f"3 of the last 7 failed: {WHY}"]


def test_it_is_over_when_three_in_a_row_are_served(board: TroubleBoard, told: list[object]) -> None:
    for _ in range(5):
        board.failed("groq/llama", WHY)
    for _ in range(3):
        assert board.sentences()
        board.worked("groq/llama")
    assert board.sentences() == []
    assert told[-1] == Troubles(())
    board.failed("groq/llama", WHY)
    assert board.sentences() == []


def test_names_that_clients_invent_are_bounded(board: TroubleBoard) -> None:
    for number in range(1000):
        for _ in range(3):
            board.failed(f"openai/{number}", WHY)
    assert len(board.sentences()) <= 256
