"""Entry points of installed packages that add engines, providers and doors; read once, at the first use."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENGINES, PROVIDERS, DOORS = "voicegw.engines", "voicegw.providers", "voicegw.doors"
T = TypeVar("T")


@cache
def entry_points() -> tuple[EntryPoint, ...]:
    """The entry points of the three groups.

    `importlib.metadata.entry_points` reads the metadata of every package for its name; this reads only the short files
    that list entry points, which takes a third of the time.
    """
    from importlib.metadata import distributions

    found: dict[tuple[str, str, str], EntryPoint] = {}
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt")
        except (OSError, UnicodeDecodeError):
            continue
        if text and "[voicegw." in text:
            for point in distribution.entry_points:
                if point.group in (ENGINES, PROVIDERS, DOORS):
                    found.setdefault((point.group, point.name, point.value), point)
    return tuple(found.values())


def load(kind: type[T], *groups: str) -> tuple[list[tuple[str, T]], list[str]]:
    """(where it was declared, the object) for every entry point of these groups, and a sentence for each broken one."""
    good: list[tuple[str, T]] = []
    problems: list[str] = []
    for point in entry_points():
        if point.group not in groups:
            continue
        where = f'The entry point "{point.name} = {point.value}" in {point.group}'
        try:
            declared = point.load()
        except Exception as error:
            # whatever a package does wrong, this program starts without it
            problems.append(f"{where} cannot be loaded: {type(error).__name__}: {error}. Update or remove its package.")
            continue
        if isinstance(declared, kind):
            good.append((where, declared))
        else:
            problems.append(
                f"{where} is a {type(declared).__name__}; a {kind.__name__} is needed. Update or remove its package."
            )
    return good, problems
