"""The documentation as a site with search: `python packaging/dev/site.py`, or `make site`, in build/site/VERSION.

Folders of other versions beside it stay: `versions.html` lists them, `index.html` leads to the newest one.

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
sys.path.insert(0, str(ROOT))
PAGES, SITE = ROOT / "build" / "pages", ROOT / "build" / "site"
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


def list_versions(site: Path) -> list[str]:
    """Write the list of versions and the way to the newest one; the versions, the newest first."""
    from voicegw_desktop.updates.manifest import order

    found = sorted((p.name for p in site.iterdir() if p.is_dir() and order(p.name)), key=order, reverse=True)
    lines = "".join(f'<li><a href="{version}/index.html">{version}</a></li>' for version in found)
    head = '<!doctype html><html lang="en"><meta charset="utf-8">'
    (site / "versions.html").write_text(f"{head}<title>Versions</title><ul>{lines}</ul></html>\n", "utf-8")
    newest = f"{found[0]}/index.html"
    way = f'<meta http-equiv="refresh" content="0; url={newest}"><title>VoiceGateway</title>'
    (site / "index.html").write_text(f'{head}{way}<a href="{newest}">VoiceGateway {found[0]}</a></html>\n', "utf-8")
    return found


def main() -> int:
    """Copy, make, build; the exit status of mkdocs."""
    from voicegw_desktop import __version__

    copy_pages()
    (PAGES / "docs" / "api.md").write_text(surface(), "utf-8")
    with (PAGES / "index.md").open("a", encoding="utf-8") as start:
        start.write(f'\nVersion {__version__}; <a href="../versions.html">other versions</a>.\n')
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "--site-dir", str(SITE / __version__)]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status == 0:
        list_versions(SITE)
    return status


if __name__ == "__main__":
    sys.exit(main())
