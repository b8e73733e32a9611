"""Values as people write them: durations (`1h30m`), sizes (`4GiB`), targets (`whisper/base`)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?", re.IGNORECASE)


def parse_keep_alive(value: str | int | float) -> float | None:
    """Seconds an idle engine stays, in Ollama's syntax: `5m`, `1h30m`, `300`, `0`; None for ever (any negative)."""
    text = str(value).strip()
    negative, text = text.startswith("-"), text.lstrip("-")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    elif text and "".join(m.group(0) for m in _DURATION.finditer(text)) == text:
        seconds = sum(float(n) * _UNITS[u] for n, u in _DURATION.findall(text))
    else:
        raise ValueError(f'"{value}" is not a duration: write 5m, 90s, 1h30m, 0 (unload at once) or -1 (stay)')
    return None if negative else seconds


def parse_size(value: str | int) -> int:
    """Bytes: `4GiB`, `4GB`, `800MB` or a plain number."""
    match = _SIZE.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f'"{value}" is not a size: write 4GiB, 800MB or a number of bytes')
    unit = (match.group(2) or "").upper()
    base = 1024 if unit.endswith("I") else 1000
    return int(float(match.group(1)) * base ** ("KMGT".index(unit[0]) + 1 if unit else 0))


def _keep_alive(value: Any) -> str:
    parse_keep_alive(value)
    return str(value)


def _size(value: Any) -> Any:
    return None if value is None else parse_size(value)


KeepAlive = Annotated[str, BeforeValidator(_keep_alive)]
Size = Annotated[int | None, BeforeValidator(_size)]


def _target(value: str) -> str:
    provider, slash, model = value.partition("/")
    if not (slash and provider and model):
        raise ValueError(f'"{value}" is not a target: write provider/model, as in whisper/base')
    return value


TargetName = Annotated[str, AfterValidator(_target)]
