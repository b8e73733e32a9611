"""Each claim of THREAT_MODEL.md and each rule of docs/livekit.md names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("THREAT_MODEL.md", "docs/livekit.md")


def named(page: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / page).read_text(encoding="utf-8"))


def test_the_pages_name_tests() -> None:
    assert len(named("THREAT_MODEL.md")) > 30
    assert len(named("docs/livekit.md")) > 15


@pytest.mark.parametrize(("file", "test"), sorted({found for page in PAGES for found in named(page)}))
def test_it_exists(file: str, test: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE)
