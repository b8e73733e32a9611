"""Which targets can be chosen now, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicegw_desktop.app.language import tr
from voicegw_desktop.core.typed import record

LOCAL = "local"  # the zone of what runs on this machine


@dataclass(frozen=True)
class Reach:
    """What is known of the providers that targets are sent to."""

    keyless: frozenset[str] = frozenset()
    """Providers that cannot be asked, because they have no key"""
    away: frozenset[str] = frozenset()
    """Providers that are not on this machine"""

    @classmethod
    def told(cls, providers: Mapping[str, object]) -> Reach:
        """From `providers` of the `status` operation's answer."""
        known = {name: record(about) for name, about in providers.items()}
        return cls(
            frozenset(name for name, about in known.items() if about.get("configured") is False),
            frozenset(name for name, about in known.items() if about.get("zone", LOCAL) != LOCAL),
        )

    def choices(
        self, targets: Iterable[str], now: str | None, *, offline: bool
    ) -> tuple[list[tuple[str, str]], set[str]]:
        """(words, target) of each target and of the one in force `now`, and those that cannot be chosen, whose words
        say why."""
        words = {t: t if t == now else self._words(t, offline) for t in sorted({*targets, *([now] if now else [])})}
        return [(told, target) for target, told in words.items()], {t for t, told in words.items() if told != t}

    def _words(self, target: str, offline: bool) -> str:
        provider = target.partition("/")[0]
        if offline and provider in self.away:
            return tr("{target}: not on this machine, offline mode is on", target=target)
        if provider in self.keyless:
            return tr("{target}: needs a key, page Providers", target=target)
        return target
