"""Draws conversations as text: each turn's stages as bars on one scale, and what happened in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from voicegw_desktop.core.money import printed
from voicegw_desktop.core.text import counted, printable
from voicegw_desktop.core.typed import Record, number, record

WIDTH = 48  # characters of the longest turn's bar
NAME = 13  # characters of a stage's name
HAPPENED = (
    ("tool_calls", "tool call"),
    ("false_starts", "false start"),
    ("errors", "error"),
    ("fallbacks", "fallback"),
)


def waterfall(turns: list[dict[str, Any]]) -> Iterator[str]:
    """The lines of turns, oldest first."""
    days = {time.strftime("%Y-%m-%d", time.localtime(turn["started_at"])) for turn in turns}
    longest = max((sum(turn["stages"].values()) for turn in turns), default=0.0)
    for place, turn in enumerate(turns, 1):
        yield ""
        yield from drawn(turn, place, longest, dated=len(days) > 1)


def drawn(turn: dict[str, Any], number: int, longest_ms: float, *, dated: bool = False) -> list[str]:
    """The lines of one turn; `longest_ms` is as wide as the bars get, `dated`: its day stands before its time."""
    clock = time.strftime("%Y-%m-%d %H:%M:%S" if dated else "%H:%M:%S", time.localtime(turn["started_at"]))
    head = [f"turn {number}", clock]
    whole = turn["first_audio_ms"]
    head.append("the agent began" if not turn["utterances"] else counted(turn["utterances"], "utterance"))
    if whole is not None:
        head.append(f"first sound after {whole:.0f} ms" + (" of a recording" if turn["recorded"] else ""))
    head += [printable(target) for target in (turn["stt"], turn["llm"], turn["tts"]) if target]
    cost = printed(turn["cost_nanos"])
    if turn["unpriced"] and turn["cost_nanos"] is not None:
        cost += f" without {counted(turn['unpriced'], 'request')} of unknown price"
    lines = ["  ".join([*head, cost])]
    at = 0.0
    for name, length in turn["stages"].items():
        scale = WIDTH / longest_ms if longest_ms else 0.0
        start, end = round(at * scale), round((at + length) * scale)
        bar = " " * start + ("=" * (end - start) or "|")
        lines.append(f"  {name:{NAME}} {bar:{WIDTH + 1}} {length:8.1f} ms")
        at += length
    lines += [f"  {happened}" for happened in _happened(turn)]
    for who in ("person", "agent"):
        if turn.get(who):
            lines.append(f"  {who}: {printable(turn[who])}")
    return lines


def _happened(turn: dict[str, Any]) -> list[str]:
    found = []
    if turn["interrupted_ms"] is not None:
        over = turn["talk_over_ms"] / 1000
        found.append(
            f"interrupted after {turn['interrupted_ms'] / 1000:.1f} s of the answer; both spoke for {over:.1f} s"
        )
    gaps = (turn["dead_air_ms"] or 0.0) - max(0.0, turn["first_audio_ms"] or 0.0)
    if gaps >= 1:
        found.append(f"{gaps:.0f} ms of silence inside the answer")
    counts = [counted(turn[key], word) for key, word in HAPPENED if turn[key]]
    return [*found, ", ".join(counts)] if counts else found


def figures_lines(figures: Record) -> list[str]:
    """How well the turns went, in a line or two; none where there are no turns."""
    count = figures.get("turns")
    if not count:
        return []
    waits = [
        f"{words} {_told(figures.get(name), ' ms', 0)}"
        for name, words in (
            ("first_audio_ms", "first sound"),
            ("final_ms", "transcript"),
            ("first_token_ms", "first token"),
            ("dead_air_ms", "dead air"),
        )
        if figures.get(name)
    ]
    counts = [f"{figures['interrupted']} interrupted"] if figures.get("interrupted") else []
    kinds = (("false_starts", "false start"), ("tool_calls", "tool call"), ("errors", "error"))
    counts += [counted(figures[name], word) for name, word in kinds if figures.get(name)]
    if over := number(figures.get("talk_over_ms")):
        counts.append(f"{over / 1000:.1f} s talk-over")
    speeds = [f"{rate:.3g} requests/s"] if (rate := number(figures.get("requests_per_s"))) else []
    if figures.get("tokens_per_s"):
        speeds.append(f"tokens/s {_told(figures['tokens_per_s'], '', 1)}")
    speeds += [f"RTF of {name} {_told(told, '', 2)}" for name, told in record(figures.get("rtf")).items()]
    return [
        counted(count, "turn") + (", p50 / p95: " + "; ".join(waits) if waits else ""),
        *(["  " + ", ".join(counts)] if counts else []),
        *(["  " + ", ".join(speeds)] if speeds else []),
    ]


def _told(percentiles: object, unit: str, digits: int) -> str:
    found = record(percentiles)
    p50, p95 = number(found.get("p50")), number(found.get("p95"))
    return f"{p50 or 0.0:.{digits}f} / {p95 or 0.0:.{digits}f}{unit}"
