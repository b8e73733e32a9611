"""What a person chose while the program ran (routes, stack, offline), and how it outlives the program."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from voicegw_desktop.core.paths import Paths
from voicegw_desktop.core.private_file import write_private

log = logging.getLogger(__name__)

AS_REQUESTED = "as_requested"
"""Instead of a target: each request's own name decides."""


class ChoiceStore(Protocol):
    """Where live choices are kept over a restart."""

    def load(self) -> Mapping[str, Any]:
        """What `save` was last given, or {}."""
        ...

    def save(self, choices: Mapping[str, Any]) -> None:
        """Keep `{offline, stack, routes: {modality: target|None}, projects: {project: {modality: target|None}}}`."""
        ...


@dataclass
class Choices:
    """What a person chose while the program ran; it overrides the file."""

    offline: bool | None = None
    stack: str | None = None
    stack_set: bool = False
    routes: dict[str, str | None] = field(default_factory=dict)
    projects: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        choice: dict[str, Any] = {"offline": self.offline, "routes": self.routes, "projects": self.projects}
        return {**choice, "stack": self.stack} if self.stack_set else choice

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Choices:
        return cls(
            saved.get("offline"),
            saved.get("stack"),
            "stack" in saved,
            dict(saved.get("routes") or {}),
            {project: dict(chosen) for project, chosen in (saved.get("projects") or {}).items()},
        )


def choice_file(paths: Paths) -> ChoiceFile:
    """Where the choices of a profile are kept."""
    return ChoiceFile(paths.config / "choices.json")


class ChoiceFile:
    """A small JSON file beside the configuration, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Mapping[str, Any]:
        """What was saved last; {} when the file is missing or cannot be read (which is logged)."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("The choices in %s cannot be read (%s); starting from the configuration.", self._path, error)
            return {}
        return found if isinstance(found, dict) else {}

    def save(self, choices: Mapping[str, Any]) -> None:
        """Replace what was saved."""
        write_private(self._path, json.dumps(dict(choices), indent=1).encode(), durable=False)
