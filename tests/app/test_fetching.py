"""Progress of the first download: one total, a remaining time only when it can be computed, one sentence for a
fault."""

from __future__ import annotations

import pytest

from voicegw_desktop.app.viewmodels.fetching import UNREACHED, Fetching, failure
from voicegw_desktop.app.viewmodels.starting import Starter
from voicegw_desktop.app.viewmodels.state import Pull

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


def test_no_network_is_one_sentence() -> None:
    assert failure("hub: https://x cannot be reached (Connect call failed …). packages: pip …") == UNREACHED
    assert failure("The disk is full.") == "The disk is full."
