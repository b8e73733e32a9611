"""The benches' history is kept as data and read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench.arguments import whole
from tests.bench.trend import main, trend

pytestmark = pytest.mark.process


def test_two_runs_become_a_trend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = tmp_path / "kept" / "bench.jsonl"
    monkeypatch.setenv("VOICEGW_BENCH_HISTORY", str(history))
    for measured, good in (("0.83 ms", True), ("1.40 ms", False)):
        bench.remember([{"figure": "first token", "measured": measured, "wanted": "≤ 1 ms", "good": good}])
    head, *figures = trend(history.read_text("utf-8").splitlines())
    assert head.startswith("runs: ")
    assert figures == ["first token: 0.83 ms → 1.40 ms (missed)"]
    assert trend(history.read_text("utf-8").splitlines(), "memory") == [head]


@pytest.mark.parametrize(("text", "told"), [("", "There is no history at"), ("[1]\n", "is no history of `make bench`")])
def test_a_file_without_runs_is_told(text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history"
    file.write_text(text)
    assert main([str(file)]) == 1
    assert told in capsys.readouterr().err


def test_a_wrong_number_on_the_command_line_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "12", "ten", "0"])
    assert (whole(1, 5), whole(4, 5)) == (12, 5)
    for position in (2, 3):
        with pytest.raises(SystemExit, match="is not a whole number, 1 or more"):
            whole(position, 5)
