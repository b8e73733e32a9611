"""Text that would steer a terminal, reorder a line or begin a formula, and what to look for in what was printed."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

ATTACKS = (
    "\x1b]0;title\x07\x1b[2J\x1b[31m\nvoicegw: FAKE LINE",
    "\x9b31mred",
    "\u202egpj.exe",
    "a\u2066b\u2069\u200e\u200f",
    "line\u2028line\u2029line\r\n",
    '=HYPERLINK("http://x")',
    "\t=1+1",
    "@SUM(A1)",
    "<b>bold</b> & _x",
)
CHARACTERS = st.one_of(st.characters(), st.sampled_from("\x00\x07\x1b\x7f\x9b\n\r\t=+-@\u202e\u2066\u200f\u2028\ufeff"))
HOSTILE = st.one_of(st.sampled_from(ATTACKS), st.text(CHARACTERS, max_size=30))


def steers(printed: str, *, lines: bool = False) -> list[str]:
    """The characters of `printed` that a display acts on instead of showing them; `lines`: except line breaks."""
    return [
        c
        for c in printed
        if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and c not in "\u200c\u200d"
        and not (lines and c == "\n")
    ]
