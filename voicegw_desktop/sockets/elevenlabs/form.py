"""What ElevenLabs' doors have in common: names, formats, texts, when each character is heard, errors in that form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.events import Word
from voicegw_desktop.sockets.provider_form import ProviderForm

TEXT_LIMIT = 20_000  # characters of one message
RATES = range(8_000, 48_001)  # samples per second
SPEEDS = (0.25, 4.0)


FORM = ProviderForm("elevenlabs")


def error_form(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """ElevenLabs' words beside the one error shape."""
    error = body["error"]
    return {"detail": {"status": error["code"] or error["type"], "message": error["message"]}, **body}


def parse_format(name: str) -> tuple[str, int | None]:
    """`pcm_24000` → (pcm, 24000), `mp3_44100_128` → (mp3, None); raises BadRequest."""
    kind, _, rest = name.partition("_")
    if kind in ("pcm", "wav") and rest.isdigit() and int(rest) in RATES:
        return kind, int(rest)
    if kind in ("ulaw", "alaw") and rest == "8000":
        return "mulaw" if kind == "ulaw" else "alaw", 8_000
    if kind in ("mp3", "opus"):
        return kind, None
    raise BadRequest(
        f'output_format "{name[:40]}" is not served; ask for pcm_24000, wav_24000, ulaw_8000, mp3_44100_128 or'
        " opus_48000_64.",
        param="output_format",
    )


def text_of(value: Any) -> str:
    """A text of the client's."""
    if not isinstance(value, str):
        raise BadRequest('"text" must be a string.', param="text")
    if len(value) > TEXT_LIMIT:
        raise BadRequest(f"The text is over {TEXT_LIMIT} characters; send it in pieces.", param="text")
    return value


def speed_of(settings: Any) -> float:
    """`voice_settings.speed`; the other settings have no counterpart here."""
    if settings is None:
        return 1.0
    speed = settings.get("speed") if isinstance(settings, dict) else "no object"
    if speed is None:
        return 1.0
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise BadRequest(f"voice_settings.speed must be {SPEEDS[0]:g} to {SPEEDS[1]:g}.", param="voice_settings.speed")
    return float(speed)


def characters(words: Iterable[Word]) -> list[tuple[str, float, float]]:
    """(character, when it begins, when it ends) in seconds, evenly over each word; a space behind each."""
    words = list(words)
    found: list[tuple[str, float, float]] = []
    for i, word in enumerate(words):
        text = word.text.strip()
        if not text:
            continue
        each = max(0.0, word.end_s - word.start_s) / len(text)
        found += [(c, word.start_s + n * each, word.start_s + (n + 1) * each) for n, c in enumerate(text)]
        until = words[i + 1].start_s if i + 1 < len(words) else word.end_s
        found.append((" ", word.end_s, max(word.end_s, until)))
    return found
