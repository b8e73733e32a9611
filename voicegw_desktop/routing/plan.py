"""The plan of a request: the targets that may serve it, and what chose them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.core.text import shown
from voicegw_desktop.routing.egress import Cleared
from voicegw_desktop.routing.names import ANY_MODEL


class Choice(NamedTuple):
    """A target that a person or a caller chose for a request."""

    target: str | Target
    reason: str
    """The reason in a word or two, for records and views."""
    setting: str = ""
    """Which setting, alias, stack or live choice named it; empty where the client did."""
    undo: str = ""
    """The command that takes a live choice back."""
    any_name: bool = False
    """Whether it serves every name that nothing else answers to."""

    def blamed(self, modality: Modality, error: VoiceGatewayError) -> VoiceGatewayError:
        """An error about the target, which then also names what chose it."""
        if not self.setting:
            return error
        text = f"{self.setting} sends {modality} to {self.target}. {error.message}"
        return error.reworded(f"{text} Or take the choice back: {self.undo}." if self.undo else text)


@dataclass(frozen=True, slots=True)
class Plan:
    """The targets that may serve one request, best first."""

    targets: tuple[Cleared, ...]
    """Never empty; the first is tried first."""
    reason: str
    """Why the wanted one was chosen, in words."""
    requested: str
    """The name the client sent."""
    literal: Target | None = None
    """What that name says by itself, when it names a provider's model or an installed one."""
    choice: Choice | None = None
    """What chose the wanted target."""

    @property
    def first(self) -> Target:
        return self.targets[0].target

    @property
    def note(self) -> str:
        """What to tell the client of a name that nothing answers to; empty where its name was served."""
        if self.choice is None or not self.choice.any_name or self.requested in ANY_MODEL:
            return ""
        return f'"{shown(self.requested)}" is not known here; {self.choice.target} serves it ({self.reason})'
