"""The documentation's pages, and their code blocks."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^|[\s(|;&]|\$\()(?:\.venv/bin/)?voicegw(?= )([^|;&)\n]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line of the page it begins on, its language and its text."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Every block in one of `languages`."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in _BLOCK.finditer(text):
            if match[2] in languages:
                line = text.count("\n", 0, match.start()) + 1
                found.append(Block(page, line, match[2], textwrap.dedent(match[3])))
    return found


def commands(text: str) -> Iterator[list[str]]:
    """The words of each `voicegw` command in a shell block, without comments, redirections and assignments."""
    for line in text.replace("\\\n", " ").splitlines():
        bare = re.sub(r"(^|\s)#.*", "", line)
        for match in _COMMAND.finditer(bare):
            words = match[1].split(" > ")[0].replace("…", "x").strip()
            try:
                yield shlex.split(words)
            except ValueError:
                yield words.split()


def inline() -> list[Block]:
    """Every `voicegw …` in running text, except forms with `[…]`, generated pages, and pages about removed things."""
    found = []
    for page in PAGES:
        if page.name in ("CHANGELOG.md", "reference.md"):
            continue
        text = page.read_text("utf-8")
        for match in re.finditer(r"`(voicegw [a-z][^`\n[]*)`", text):
            found.append(Block(page, text.count("\n", 0, match.start()) + 1, "inline", match[1]))
    return found


def links(page: Path) -> Iterator[str]:
    """The targets of a page's links and pictures that name no other host."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for match in re.finditer(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", match[1]):
            yield match[1]


def anchors(page: Path) -> set[str]:
    """What `#…` may name on a page: its headings in lower case, words joined by `-`."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
