"""Each claim of THREAT_MODEL.md and each rule of docs/livekit.md names a test that exists."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("THREAT_MODEL.md", "docs/livekit.md")


def named(page: str) -> list[tuple[str, str]]:
    return named_in((ROOT / page).read_text(encoding="utf-8"))


def named_in(text: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


def test_the_pages_name_tests() -> None:
    assert len(named("THREAT_MODEL.md")) > 30
    assert len(named("docs/livekit.md")) > 15


@pytest.mark.parametrize(("file", "test"), sorted({found for page in PAGES for found in named(page)}))
def test_it_exists(file: str, test: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE)


def claims() -> dict[str, str]:
    """Every bullet and every row of THREAT_MODEL.md, by its first words; what is not defended claims nothing."""
    text = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8").partition("## What is not defended")[0]
    text = re.sub(r"\n +", " ", text)
    lines = text.splitlines()
    heads = {line for line, below in itertools.pairwise(lines) if below.startswith("|--")}
    return {line[:60]: line for line in lines if line.startswith(("* ", "| ")) and line not in heads}


@pytest.mark.parametrize("claim", claims().values(), ids=list(claims()))
def test_each_claim_names_its_test(claim: str) -> None:
    assert named_in(claim), claim
