"""What packaging/voicegw.spec puts into the frozen folder."""

from __future__ import annotations

import ast
from pathlib import Path

SPEC = Path(__file__).resolve().parents[2] / "packaging" / "voicegw.spec"


def espeak_languages() -> set[str]:
    """The dictionaries of espeak-ng that kokoro has there."""
    (names,) = (
        node.value
        for node in ast.parse(SPEC.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ESPEAK"
    )
    return set(ast.literal_eval(names))
