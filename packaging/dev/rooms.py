"""The table of rooms in ARCHITECTURE.md, made from the layers in .importlinter and each package's first docstring line.

`python packaging/dev/rooms.py` writes it; `--check` only compares and exits with 1 when the page is stale.
"""

from __future__ import annotations

import ast
import configparser
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- rooms: made by packaging/dev/rooms.py -->", "<!-- /rooms -->"


def layers() -> list[list[str]]:
    """Rooms by floor, the top first; rooms on one floor may not import each other."""
    parser = configparser.ConfigParser(comment_prefixes=("#",))
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    lines = parser["importlinter:contract:floors"]["layers"].split("\n")
    return [[name.strip() for name in line.split("|")] for line in lines if line.strip()]


def purpose(room: str) -> str:
    """The first line of the room's docstring."""
    folder = ROOT / "voicegw_desktop" / room
    source = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    return (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").split("\n")[0]


def table() -> str:
    """The Markdown table."""
    rows = ["| floor | room | what it holds |", "|---|---|---|"]
    for number, rooms in enumerate(reversed(layers()), 1):
        for room in rooms:
            name = f"`{room}/`" if (ROOT / "voicegw_desktop" / room).is_dir() else f"`{room}.py`"
            rows.append(f"| {number} | {name} | {purpose(room)} |")
    return "\n".join([*rows[:2], *reversed(rows[2:])])


def main(check: bool) -> int:
    """Write or compare the table; the exit status."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    fresh = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if check:
        return 0 if fresh == page else 1
    PAGE.write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main("--check" in sys.argv[1:]))
