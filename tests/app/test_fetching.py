"""Progress of the first download: one total, a remaining time only when it can be computed, one sentence for a
fault."""

from __future__ import annotations

import pytest

from voicegw_desktop.app.viewmodels.fetching import UNREACHED, Fetching, failure, failures
from voicegw_desktop.app.viewmodels.starting import Starter
from voicegw_desktop.app.viewmodels.state import Pull
from voicegw_desktop.app.viewmodels.store import summary

pytestmark = pytest.mark.unit

MB = 1_000_000
WANTED = [Starter("a", "A", "stt", 200 * MB, False), Starter("b", "B", "tts", 100 * MB, False)]


def test_the_total_does_not_shrink_when_a_model_is_done() -> None:
    pulls = {"a": Pull("a", "pulling", 50 * MB, 200 * MB)}
    fetching = Fetching(WANTED, {}, 0.0)
    assert fetching.words(pulls, 1.0) == "50 MB of 300 MB."
    pulls["b"] = Pull("b", "installed")
    assert fetching.words(pulls, 10.0) == "150 MB of 300 MB, about 10 s to go."
    assert fetching.share(pulls) == 0.5


def test_what_was_there_before_is_no_speed() -> None:
    pulls = {"a": Pull("a", "paused", 150 * MB, 200 * MB)}
    fetching = Fetching(WANTED, pulls, 0.0)
    assert fetching.words(pulls, 60.0) == "150 MB of 300 MB."


def test_a_time_to_go_of_many_hours_is_not_told() -> None:
    pulls = {"a": Pull("a", "pulling", 4_900, 200 * MB)}
    fetching = Fetching(WANTED, {}, 0.0)
    assert fetching.words(pulls, 10.0) == "4.9 kB of 300 MB."
    pulls["a"].per_s = 490.0
    assert summary([*pulls.values()]) == "1 model, 4.9 kB of 200 MB, 490 B a second"
    pulls["a"].per_s = 50_000.0
    assert summary([*pulls.values()]).endswith("50 kB a second, 1 h 7 min to go")


def test_no_network_is_one_sentence() -> None:
    assert failure("hub: https://x cannot be reached (Connect call failed …). packages: pip …") == UNREACHED
    assert failure("The disk is full.") == "The disk is full."


def test_several_models_that_fail_are_told_in_one_sentence() -> None:
    dead = "{m} could not be fetched. hub: https://{m} cannot be reached (Connect call failed …)."
    sentence, details = failures({m: dead.format(m=m) for m in ("a", "b", "c")})
    assert sentence == UNREACHED
    assert [line[:3] for line in details.splitlines()] == ["a: ", "b: ", "c: "]
    assert failures({"a": "The disk is full.", "b": "The disk is full."}) == ("The disk is full.", "")
    assert failures({"a": "The disk is full.", "b": dead}) == (
        "2 models could not be fetched. The disk is full.",
        f"a: The disk is full.\nb: {dead}",
    )
