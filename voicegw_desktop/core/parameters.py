"""What a door does with each parameter of its provider's clients: reads it, refuses it, or ignores it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicegw_desktop.core.errors import BadRequest

OFF = frozenset({"", "false", "[]", "{}", "none", "null", "0"})
"""Values by which a client says that it does not want something."""


@dataclass(frozen=True)
class Parameters:
    """One operation's. A name in none of the three belongs to no known client and is accepted."""

    read: frozenset[str]
    refused: Mapping[str, str]
    """Name → what to do instead, as a sentence: an answer without it would not be what was asked for."""
    unused: frozenset[str]
    """Accepted without effect; docs/doors.md lists them."""

    def check(self, given: Iterable[tuple[str, object]]) -> None:
        """Raise BadRequest for the first that is refused."""
        for name, value in given:
            if name in self.refused and str(value).strip().lower() not in OFF:
                raise BadRequest(f"{name} is not served. {self.refused[name]}", param=name, code="not_supported")


def parameters(*, read: str, refused: Mapping[str, str] | None = None, unused: str = "") -> Parameters:
    """Make the table of a wire's parameters from names with spaces between them."""
    return Parameters(frozenset(read.split()), refused or {}, frozenset(unused.split()))
