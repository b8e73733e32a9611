"""Clients of OpenAI's doors over a scripted gateway."""

from __future__ import annotations

from tests.support.realtime_client import client, corridor

__all__ = ["client", "corridor"]
