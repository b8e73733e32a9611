"""A report for a bug: versions, what doctor finds, the last errors; without secrets and the user's name."""

from __future__ import annotations

import platform
import re
import sys
import time
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from voicegw_desktop import __version__
from voicegw_desktop.app.viewmodels.state import Told
from voicegw_desktop.core.logbook import Entry
from voicegw_desktop.core.typed import records, text

PACKAGES = ("PySide6-Essentials", "qasync", "aiohttp", "pydantic", "aiosqlite", "livekit-agents", "faster-whisper",
            "kokoro-onnx", "piper-tts", "llama-cpp-python", "onnxruntime", "sounddevice")  # fmt: skip
MOST_LINES = 40
_SECRETS = (
    re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{6,}"),
    re.compile(r"(?i)\b((?:api[_-]?)?key|token|secret|password|passwd|authorization)(\"?\s*[:=]\s*\"?)[^\s\"',;&]+"),
    re.compile(r"(://)[^/\s@]+@"),
    re.compile(r"\b(?:sk|pk|rk|gsk|xai|dg|vgw|APIvg|AIza|eyJ)[\w.-]{8,}"),
    re.compile(r"\b[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{31,}\b"),
)


def report(doctor: Mapping[str, object], entries: Iterable[Entry], notices: Iterable[Told], qt: str) -> str:
    """The text to paste; `doctor` is the answer of that operation, empty while the gateway is down."""
    versions = [f"VoiceGateway Desktop {__version__}", f"Python {sys.version.split()[0]}, Qt {qt}", platform.platform()]
    lines = [*versions, ", ".join(_packages()), "", "Doctor"]
    checks = records(doctor.get("checks"))
    lines += [f"  {text(c.get('state'))}: {text(c.get('check'))}: {text(c.get('message'))}" for c in checks]
    lines += ["  not asked: the gateway does not run"] if not checks else []
    lines += ["", "Notices", *(f"  {_when(n.at)} {n.level}: {n.message}" for n in list(notices)[:MOST_LINES])]
    bad = [e for e in entries if e.level in ("WARNING", "ERROR", "CRITICAL")][:MOST_LINES]
    lines += ["", "Log", *(f"  {_when(e.at)} {e.level} {e.source}: {e.text}" for e in bad)]
    return redacted("\n".join(lines)) + "\n"


def redacted(told: str) -> str:
    """The text with everything that looks like a secret, and the user's folder, taken out."""
    told = told.replace(str(Path.home()), "~")
    told = _SECRETS[0].sub(r"\1 …", told)
    told = _SECRETS[1].sub(r"\1\2…", told)
    told = _SECRETS[2].sub(r"\1…@", told)
    for pattern in _SECRETS[3:]:
        told = pattern.sub("…", told)
    return told


def _packages() -> Iterable[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def licences() -> list[tuple[str, str, str]]:
    """(package, version, licence) of everything installed beside the program, by name."""
    found: dict[str, tuple[str, str, str]] = {}
    for one in metadata.distributions():
        name = one.metadata["Name"]
        if not name:
            continue
        licence = one.metadata["License-Expression"] or _classified(one) or one.metadata["License"] or "see its files"
        found[name.lower()] = (name, one.version, licence.splitlines()[0][:60])
    return [found[name] for name in sorted(found)]


def _classified(one: metadata.Distribution) -> str:
    named = [c.rpartition(" :: ")[2] for c in one.metadata.get_all("Classifier") or () if c.startswith("License ::")]
    return ", ".join(named)
