"""The fastest form of a network is measured once and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.workers.tts.fastest import fastest

pytestmark = pytest.mark.unit


class Stopwatch:
    def __init__(self, **seconds: float | Exception) -> None:
        self.seconds, self.asked = seconds, list[str]()

    def __call__(self, name: str) -> float:
        self.asked.append(name)
        took = self.seconds[name]
        if isinstance(took, Exception):
            raise took
        return took


def test_it_is_measured_once_for_each_machine(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "fastest.json"
    watch = Stopwatch(rewritten=0.5, plain=0.3)
    assert fastest(["rewritten", "plain"], watch, file, "this machine") == ("plain", {"rewritten": 0.5, "plain": 0.3})
    assert fastest(["rewritten", "plain"], watch, file, "this machine")[0] == "plain"
    assert watch.asked == ["rewritten", "plain"]
    fastest(["rewritten", "plain"], watch, file, "with another card")
    assert len(watch.asked) == 4


def test_small_differences_leave_the_first(tmp_path: Path) -> None:
    assert fastest(["a", "b"], Stopwatch(a=0.30, b=0.28), None, "")[0] == "a"


def test_one_form_needs_no_measuring() -> None:
    assert fastest(["a"], Stopwatch(), None, "") == ("a", {})


def test_a_damaged_memory_is_measured_again(tmp_path: Path) -> None:
    file = tmp_path / "fastest.json"
    file.write_text('{"key": {"a": "soon"')
    assert fastest(["a", "b"], Stopwatch(a=2, b=1), file, "key")[0] == "b"
    assert fastest(["a", "b"], Stopwatch(), file, "key")[0] == "b"


def test_a_form_that_does_not_run_is_left_out() -> None:
    assert fastest(["a", "b"], Stopwatch(a=ValueError("no kernel"), b=1), None, "")[0] == "b"
    with pytest.raises(ValueError, match="no kernel"):
        fastest(["a", "b"], Stopwatch(a=ValueError("no kernel"), b=ValueError("nor here")), None, "")


def test_results_for_several_devices_are_kept_together(tmp_path: Path) -> None:
    file = tmp_path / "fastest.json"
    fastest(["a", "b"], Stopwatch(a=2, b=1), file, "on a card")
    fastest(["a", "b"], Stopwatch(a=1, b=2), file, "on the processor")
    assert fastest(["a", "b"], Stopwatch(), file, "on a card")[0] == "b"
