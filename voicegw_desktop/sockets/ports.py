"""What the doors need of a gateway. `gateway.Gateway` has it, and so has the scripted gateway of the tests."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

from voicegw_desktop.core.ports import CorridorPort, Modality
from voicegw_desktop.engines.lease import Leases
from voicegw_desktop.gateway.prewarm import Loads, Plans

if TYPE_CHECKING:
    from pathlib import Path

    from voicegw_desktop.config.load import AnyConfig
    from voicegw_desktop.core.events import EventBus
    from voicegw_desktop.core.paths import Paths
    from voicegw_desktop.engines.status import EngineStatus
    from voicegw_desktop.gateway.listings import ModelEntry
    from voicegw_desktop.models.listing import ModelInfo
    from voicegw_desktop.secrets.keys import KeyInfo


class KeysPort(Protocol):
    """The keys that callers show."""

    @abstractmethod
    def verify_bearer(self, token: str) -> KeyInfo | None:
        """The key of a bearer token; None when there is no such key, or it was revoked."""

    @abstractmethod
    async def livekit_secret(self, key_id: str) -> str | None:
        """The secret that signs the LiveKit tokens of a key; None when there is no such key, or it was revoked."""

    @abstractmethod
    def info(self, key_id: str) -> KeyInfo | None:
        """What is known of a key; None when there is none of that id."""


class RouterPort(Plans, Protocol):
    """What serves which name."""

    @abstractmethod
    def decides(self, modality: Modality, project: str) -> bool:
        """Whether a request that names no model is served."""

    @abstractmethod
    def named_by(self, provider: str, modality: Modality, name: str) -> str:
        """The target that a bare model name means on the wire of `provider`."""

    @abstractmethod
    def speaker_of(self, voice: str) -> str | None:
        """The target of a model whose name is used as a voice; None when there is none."""

    @abstractmethod
    def check_modality(self, modality: Modality, name: str, project: str) -> None:
        """Raise BadRequest where `name` is known to be of another modality."""


class EnginesPort(Leases, Loads, Protocol):
    """The worker processes."""

    @abstractmethod
    def status(self) -> list[EngineStatus]:
        """Every engine that has been used since the start, by name."""

    @abstractmethod
    async def survey(self) -> list[EngineStatus]:
        """The state of engines as `status` gives it, with servers here and elsewhere, which are asked now."""


class ModelsPort(Protocol):
    """The model store."""

    @abstractmethod
    def list(self) -> list[ModelInfo]:
        """The catalogue, with what is installed."""

    @abstractmethod
    def locate(self, provider: str, model: str) -> Path:
        """The folder of an installed model; raises ModelNotInstalled."""


class SocketGateway(Protocol):
    """Everything that a door asks of a gateway to serve inference."""

    @property
    @abstractmethod
    def config(self) -> AnyConfig:
        """The configuration in force."""

    @property
    @abstractmethod
    def paths(self) -> Paths:
        """The profile's folders."""

    @property
    @abstractmethod
    def bus(self) -> EventBus:
        """Where every event of the gateway is published."""

    @property
    @abstractmethod
    def keys(self) -> KeysPort:
        """The gateway's own access keys."""

    @property
    @abstractmethod
    def corridor(self) -> CorridorPort:
        """What every request passes through."""

    @property
    @abstractmethod
    def router(self) -> RouterPort:
        """Decides what serves which request."""

    @property
    @abstractmethod
    def engines(self) -> EnginesPort:
        """The worker processes."""

    @property
    @abstractmethod
    def models(self) -> ModelsPort:
        """The model store."""

    @abstractmethod
    def list_models(self) -> list[ModelEntry]:
        """Every target that can be asked for by name."""
