"""How docstrings, comments, texts and pages are written: plain words, statements that stand alone."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = sorted((ROOT / "voicegw_desktop").rglob("*.py"))
SOURCES = [*PROGRAM, *sorted(p for p in (ROOT / "tests").rglob("*.py") if p != Path(__file__))]
SOURCES += sorted((ROOT / "packaging").rglob("*.py"))
PAGES = [
    p
    for p in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md"))
    if p.name != "CODE_OF_CONDUCT.md"
]

BACK_REFERENCE = re.compile(
    r"(?:The same|Same|They|It|Its|So much|So that|All of them|These|Those|This one|That|Another one|Theirs|As|Such|Of"
    r"|Who|Until)\b"
)
"""First words that need the line above a docstring to be understood: what it says has to stand alone."""
PEOPLE = re.compile(r"\b(?:somebody|nobody|anybody|everybody|whoever)\b", re.IGNORECASE)
"""Words for people: a docstring names the process, the client or the caller that it means."""


@functools.cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """The documented nodes and the texts of the program, parsed once."""
    kept = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Constant)
    return [
        (path, node) for path in PROGRAM for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kept)
    ]


@functools.cache
def documented() -> list[tuple[str, ast.AST, str]]:
    """(where, the documented node, text) of every docstring of the program, those below attributes too."""
    found: list[tuple[str, ast.AST, str]] = []
    for path, node in nodes():
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for before, statement in itertools.pairwise([node, *node.body]):
                if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                    continue
                if isinstance(text := statement.value.value, str):
                    where = f"{path.relative_to(ROOT)}:{statement.lineno}: {text.strip()[:90]}"
                    found.append((where, before, text.strip()))
    return found


@functools.cache
def docstrings() -> list[tuple[str, str]]:
    """(where, text) of every docstring, of tests and packaging too: these are not parsed, which would take seconds."""
    found = [(where, text) for where, _, text in documented()]
    for path in SOURCES[len(PROGRAM) :]:
        line = 1
        for number, part in enumerate(parts := path.read_text("utf-8").split('"""')):
            # every second part is inside quotes; a docstring begins on a line of its own
            if number % 2 and not parts[number - 1].rpartition("\n")[2].strip():
                found.append((f"{path.relative_to(ROOT)}:{line}: {part.strip()[:90]}", part.strip()))
            line += part.count("\n")
    return found


def test_docstrings_stand_alone() -> None:
    assert [where for where, text in docstrings() if BACK_REFERENCE.match(text)] == []


def test_docstrings_state_and_do_not_ask() -> None:
    assert [where for where, text in docstrings() if re.split(r"(?<=[.!?])\s", text)[0].endswith("?")] == []


OLD_WORDS = re.compile(
    r"\b(?:shall|upon|ought|lest|whence|whereupon|thereof|for want of|anew|for the occasion|they themselves"
    r"|hangs? up|hung up|goes before|gives way|of its own making"
    # what is in use without a voicegw.yaml is "the built-in settings", everywhere
    r"|local-only|embedded (?:one|settings|configuration|default))\b",
    re.IGNORECASE,
)
"""Words that a reader whose second language is English has to look up, images for programs, and second names."""


def odd(text: str) -> bool:
    """Whether a text has a word for people or an old word."""
    return bool(OLD_WORDS.search(text) or PEOPLE.search(text))


def test_docstrings_and_texts_are_plain() -> None:
    """Also texts of the window and errors; a single word, such as a parameter's name, is none of these."""
    found = [where for where, text in docstrings() if odd(text)]
    for path, node in nodes():
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if " " in text and "Once upon a" not in text and odd(text):
            found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {text.strip()[:90]}")
    assert found == []


def test_comments_and_pages_are_plain() -> None:
    found: list[str] = []
    for path in (*SOURCES, *PAGES):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            comment = re.sub(r"`[^`]*`", "", line) if path.suffix == ".md" else line.partition("# ")[2]
            if odd(comment):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:90]}")
    assert found == []


def test_docstrings_of_public_functions_are_sentences() -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    short = [
        where
        for where, node, text in documented()
        if isinstance(node, functions) and not node.name.startswith("_") and len(text.split()) < 3
    ]
    assert short == []
