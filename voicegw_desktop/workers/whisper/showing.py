"""What a client sees of an utterance before its final: interims, and whether one was heard in a pause."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.hypothesis import Hypothesis
from voicegw_desktop.workers.whisper.streams import Engine, StreamOptions
from voicegw_desktop.workers.whisper.utterance import Utterance

Emit = Callable[[str, dict[str, Any]], Awaitable[None]]


class Showing:
    """Sends one stream's interims."""

    def __init__(self, engine: Engine, options: StreamOptions, emit: Emit) -> None:
        self._engine, self._options, self._emit = engine, options, emit
        self._of_pause: tuple[Utterance, dict[str, Any]] | None = None  # the newest interim, if it was of a pause

    async def show(self, utterance: Utterance, heard: Hypothesis, *, pause: bool, promised: int = 0) -> None:
        """Send an interim; `promised`: tokens that the one before had committed. A pause is told once."""
        if not self._options.interim:
            return
        vocabulary = self._engine.recogniser.vocabulary
        done = [text for text, _ in utterance.parts]
        committed = " ".join(t for t in (*done, vocabulary.text(utterance.committed)) if t)
        text = " ".join(t for t in (*done, heard.text) if t)
        if self._engine.listen is not None and not pause:
            # results come more often than new words
            new = len(utterance.committed) > promised if self._options.steady else text != utterance.shown
            if not new:
                return
        utterance.shown = text
        data = {
            "text": text,
            "committed": committed if text.startswith(committed) else "",
            "language": heard.language,
            "start_s": round(utterance.started / RATE, 3),
            "pause": pause,
        }
        before, self._of_pause = self._of_pause, (utterance, data) if pause else None
        # another utterance may say the same
        told = pause and before is not None and before[0] is utterance and before[1]["text"] == text
        if not told:
            await self._emit("interim", data)

    async def resumed(self, utterance: Utterance) -> None:
        """Speech goes on: a client that prepares an answer learns it at once, without waiting for the next words."""
        before, self._of_pause = self._of_pause, None
        if before is not None and before[0] is utterance:
            await self._emit("interim", {**before[1], "pause": False})
