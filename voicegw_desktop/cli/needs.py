"""What commands say when the engines of models are not installed."""

from __future__ import annotations

from collections.abc import Iterable

from voicegw_desktop.core import install, packs
from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.registry import PROVIDERS, installed

ALL_ENGINES = "local"
"""The extra that brings every local engine."""


def absent(models: Iterable[str]) -> list[Descriptor]:
    """The engines of `models` (`provider/model`) whose packages are not installed here."""
    names = dict.fromkeys(model.partition("/")[0] for model in models)
    return [entry for name in names if (entry := PROVIDERS.get(name)) is not None and not installed(entry)]


def sentence(engines: list[Descriptor]) -> str:
    """The sentence that names `engines` as not installed, with the one command that installs all of them."""
    named = [entry.name for entry in engines]
    *first, last = named
    subject = f"The engines {', '.join(first)} and {last} are" if first else f"The engine {last} is"
    others = next((entry for entry in engines if entry.requirement), None)
    if others is not None and not first:
        return f"{subject} not installed: {install.command(requirement=others.requirement)}"
    extras = [entry.extra for entry in engines if entry.extra]
    # pip's extra for all brings more than is missing; each pack is fetched by itself
    several = len(extras) > 1 and packs.offered() is None
    return f"{subject} not installed: {install.command(*([ALL_ENGINES] if several else extras))}"
