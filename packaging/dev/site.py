"""The documentation as a site with search: `python packaging/dev/site.py`, or `make site`; it lies in build/site.

The pages of the repository are copied below build/pages with their links, and a page of the Python surface is made from
its docstrings; then mkdocs builds them and fails at a link that leads nowhere.
"""

from __future__ import annotations

import importlib
import inspect
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "build" / "pages"
SURFACE = ("voicegw_desktop", "voicegw_desktop.inference", "voicegw_desktop.testing")
"""Modules whose `__all__` is promised to users."""
_LINK = re.compile(r"\[([^\]\n]+)\]\((?![a-z]+:|#)([^)#\s]+)[^)]*\)")


def copy_pages() -> None:
    """Put every page, and the pictures, below build/pages; README.md becomes the start page."""
    shutil.rmtree(PAGES, ignore_errors=True)
    (PAGES / "docs").mkdir(parents=True)
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        target = PAGES / page.relative_to(ROOT)
        text = _LINK.sub(partial(_link, page), page.read_text("utf-8"))
        (target.with_name("index.md") if page.name == "README.md" else target).write_text(text, "utf-8")
    for picture in (ROOT / "docs").glob("*.png"):
        shutil.copy(picture, PAGES / "docs")


def _link(page: Path, link: re.Match[str]) -> str:
    """A link as the site needs it: to a page or picture, or the bare words where the target is no page."""
    target = (page.parent / link[2]).resolve()
    if target.suffix not in (".md", ".png"):
        return link[1]
    return link[0].replace("README.md", "index.md") if target == ROOT / "README.md" else link[0]


def surface() -> str:
    """The page of the Python surface, in Markdown."""
    parts = ["# The Python surface\n\nMade from the docstrings of what `__all__` promises.\n"]
    for name in SURFACE:
        module = importlib.import_module(name)
        parts.append(f"## {name}\n\n{inspect.getdoc(module) or ''}\n")
        for each in getattr(module, "__all__", ("attach",)):
            found = getattr(module, each)
            if inspect.ismodule(found):
                continue
            try:
                signature = str(inspect.signature(found)) if callable(found) else ""
            except (TypeError, ValueError):
                signature = ""
            doc = (inspect.getdoc(found) or "") if callable(found) else f"`{found!r}`"
            parts.append(f"### {each}\n\n```python\n{each}{signature}\n```\n\n{doc}\n")
    return "\n".join(parts)


def main() -> int:
    """Copy, make, build; the exit status of mkdocs."""
    copy_pages()
    (PAGES / "docs" / "api.md").write_text(surface(), "utf-8")
    return subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-q"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
