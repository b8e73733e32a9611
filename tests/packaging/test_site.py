"""The pages build into a site: links lead somewhere, each page is in its menu, and words are found."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from voicegw_desktop import __version__

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.process


def test_the_site_builds() -> None:
    command = [sys.executable, str(ROOT / "packaging" / "dev" / "site.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    site = ROOT / "build" / "site" / __version__
    assert f"{__version__}/index.html" in (ROOT / "build" / "site" / "versions.html").read_text("utf-8")
    assert "../versions.html" in (site / "index.html").read_text("utf-8")
    found = json.loads((site / "search" / "search_index.json").read_text("utf-8"))["docs"]
    assert {"docs/home-assistant.html", "docs/reference.html", "docs/api.html"} <= {each["location"] for each in found}
    assert any("attach" in each["text"] for each in found if each["location"].startswith("docs/api.html"))


def test_versions_stand_beside_each_other(tmp_path: Path) -> None:
    for name in ("0.9.0", "0.10.0", "search", "0.2.1"):
        (tmp_path / name).mkdir()
    listed = runpy.run_path(str(ROOT / "packaging" / "dev" / "site.py"))["list_versions"](tmp_path)
    assert listed == ["0.10.0", "0.9.0", "0.2.1"]
    assert "url=0.10.0/index.html" in (tmp_path / "index.html").read_text()
    assert (tmp_path / "versions.html").read_text().count("<li>") == 3


def test_each_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert yaml.safe_load(menu)["site_name"]
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if page not in menu} == set()
