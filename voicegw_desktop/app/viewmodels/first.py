"""How far the first turn is, kept while the window is replaced because another language was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.app.first_turn import TurnTaken
    from voicegw_desktop.app.viewmodels.fetching import Fetching


@dataclass
class FirstTurn:
    """What a person asked for on the guide, and what came of it."""

    wanted: bool = False
    """To be taken as soon as the models are here"""
    running: bool = False
    taken: TurnTaken | None = None
    error: BaseException | None = None
    """Why the last one failed"""
    turns: int = 0
    """Taken so far: the models have to load for the first one only"""
    fetching: Fetching | None = None
    hidden: bool = False
    """The person hid the guide"""

    @property
    def engaged(self) -> bool:
        """True once the person has begun with it."""
        return self.wanted or self.running or self.taken is not None
