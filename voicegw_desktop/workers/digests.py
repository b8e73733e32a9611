"""Files of a model, compared with the SHA-256 that is known of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from voicegw_desktop.core.errors import EngineError


def check(folder: Path, digests: Mapping[str, str], corrupt: Callable[[Path, str], EngineError]) -> None:
    """Raise what `corrupt` makes of a file and a reason where the file cannot be read or has other bytes.

    `digests`: file's name in `folder` → SHA-256, in hexadecimal figures.
    """
    for name, digest in digests.items():
        file = folder / name
        try:
            with file.open("rb") as bytes_of:
                found = hashlib.file_digest(bytes_of, "sha256").hexdigest()
        except OSError as error:
            raise corrupt(file, error.strerror or str(error)) from error
        if found != digest:
            raise corrupt(file, "it is not the file that was installed")
