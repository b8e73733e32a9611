"""What the store tells about a model: one line of the listing, one report of a check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One line of the listing."""

    id: str
    title: str
    modality: str
    """`stt`, `llm` or `tts`, or what it helps an engine with, as `turn`; empty where damaged files do not tell."""
    licence: str
    languages: tuple[str, ...]
    size_bytes: int | None
    """None: not known before the first download."""
    ram_mb: int | None
    speed: str
    state: str
    """`installed`, `available`, `partial` (a pull can go on), `pulling`, `damaged` (pull repairs it)"""
    pinned: bool
    """True: the catalogue holds the SHA-256 of every file. False: recorded at the first download over TLS."""
    sources: tuple[str, ...]
    """`hub`, `packages`, `folder`"""
    starter: bool = False
    source: str = ""
    """Where the installed files came from."""
    path: Path | None = None
    """The model folder, once installed."""
    note: str = ""
    page: str = ""
    """The address at which the model's maker describes it and its licence; empty: not known."""
    outside: bool = False
    """Whether its files are not the store's: it is neither fetched nor verified nor removed here."""
    same_files_as: str = ""
    """The model, listed before, that is the same files under another engine's name; empty: none."""

    @property
    def installed(self) -> bool:
        return self.state == "installed"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a check of every byte found."""

    id: str
    ok: bool
    problems: tuple[str, ...] = ()
    """One sentence per file that is not whole."""
