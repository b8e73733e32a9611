"""An unmodified agent file by LiveKit's own console: greeted, interrupted, heard, a tool called, answered aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import Served, served
from tests.support.speech import WORDS, word_errors
from voicegw_desktop.testing.clients.console_host import ConsoleHost, Heard, console

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

pytest.importorskip("livekit.agents", reason="the livekit extra is not installed")
AGENT = Path(__file__).with_name("agent_file.py")
ECHO_WARM_UP = 3.5  # s
PATIENCE = 90.0  # s for any step; engines are nice, and a machine that is busy with something else lets them wait
UNHEARD = 15.0  # s after which a caller says it again
RECORDING = "austen-0920.wav"


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir, llm="qwen2.5-coder-0.5b") as it:
        yield it


def has_final(heard: Heard) -> bool:
    return any(t.is_final for t in heard.of("user_input_transcribed"))


async def interrupt(host: ConsoleHost, recording: Path) -> None:
    """Speak until the agent falls silent, and repeat what was not transcribed, as a caller would."""
    for last in (False, False, True):
        host.say(recording)
        try:
            await host.until("interruption", lambda heard: heard.cleared > 0, PATIENCE if last else UNHEARD)
            return
        except AssertionError:
            if last:
                raise


@pytest.mark.timeout(6 * PATIENCE)
async def test_a_whole_call(gateway: Served, speech_dir: Path, tmp_path: Path) -> None:
    async with console(AGENT, gateway.livekit_env(), tmp_path / "agent.log") as host:
        # LiveKit ignores audio in the first three seconds, while its echo canceller warms up
        await host.until("greeting", lambda heard: heard.playing_s > ECHO_WARM_UP and heard.loudest > 1000, PATIENCE)
        await interrupt(host, speech_dir / RECORDING)
        await host.until("final transcript", has_final, PATIENCE)
        await host.until("tool call", lambda heard: bool(heard.of("function_tools_executed")), PATIENCE)
        before = host.heard.audio_s
        await host.until("spoken answer", lambda heard: heard.audio_s > before + 0.5, PATIENCE)
    heard = host.heard
    finals = [t.transcript for t in heard.of("user_input_transcribed") if t.is_final]
    wrong, wanted = min(word_errors(WORDS[RECORDING], text) for text in (" ".join(finals), *finals))
    assert wrong / wanted <= 0.2, finals
    calls = heard.of("function_tools_executed")[0]
    assert calls.function_calls[0].name == "write_down"
    assert not calls.function_call_outputs[0].is_error
    assert not heard.of("error"), heard.of("error")
