"""Which microphone and speaker, how loud, and whether agents may use them: `sound.json` in the configuration folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.private_file import write_private
from voicegw_desktop.core.text import loads
from voicegw_desktop.core.typed import record

FILE = "sound.json"
LOUDEST = 8.0  # times


@dataclass(frozen=True)
class SoundSettings:
    """None: the system's default device."""

    microphone: str | None = None
    speaker: str | None = None
    gain: float = 1.0
    """What the microphone's samples are multiplied by."""
    agents: bool = False
    """Let agents speak and listen through the MCP tools; `desktop.mcp_microphone` allows it, too."""

    @classmethod
    def load(cls, folder: Path) -> SoundSettings:
        """The stored settings; the defaults where nothing is stored. ConfigError for a file that cannot be used."""
        path = folder / FILE
        try:
            found = loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, RecursionError) as e:
            raise ConfigError(f"{path} cannot be read: {e}. Delete it to start again.") from e
        known = {f.name for f in fields(cls)}
        values: dict[str, Any] = {k: v for k, v in record(found).items() if k in known and _fits(k, v)}
        return cls(**values)

    def save(self, folder: Path) -> None:
        """Store the settings in `folder`."""
        write_private(folder / FILE, json.dumps(asdict(self)).encode(), durable=False)


def _fits(name: str, value: object) -> bool:
    if name == "agents":
        return isinstance(value, bool)
    if name == "gain":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LOUDEST
    return value is None or isinstance(value, str)
