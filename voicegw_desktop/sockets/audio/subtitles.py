"""Transcripts as SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voicegw_desktop.core.events import Final, Segment, Word

MAX_CUE_S = 6.0  # s a subtitle stays
MAX_CUE_CHARS = 84  # two lines of 42


def segments_of(finals: Iterable[Final]) -> list[Segment]:
    """Subtitle-sized parts of a transcript: the engine's own, or cut from words where it gave none."""
    found: list[Segment] = []
    for final in finals:
        if final.segments:
            found += final.segments
        elif final.words:
            found += _from_words(final.words)
        elif final.text.strip():
            found.append(Segment(final.text.strip(), final.start_s, final.end_s))
    return found


def _from_words(words: Sequence[Word]) -> list[Segment]:
    cues: list[Segment] = []
    held: list[Word] = []
    length = 0
    for word in words:
        if held and (word.end_s - held[0].start_s > MAX_CUE_S or length + len(word.text) + 1 > MAX_CUE_CHARS):
            cues.append(_cue(held))
            held, length = [], 0
        held.append(word)
        length += len(word.text) + 1
        if word.text.rstrip().endswith((".", "!", "?")):
            cues.append(_cue(held))
            held, length = [], 0
    if held:
        cues.append(_cue(held))
    return cues


def _cue(words: Sequence[Word]) -> Segment:
    return Segment(" ".join(w.text.strip() for w in words), words[0].start_s, words[-1].end_s)


def srt(segments: Iterable[Segment]) -> str:
    """SubRip: numbered cues, times with a comma."""
    cues = (
        f"{i}\n{_time(s.start_s, ',')} --> {_time(s.end_s, ',')}\n{_line(s.text, arrow='->')}\n"
        for i, s in enumerate(segments, 1)
    )
    return "\n".join(cues)


def vtt(segments: Iterable[Segment]) -> str:
    """WebVTT; `&`, `<` and `>` are escaped as its grammar asks."""
    cues = (f"{_time(s.start_s, '.')} --> {_time(s.end_s, '.')}\n{_escaped(_line(s.text))}\n" for s in segments)
    return "\n".join(["WEBVTT\n", *cues])


def _time(seconds: float, point: str) -> str:
    ms = max(0, round(seconds * 1000))
    hours, ms = divmod(ms, 3_600_000)
    minutes, ms = divmod(ms, 60_000)
    whole, ms = divmod(ms, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{ms:03d}"


def _line(text: str, arrow: str = "-->") -> str:
    # a blank line or an arrow inside the text would end the cue
    return " ".join(text.split()).replace("-->", arrow)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
