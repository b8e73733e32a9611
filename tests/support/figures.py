"""One way to print a measured figure: a table row `figure | measured | wanted`, and whether it was reached."""

from __future__ import annotations

import json
import os
from pathlib import Path

COLLECT = "VOICEGW_BENCH_FIGURES"
"""Names the file to which each row is added as a JSON line, for a program that runs several benches."""
WIDTHS = (58, 16, 12)


def title(text: str) -> None:
    """Begin a table."""
    what, measured, wanted = WIDTHS
    print(f"\n{text}\n{'figure':{what}} {'measured':>{measured}} {'wanted':>{wanted}}", flush=True)


def row(
    figure: str, measured: float, unit: str = "", *, at_most: float | None = None, at_least: float | None = None
) -> bool:
    """Print one figure; True when it is as wanted, or when no value is wanted."""
    good = (at_most is None or measured <= at_most) and (at_least is None or measured >= at_least)
    wanted = ""
    if at_most is not None:
        wanted = f"≤ {at_most:g} {unit}".rstrip()
    elif at_least is not None:
        wanted = f"≥ {at_least:g} {unit}".rstrip()
    digits = 0 if abs(measured) >= 100 else 1 if abs(measured) >= 10 else 2
    shown = f"{measured:.{digits}f} {unit}".rstrip()
    mark = "" if good else "  missed"
    print(f"{figure:{WIDTHS[0]}} {shown:>{WIDTHS[1]}} {wanted:>{WIDTHS[2]}}{mark}".rstrip(), flush=True)
    if into := os.environ.get(COLLECT):
        with Path(into).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"figure": figure, "measured": shown, "wanted": wanted, "good": good}) + "\n")
    return good
