"""Words wrong of live streams that show interims, and the work that each model does for them.

`python -m tests.bench.live_words [model ...] [--show]`. Besides the recordings of `tests.bench.ends`: each of the four
behind each other one, without a pause. Time is counted in the audio (tests/support/audio_time.py), so that two runs of
one tree print the same, and two trees can be compared on a busy machine. `--show` prints what was heard wrong.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections import Counter
from pathlib import Path
from typing import Any, cast

from tests.bench.ends import TAIL_S, Made, recordings
from tests.support.audio_time import AudioTime
from tests.support.figures import row, title
from tests.support.speech import WORDS, word_errors
from tests.support.stt import clip, silence
from tests.support.weights import weights_folder
from voicegw_desktop.workers.whisper.audio import RATE
from voicegw_desktop.workers.whisper.decode import FRAMES_PER_S
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions
from voicegw_desktop.workers.whisper.live import LiveStream
from voicegw_desktop.workers.whisper.loading import load
from voicegw_desktop.workers.whisper.streams import StreamOptions
from voicegw_desktop.workers.whisper.turn import MODEL, WEIGHTS, SmartTurn


class Counted:
    """A network of CTranslate2, and how much it was given to do."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.work: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, features: Any) -> Any:
        self.work["encoded"] += features.shape[-1] / FRAMES_PER_S
        return self._model.encode(features)

    def generate(self, *args: Any, **kwargs: Any) -> Any:
        found = self._model.generate(*args, **kwargs)
        self.work["written"] += len(found[0].sequences_ids[0])
        return found

    def align(self, *args: Any, **kwargs: Any) -> Any:
        self.work["aligned"] += 1
        return self._model.align(*args, **kwargs)


async def hear(time: AudioTime, one: Made) -> tuple[str, int]:
    """The words of one recording, and how many letters its interims promised, each interim counted."""
    texts: list[str] = []
    promised = 0

    async def emit(kind: str, data: dict[str, Any]) -> None:
        nonlocal promised
        if kind == "transcript":
            texts.append(data["text"])
        elif kind == "interim":
            promised += len(data["committed"])

    stream = LiveStream(
        time.engine, StreamOptions(DecodeOptions("en"), words=False, adaptive=True), emit, lambda: time.seconds
    )
    async with stream:
        await time.feed(stream, one.pcm + silence(TAIL_S))
    return " ".join(texts), promised


async def bench(store: Path, name: str, *, show: bool) -> None:
    """Print the table of one model."""
    recogniser, _ = load(store / "whisper" / name, "cpu", "int8", 1)
    made = recordings(recogniser)
    groups = {
        "as recorded": [(one, WORDS[one.name]) for one in made if not one.last],
        "with a pause put in": [(one, WORDS[one.name]) for one in made if one.last],
        "one behind another": [
            (Made(f"{a}, {b}", clip(a) + clip(b)), f"{WORDS[a]} {WORDS[b]}")
            for a, b in itertools.permutations(WORDS, 2)
        ],
    }
    counted = Counted(recogniser.model)
    recogniser.model = cast("Any", counted)
    time = AudioTime(recogniser, SmartTurn(store / MODEL / WEIGHTS))
    for group, members in groups.items():
        counted.work.clear()
        time.judge.asked = 0
        wrong = words = promised = 0
        for one, said in members:
            text, letters = await hear(time, one)
            errors, count = word_errors(said, text)
            wrong, words, promised = wrong + errors, words + count, promised + letters
            if show and errors:
                print(f"    {one.name} {one.pause_s:.1f} s: {text}")
        seconds = sum(len(one.pcm) for one, _ in members) / 2 / RATE
        title(f"whisper/{name}, {group}: {len(members)} recordings, {seconds:.0f} s")
        row(f"words wrong of {words}", wrong)
        row("letters promised by interims", promised)
        for what, unit in (("encoded", "s"), ("written", "tokens"), ("aligned", "times")):
            row(f"{what} for a second of audio", counted.work[what] / seconds, unit)
        row("Smart Turn asked for a minute of audio", time.judge.asked * 60 / seconds, "times")


async def main() -> None:
    """Print each model's tables."""
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    for name in names or ("tiny.en", "base"):
        await bench(weights_folder(), name.removeprefix("whisper/"), show="--show" in sys.argv)


if __name__ == "__main__":
    asyncio.run(main())
