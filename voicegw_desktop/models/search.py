"""Finds model files in folders by their digest, whatever they are called, and within bounds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicegw_desktop.models.errors import BadSource
from voicegw_desktop.models.files import sha256_of
from voicegw_desktop.models.job import Job

MOST_FILES = 100_000  # entries that one search looks at


def check_place(path: Path) -> None:
    """Raise BadSource unless `path` exists and can be asked about."""
    try:
        path.lstat()
    except FileNotFoundError:
        raise BadSource(f"{str(path)[:200]} does not exist, so nothing can be imported from it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadSource(f"{str(path)[:80]}… cannot be read: {reason}.") from error


def find_by_digest(places: Sequence[Path], wanted: dict[str, int | None], job: Job) -> dict[str, Path]:
    """Thread: digest → file below `places`. Only files of a wanted size are read, when sizes are known.

    BadSource when the places hold more than MOST_FILES files, so that a whole home folder is not searched.
    """
    left = dict(wanted)
    found: dict[str, Path] = {}
    for path in _files(places, job):
        if not left:
            break
        try:
            size = path.stat().st_size
            if None not in left.values() and size not in left.values():
                continue
            digest = sha256_of(path, job.tick)
        except OSError:
            continue
        if digest in left:
            del left[digest]
            found[digest] = path
    return found


def _files(places: Sequence[Path], job: Job) -> Iterator[Path]:
    """The regular files of each place, folder by folder in the order of their names; no link to a folder is entered."""
    seen = 0
    for place in places:
        if place.is_file():
            yield place
        for folder, inside, names in os.walk(place):
            inside.sort()
            seen += len(inside) + len(names)
            if seen > MOST_FILES:
                raise BadSource(
                    f"{str(place)[:200]} holds more than {MOST_FILES} files; name the folder of the model's files."
                )
            job.tick(seen)
            yield from (path for name in sorted(names) if (path := Path(folder, name)).is_file())
