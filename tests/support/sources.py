"""The program's own sources, for tests that read what they say."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "voicegw_desktop"
FOR_PROGRAMS = {"sockets", "workers", "inference", "testing", "mcp", "cli"}
"""Rooms whose errors no operation of the window answers with."""


@lru_cache(maxsize=1)
def trees() -> list[tuple[Path, ast.Module]]:
    return [(p, ast.parse(p.read_text("utf-8"))) for p in sorted(ROOT.rglob("*.py")) if "app" not in p.parts[-3:-1]]
