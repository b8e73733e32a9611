"""Which targets can be chosen now, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.state import MODALITIES
from voicegw_desktop.core.typed import record, text

LOCAL = "local"  # the zone of what runs on this machine


def targets_of(models: Iterable[Mapping[str, object]]) -> dict[str, list[str]]:
    """What each modality can be sent to, by the `list_models` operation's answer."""
    found: dict[str, set[str]] = {m: set() for m in MODALITIES}
    for model in models:
        # what is not a file here (`installed` is None) may be asked elsewhere
        modality = text(model.get("modality"))
        if model.get("installed") is not False and modality in found:
            found[modality].add(f"{model['provider']}/{model['model']}")
    return {m: sorted(names) for m, names in found.items()}


class Stacks:
    """The targets of each stack, and the providers behind names that a person gave."""

    def __init__(self) -> None:
        self._targets: dict[str, list[str]] = {}
        self._provider_of: dict[str, str] = {}

    def take(self, stacks: Mapping[str, object]) -> None:
        """Take `stacks` of the `show_routes` operation's answer."""
        self._targets = {name: [t for t in map(text, record(stack).values()) if t] for name, stack in stacks.items()}

    def take_names(self, models: Iterable[Mapping[str, object]]) -> None:
        """Take the `list_models` operation's answer: a name of one's own does not tell who serves it."""
        self._provider_of = {text(model.get("id")): text(model.get("provider")) for model in models}

    def providers(self) -> dict[str, list[str]]:
        """The providers that serve each stack."""
        named = self._provider_of
        return {s: [named.get(t) or t.partition("/")[0] for t in targets] for s, targets in self._targets.items()}


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

    def stacks(
        self, providers: Mapping[str, Iterable[str]], now: str | None, *, offline: bool
    ) -> tuple[list[tuple[str, str]], set[str]]:
        """(words, stack) of each stack, and those that cannot be chosen, whose words say why; `now` is in force.

        `providers` has those that each stack is served by.
        """
        words = {s: s if s == now else self._stack_words(s, providers[s], offline) for s in sorted(providers)}
        return [(told, stack) for stack, told in words.items()], {s for s, told in words.items() if told != s}

    def _stack_words(self, stack: str, providers: Iterable[str], offline: bool) -> str:
        if offline and not self.away.isdisjoint(providers):
            return tr("{stack}: not all on this machine, offline mode is on", stack=stack)
        return stack

    def _words(self, target: str, offline: bool) -> str:
        provider = target.partition("/")[0]
        if offline and provider in self.away:
            return tr("{target}: not on this machine, offline mode is on", target=target)
        if provider in self.keyless:
            return tr("{target}: needs a key, page Providers", target=target)
        return target
