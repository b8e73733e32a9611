"""Values as people write them: durations (`1h30m`), sizes (`4GiB`), targets (`whisper/base`)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from voicegw_desktop.core.addresses import problem
from voicegw_desktop.core.text import label_problem, name_problem, shown

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
LONGEST = 10 * 365 * 86_400.0  # s of a duration; more is for ever, which is written -1
LARGEST = 2**60  # bytes of a size
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
    if not negative and seconds > LONGEST:
        raise ValueError(f'"{shown(str(value))}" is longer than ten years: write -1 (stay)')
    return None if negative else seconds


def parse_size(value: str | int) -> int:
    """Bytes: `4GiB`, `4GB`, `800MB` or a plain number."""
    match = _SIZE.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f'"{value}" is not a size: write 4GiB, 800MB or a number of bytes')
    unit = (match.group(2) or "").upper()
    base = 1024 if unit.endswith("I") else 1000
    size = float(match.group(1)) * base ** ("KMGT".index(unit[0]) + 1 if unit else 0)
    if size > LARGEST:
        raise ValueError(f'"{shown(str(value))}" is more than any machine has: write 4GiB, 800MB or a number of bytes')
    return int(size)


def size_text(size: int) -> str:
    """A size as people write it, such as 10GiB; a number of bytes where it is none of these."""
    for unit, letter in ((1024**3, "GiB"), (10**9, "GB"), (1024**2, "MiB"), (10**6, "MB")):
        if size and size % unit == 0:
            return f"{size // unit}{letter}"
    return str(size)


def web_address(url: str | None, name: str) -> str | None:
    """An address of http or https; None for an empty one. Raises ValueError, which names the setting `name`."""
    if not url:
        return None
    if why := problem(url) or ("" if re.match("https?://[^/]", url) else "Write http:// or https://, and a host."):
        raise ValueError(f"{name} cannot be used. {why}".removesuffix("."))
    return url


def _keep_alive(value: str | int | float) -> str:
    parse_keep_alive(value)
    return str(value)


def _size(value: str | int | None) -> int | None:
    return None if value is None else parse_size(value)


def _name(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"{'yes, on or true' if value else 'no, off or false'} is no name; write it in quotes")
    # YAML reads a name of digits as a number
    return str(value) if isinstance(value, int) else value


def _named(value: str) -> str:
    if problem := name_problem(value):
        raise ValueError(f'the name "{shown(value)}" {problem}')
    return value


def _named_path(value: str) -> str:
    if problem := name_problem(value, slashes=True):
        raise ValueError(f'the name "{shown(value)}" {problem}')
    return value


def _labelled(value: str) -> str:
    if problem := label_problem(value):
        raise ValueError(f'"{shown(value)}" {problem}')
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", value):
        raise ValueError(f'"{shown(value)}" is no host name: write only the name, as in strong.lan')
    return value.lower()


Name = Annotated[str, BeforeValidator(_name), AfterValidator(_named)]
"""Name of a project, key, stack or provider, by one rule in the file, over HTTP and MCP, and in the window."""
PathName = Annotated[str, BeforeValidator(_name), AfterValidator(_named_path)]
"""Name of a model, which may have parts, as in `local/whisper-base`."""
Label = Annotated[str, BeforeValidator(_name), AfterValidator(_labelled)]
"""One printable line for people; may be empty."""
HostName = Annotated[str, BeforeValidator(_name), AfterValidator(_host)]
"""A name of a machine, in small letters, without a scheme, a port or a dot at its end."""
KeepAlive = Annotated[str, BeforeValidator(_keep_alive)]
Size = Annotated[int | None, BeforeValidator(_size)]


def _target(value: str) -> str:
    provider, slash, model = value.partition("/")
    if not (slash and provider and model):
        raise ValueError(f'"{value}" is not a target: write provider/model, as in whisper/base')
    return value


TargetName = Annotated[str, AfterValidator(_target)]
