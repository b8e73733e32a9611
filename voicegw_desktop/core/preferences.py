"""What is set for the window and the tray."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True)
class DesktopPreferences:
    """What the views need of the `desktop` section; published when the configuration was read again with others."""

    theme: str = "system"
    start_hidden: bool = True
    notifications: bool = True
    text_size: int = 100
    """Per cent"""
    language: str = "system"

    @classmethod
    def of(cls, section: object) -> Self:
        """What the section `desktop` of a configuration says."""
        return cls(**{field.name: getattr(section, field.name) for field in fields(cls)})
