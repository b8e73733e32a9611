"""A gateway for views in tests: answers operations with given values, and keeps each call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from voicegw_desktop.app.host import Feed
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.preferences import DesktopPreferences
from voicegw_desktop.gateway.operations import find
from voicegw_desktop.gateway.preferences import told


def model(id: str, modality: str, state: str = "available", **more: Any) -> dict[str, Any]:
    """One entry of the `list_store` operation."""
    return {
        "id": id, "title": id.title(), "modality": modality, "licence": "MIT", "languages": ["en"],
        "size_bytes": 60_000_000, "ram_mb": 170, "speed": "fast", "state": state, "pinned": True,
        "sources": ["hub"], "starter": False, "source": "", "path": None, "note": "", "page": f"https://hub.example/{id}",
        "installed": state == "installed", **more,
    }  # fmt: skip


def engine(name: str, state: str = "stopped", **more: Any) -> dict[str, Any]:
    """One entry of the `list_engines` operation."""
    return {"name": name, "state": state, **more}


def project(id: str, **more: Any) -> dict[str, Any]:
    """One entry of the `list_projects` operation."""
    return {
        "id": id, "name": id, "description": "", "default_stack": None, "daily_budget": None, "budget_action": "warn",
        "unpriced": "allow",
        "tags": [], "providers": [], "egress": "cloud", "source": "db", "default": id == "default", **more,
    }  # fmt: skip


def provider(id: str, **more: Any) -> dict[str, Any]:
    """One entry of the `list_providers` operation."""
    return {
        "id": id, "provider": id, "type": "cloud", "modalities": ["stt"], "zone": "cloud", "enabled": True,
        "configured": False, "installed": True, "install": None, "base_url": None, "source": "built in",
        "key_page": f"https://{id}.example/keys", "api_key": None, **more,
    }  # fmt: skip


class FakeHost:
    """Implements app.host.Host. Every call is checked against the real table of operations."""

    endpoint = "http://127.0.0.1:7717/v1"
    origin = ""
    own = True
    preferences = DesktopPreferences()

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "show_routes": {"offline": False, "stack": None, "stacks": {}, "routes": {}},
            "list_models": {"models": []},
            "list_engines": {"engines": [], "memory_limit": 8_000_000_000},
            "list_store": {"models": []},
            "list_providers": {"providers": []},
            "list_projects": {"projects": [project("default")]},
            "status": {"config": {"warnings": []}, "secrets": "keychain"},
            "costs": {"total": 0.0, "by_provider": {}, "by_project": {}},
            "settings": told(GatewayConfig(), paths_below(Path("/nowhere"))),
            "egress": {"egress": []},
            "logs": {"logs": [], "next": None},
            "sessions": {"sessions": [], "next": None},
            "show_key": {"key_id": "k1", "api_key": "vgw-secret", "livekit": {"api_key": "k1", "api_secret": "s1"}},
        } | answers
        """What each operation answers; an exception is raised."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.arrived = asyncio.Event()

    async def start(self, feed: Feed) -> None:
        return

    async def stop(self) -> None:
        return

    def watch_lag(self, on: bool) -> None:
        return

    async def call(self, operation: str, **params: Any) -> Any:
        taken = find(operation).take(params)
        self.calls.append((operation, params))
        answer = self.answers.get(operation, {})
        self.arrived.set()
        if isinstance(answer, Exception):
            raise answer
        if find(operation).destructive and not taken.get("confirm"):
            return {"preview": True, "would": f"do {operation}"}
        return answer

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of each call of that operation."""
        return [params for name, params in self.calls if name == operation]


def broken(message: str) -> VoiceGatewayError:
    """An answer that is an error."""
    return VoiceGatewayError(message)
