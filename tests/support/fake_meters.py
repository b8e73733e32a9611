"""Meters for tests of the corridor: they keep every report and refuse given targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voicegw_desktop.core.ports import (
    Modality,
    Target,
    Zone,
)
from voicegw_desktop.corridor.metering import Meters


class FakeReservation:
    """Money set aside by `FakeMeters`."""

    counts = False


@dataclass
class FakeMeters(Meters):
    """Keeps every report; refuses the targets that a test names."""

    reports: list[Any] = field(default_factory=list)
    admitted: list[str] = field(default_factory=list)
    refuse: dict[str, Exception] = field(default_factory=dict)
    budget: dict[str, Exception] = field(default_factory=dict)
    held: int = 0

    def admit(self, target: Target, project: str) -> None:
        if target.name in self.refuse:
            raise self.refuse[target.name]
        self.admitted.append(target.name)

    def free(self, target: Target) -> bool:
        return target.zone is Zone.LOCAL and target.name not in self.budget

    def reserve(
        self, modality: Any, project: str, least: Any, most: Any = None, held: Any = None, key: Any = None
    ) -> Any:
        if least.target.name in self.budget:
            raise self.budget[least.target.name]
        if held is None:
            self.held += 1
        return held or FakeReservation()

    def covers(self, modality: Any, held: Any, least: Any, most: Any) -> float:
        return 1.0

    def reserve_answer(self, project: str, leg: Any, limit: int | None, answers: int, key: Any = None) -> Any:
        return self.reserve(Modality.LLM, project, leg), None

    def release(self, reservation: Any) -> None:
        if reservation is not None:
            self.held -= 1

    def quote(self, modality: Any, target: Target, characters: int) -> int | None:
        return characters * 10 or None

    def spent(self, modality: Any, legs: Any) -> int | None:
        return 100 * sum(leg.utterances for leg in legs)

    def settle(self, report: Any, reservations: list[Any]) -> tuple[int, Any]:
        self.held -= len(reservations)
        self.reports.append(report)
        return 5_000, None
