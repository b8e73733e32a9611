"""The names by which installed models are found: their ids, bare names and names on model hubs, in any case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import PROVIDERS

PACKED = ("-gguf", "-onnx")
"""Ends of a hub's names that say how a model is packed; clients leave them out."""
_PARTS = re.compile(r"[+,]")
_WEIGHT = re.compile(r"\([^)]*\)$|:[0-9.]+$")


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on this machine."""

    id: str
    """`provider/model`"""
    modality: Modality
    hubs: tuple[str, ...] = ()
    """The model's names on model hubs, `owner/name`."""
    voices: tuple[str, ...] = ()
    """Voices of a speech model; empty where its files do not name them."""


class InstalledNames:
    """What a client's name means among the models of one moment."""

    def __init__(
        self,
        models: Iterable[InstalledModel] = (),
        others: Iterable[tuple[str, Modality]] = (),
        listed: Iterable[str] = (),
    ) -> None:
        """`others`: (id, what it does) of models that could be here too. `listed`: ids of all models that the store
        lists, whatever their state."""
        self._listed = frozenset(map(str.lower, listed))
        self._does = {id.lower(): modality for id, modality in others}
        self._ids: dict[tuple[Modality, str], str] = {}
        self._bare: dict[tuple[Modality, str], str] = {}
        self._hubs: dict[tuple[Modality, str], str] = {}
        self._speakers: dict[str, dict[str, str]] = {}
        """Voice → engine → the first of its models with that voice."""
        self._voices: dict[tuple[str, str], str] = {}
        for model in models:
            provider, _, name = model.id.lower().partition("/")
            self._ids[model.modality, f"{provider}/{name}"] = model.id
            self._does[f"{provider}/{name}"] = model.modality
            for bare in (name, provider):
                self._bare.setdefault((model.modality, bare), model.id)
            for hub in (f"{provider}-{name}", *map(str.lower, model.hubs)):
                for end in ("", *PACKED):
                    short = hub.removesuffix(end)
                    for known in (short, short.rpartition("/")[2]):
                        self._hubs.setdefault((model.modality, known), model.id)
            for voice in model.voices:
                self._speakers.setdefault(voice.lower(), {}).setdefault(provider, model.id)
                self._voices[model.id, voice.lower()] = voice

    def spelled(self, modality: Modality, name: str) -> str | None:
        """The id that `name` is but for its case; None when no such model is here."""
        return self._ids.get((modality, name.lower()))

    def does(self, name: str) -> Modality | None:
        """What the model of that id is known to do; None where it is not known."""
        return self._does.get(name.lower())

    def unlisted(self, name: str) -> bool:
        """Whether the store lists its models, and none of that id."""
        return bool(self._listed) and name.lower() not in self._listed

    def voice(self, id: str, voice: str) -> str | None:
        """The model's own spelling of a voice that it has; None when it does not have it."""
        return self._voices.get((id, voice.lower()))

    def find(self, modality: Modality, name: str, *, bare: bool = True) -> str | None:
        """The id of the model that a bare name, an engine's name or a hub's name means; None when none is here.

        Of several models that fit, the first; an engine's own name means its first model. `bare` False: hubs' names
        only.
        """
        name = name.lower()
        return self._find(modality, name, bare) or next(
            (found for other in _untagged(name) if (found := self._find(modality, other, bare))), None
        )

    def _find(self, modality: Modality, name: str, bare: bool) -> str | None:
        found = self.spelled(modality, name) or self._hubs.get((modality, name))
        owner, slash, last = name.rpartition("/")
        if found is None and slash:
            # mirrors of a model keep its name; only where the owner is no provider can it be a bare name
            found = self._hubs.get((modality, last))
        if found is None and bare and owner not in PROVIDERS:
            found = self._bare.get((modality, last))
        return found

    def speaker(self, voice: str) -> str | None:
        """The id of the model to speak with a voice, or a mix of voices, that one engine only has."""
        engines: dict[str, str] | None = None
        for part in _PARTS.split(voice.lower()):
            having = self._speakers.get(part.strip()) or self._speakers.get(_WEIGHT.sub("", part.strip())) or {}
            engines = having if engines is None else {e: model for e, model in engines.items() if e in having}
        return next(iter(engines.values())) if engines is not None and len(engines) == 1 else None


def _untagged(name: str) -> list[str]:
    """`smollm2-135m:latest` without the tag that says nothing; `smollm2:135m`, as Ollama tags a size, with a hyphen."""
    base, colon, tag = name.rpartition(":")
    if not (colon and base):
        return []
    return [base] if tag == "latest" else [f"{base}-{tag}"]


NOTHING = InstalledNames()
Installed = Callable[[], InstalledNames]
"""Gives what is installed now; the object changes only when that does."""
