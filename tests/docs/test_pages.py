"""The program accepts the commands on the pages, and every link has a target."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, Block, anchors, blocks, commands, inline, links
from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.parser import build_parser
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import VoiceGatewayError

pytestmark = pytest.mark.unit

TROUBLES = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
SHELL = [(block, words) for block in [*blocks("sh", "bash", "console"), *inline()] for words in commands(block.text)]


def test_there_is_something_to_check() -> None:
    assert len(SHELL) >= 20
    assert len(blocks("python")) >= 3
    assert len(blocks("yaml")) >= 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    wrong = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            wrong.append(link)
    assert wrong == []


@pytest.mark.parametrize(
    ("block", "words"), SHELL, ids=lambda value: " ".join(value) if isinstance(value, list) else str(value)
)
def test_commands_are_understood(block: Block, words: list[str]) -> None:
    said = io.StringIO()
    status: object = 0
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            build_parser().parse_args(words, namespace=Options())
        except SystemExit as end:
            status = end.code
    # running text may name a command without what it takes
    named = block.language == "inline" and " is required" in said.getvalue()
    assert status == 0 or named, f"{block}: voicegw {' '.join(words)}\n{said.getvalue()}"


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_is_python(block: Block) -> None:
    compile(block.text, str(block), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_settings_are_settings(block: Block) -> None:
    if "services:" in block.text or "jobs:" in block.text:
        pytest.skip("settings of another program")
    GatewayConfig.from_text(block.text)


SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "voicegw_desktop").rglob("*.py")))


@pytest.mark.parametrize(("status", "code"), re.findall(r"^\| (\d{3}) `(\w+)`", TROUBLES, re.MULTILINE))
def test_errors_are_what_the_page_says(status: str, code: str) -> None:
    raised = [error for error in kinds(VoiceGatewayError) if error.default_code == code]
    assert all(error.status == int(status) for error in raised)
    assert raised or f'"{code}"' in SOURCES


def kinds(error: type[VoiceGatewayError]) -> list[type[VoiceGatewayError]]:
    return [error, *(each for kind in error.__subclasses__() for each in kinds(kind))]
