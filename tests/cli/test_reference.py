"""The reference page is up to date, and everything on it has a description."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicegw_desktop.cli import reference
from voicegw_desktop.gateway.operations import OPERATIONS

pytestmark = pytest.mark.unit

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference.md"


def test_everything_is_described() -> None:
    assert reference.undocumented() == []


def test_the_page_is_fresh() -> None:
    fresh = PAGE.read_text("utf-8") == reference.page()
    assert fresh, "docs/reference.md is stale: python -m voicegw_desktop.cli.reference docs/reference.md"


def test_every_setting_and_operation_is_on_the_page() -> None:
    page = reference.page()
    paths = [path for path, _, _ in reference.fields()]
    assert len(paths) > 120
    assert all(f"| `{path.rpartition('.')[2]}` |" in page for path in paths)
    assert all(f"`voicegw {o.verb}`" in page and f"`{o.tool}`" in page for o in OPERATIONS.values())
    assert "voicegw_requests_total" in page
