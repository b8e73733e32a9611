"""Errors as Ollama's clients read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """The one error shape as `{"error": "a sentence", "code", "param"}`."""
    error = body["error"]
    return {"error": error["message"], "code": error["code"], "param": error["param"]}
