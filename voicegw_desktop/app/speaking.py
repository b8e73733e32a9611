"""The language of tray and window, kept beside the window's place for the first moment of the next start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QSettings

from voicegw_desktop.app import language
from voicegw_desktop.app.language import Start

LANGUAGE = "language"
Take = Callable[[Iterator[None]], None]
"""Called with the parts in which a language is taken."""


class Speaking:
    """Which language is spoken. `cache`: for translations that are compiled here."""

    def __init__(self, kept: QSettings, cache: Path) -> None:
        self._kept, self._cache = kept, cache
        self._chosen = str(kept.value(LANGUAGE, language.SYSTEM))
        language.use(self._chosen, cache)

    def change(self, wanted: str, start: Start, take: Take) -> None:
        """Give `take` the parts in which the texts of `wanted` are taken, at once where they are compiled already;
        else `start` runs the compiler beside the loop first. Nothing where that language is spoken already, or where
        another was chosen meanwhile."""
        if wanted == self._chosen:
            return
        self._chosen = wanted
        self._kept.setValue(LANGUAGE, wanted)
        language.when_compiled(wanted, self._cache, start, lambda: self._taken(wanted, take))

    def _taken(self, wanted: str, take: Take) -> None:
        if wanted == self._chosen:
            take(self._parts(wanted))

    def _parts(self, wanted: str) -> Iterator[None]:
        language.use(wanted, self._cache, compiles=False)
        yield
