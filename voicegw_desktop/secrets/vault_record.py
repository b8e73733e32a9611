"""Which vault a profile uses, recorded in its folder: one that cannot be asked now is still the one in use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from voicegw_desktop.core.private_file import write_private


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the file says; the names let the program tell what is stored while the vault cannot be asked."""

    kind: str | None = None
    """`keychain` or `sealed file`; None: nothing was stored yet."""
    names: frozenset[str] = frozenset()


class VaultRecord:
    """`vault.json` in the profile folder. Other processes of the profile may change it at any time."""

    FILE = "vault.json"

    def __init__(self, folder: Path) -> None:
        self._path = folder / self.FILE
        self._read_at: tuple[int, int] | None = None
        self._last = Recorded()

    def read(self) -> Recorded:
        """What is recorded now; the file is read again only when it has changed. A damaged file counts as none."""
        try:
            stat = self._path.stat()
        except OSError:
            self._read_at, self._last = None, Recorded()
            return self._last
        at = (stat.st_mtime_ns, stat.st_ino)
        if at != self._read_at:
            self._last, self._read_at = _parsed(self._path), at
        return self._last

    def write(self, kind: str, names: frozenset[str]) -> None:
        """Record it, when it differs."""
        new = Recorded(kind, names)
        if new != self.read():
            text = json.dumps({"vault": kind, "names": sorted(names)}, indent=1)
            write_private(self._path, text.encode())


def _parsed(path: Path) -> Recorded:
    try:
        content = json.loads(path.read_text("utf-8"))
        kind, names = content["vault"], frozenset(str(name) for name in content.get("names", ()))
    except (OSError, ValueError, TypeError, KeyError):
        return Recorded()
    return Recorded(kind, names) if kind in ("keychain", "sealed file") else Recorded()
