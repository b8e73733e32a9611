"""The installed models as the router asks for them: their names, those on model hubs, and their voices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.models.catalogue import HubSource
from voicegw_desktop.models.voices import voices_of
from voicegw_desktop.routing.installed import NOTHING, InstalledModel, InstalledNames

if TYPE_CHECKING:
    from voicegw_desktop.models.listing import ModelInfo
    from voicegw_desktop.models.store import ModelStore

LOOK_AGAIN_NS = 1_000_000_000
"""Between two looks at the store's folders: other programs pull and remove models too."""

ASKED_FOR = frozenset(Modality)
"""What a request can ask for; other models only help an engine."""


class InstalledModels:
    """A `routing.installed.Installed`: the same object as long as nothing was installed or removed."""

    def __init__(self, store: ModelStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._names: InstalledNames = NOTHING
        self._seen: tuple[tuple[str, int], ...] | None = None
        self._looked_ns: int | None = None

    def __call__(self) -> InstalledNames:
        """What is installed now; at most a second old."""
        now = self._clock.monotonic_ns()
        if self._looked_ns is None or now - self._looked_ns >= LOOK_AGAIN_NS:
            self._looked_ns = now
            seen = self._store.installed_at()
            if seen != self._seen:
                self._seen = seen
                listed = self._store.list()
                others = ((i.id, Modality(i.modality)) for i in listed if i.modality in ASKED_FOR)
                ids = (i.id for i in listed)
                self._names = InstalledNames(filter(None, map(self._model, listed)), others, ids)
        return self._names

    def _model(self, info: ModelInfo) -> InstalledModel | None:
        if not info.installed or info.modality not in ASKED_FOR:
            # a model that only helps an engine, such as an end-of-turn model, is none that a request can name
            return None
        entry = self._store.catalogue.find(info.id)
        hubs = (*entry.names, *(s.repo for s in entry.sources if isinstance(s, HubSource))) if entry else ()
        provider, _, model = info.id.partition("/")
        voices: tuple[str, ...] = ()
        if info.modality == Modality.TTS:
            try:
                found = voices_of(provider, model, self._store.locate(provider, model))
            except VoiceGatewayError:
                return None
            voices = tuple(name for voice in found for name in (voice.name, *voice.speakers))
        return InstalledModel(info.id, Modality(info.modality), hubs, voices)
