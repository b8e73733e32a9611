"""A pytest plugin: the tests that may fail once, each with its reason. Every other test fails at its first failure.

A test belongs here only if something other than the program decides its result (the load of the machine, the words that
a model chooses), and only until the test is mended. tests/test_categories.py holds the list to tests that exist.
"""

from __future__ import annotations

import pytest

MOST = 10
SOUND = "a sound server plays in the time of the wall clock, and words are lost where a busy machine holds it up"
RERUNS = {
    "tests/sound/test_sound_e2e.py::test_a_talk_is_answered_aloud_and_timed": SOUND,
    "tests/sound/test_sound_e2e.py::test_listen_hears_the_words": SOUND,
    "tests/conformance/test_livekit_agent.py::test_a_whole_call": (
        "a spoken interruption reaches a real recogniser in pieces whose length depends on the load of the machine"
    ),
    "tests/workers/test_tts_engines.py::test_first_audio_does_not_wait_for_the_rest": (
        "compares two durations of one engine; other work on the cores may slow down only one of them"
    ),
    "tests/workers/test_tts_engines.py::test_a_hang_up_frees_the_engine": (
        "compares two durations of one engine; other work on the cores may slow down only one of them"
    ),
    "tests/workers/test_tts_engines.py::test_stop_ends_a_synthesis_in_the_middle": (
        "compares two durations of one engine; other work on the cores may slow down only one of them"
    ),
    "tests/secrets/test_keychain.py::test_a_new_profile_serves_while_the_keychain_is_being_made": (
        "the prompt is a window of another program, gcr, whose time to appear depends on the load of the machine"
    ),
    "tests/conformance/test_livekit.py::test_cartesia_named_speech_is_served_locally": (
        "the length of the spoken sentence depends on the noise that the voice's network draws"
    ),
}


def listed(nodeid: str) -> str | None:
    """The entry of RERUNS that covers this test, with all its parameters; None: none does."""
    name = nodeid.partition("[")[0]
    return name if name in RERUNS else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow one rerun to each listed test."""
    for item in items:
        if listed(item.nodeid):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that needed their rerun, with the reason that the list gives."""
    used = [report.nodeid for report in terminalreporter.stats.get("rerun", [])]
    if used:
        terminalreporter.section("passed or failed only at the second try", yellow=True)
        for nodeid in used:
            name = listed(nodeid)
            terminalreporter.line(f"{nodeid}: {RERUNS[name] if name else 'asked for on the command line'}")
