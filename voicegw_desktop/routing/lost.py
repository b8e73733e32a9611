"""Live choices whose target is gone: a provider that was removed, a model that the configuration named once."""

from __future__ import annotations

from collections.abc import Iterable

from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.routing.names import Names
from voicegw_desktop.routing.plan import Choice


class LostChoices:
    """Says which they are. Requests go where they would go without such a choice, and a person is told once."""

    def __init__(self, names: Names, bus: EventBus) -> None:
        self._names, self._bus = names, bus
        self._told: set[str] = set()

    def __call__(self, choice: Choice, modality: Modality, project: str) -> bool:
        """Whether it is a live choice of a target that is gone. One of the file is an error, which may be a typing
        mistake and is told to each client."""
        live = choice.undo and choice.reason.startswith("route")
        return bool(live) and self._names.gone(modality, str(choice.target), project)

    def tell(self, routed: Iterable[tuple[Modality, str, Choice | None]]) -> None:
        """A notice for each choice that is lost, once until its target is there again.

        `routed`: (modality, project by whose settings the target is read, choice).
        """
        lost = set()
        for modality, project, choice in routed:
            if choice is None or not self(choice, modality, project):
                continue
            message = (
                f"{choice.setting} sends {modality} to {choice.target}, which is gone. Until it is back, requests go "
                f"where the settings say. Choose another target, or take the choice back: {choice.undo}."
            )
            lost.add(message)
            if message not in self._told:
                self._bus.publish(Notice("warning", message, "route_lost"))
        self._told = lost
