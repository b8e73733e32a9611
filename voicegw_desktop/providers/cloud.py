"""Providers reached through LiveKit's own plugins, told apart by a table: which class, which address, which words."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.typed import record, records
from voicegw_desktop.providers.base import BaseProvider, Listed, take

if TYPE_CHECKING:
    from livekit.agents import llm, stt, tts

    from voicegw_desktop.core.outgoing import Outgoing

NONE: Mapping[str, Any] = MappingProxyType({})
S = TypeVar("S", bound="Closable")
LOST_CANCEL = 0.2  # s after which a stream that does not close is cancelled once more


class Closable(Protocol):
    """A LiveKit object: an STT, LLM or TTS, or a stream of one."""

    async def aclose(self) -> None:
        """End its work and close its connections."""
        ...


@runtime_checkable
class _Client(Protocol):
    async def close(self) -> None: ...


@runtime_checkable
class _Pool(Protocol):
    _to_close: set[object]

    async def _drain_to_close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Plugin:
    """How one modality of a provider is made."""

    cls: str
    """The class in `livekit.plugins.<provider>`."""
    path: str = ""
    """What the class wants after the root address; with `root` "" its base_url is the root itself."""
    websocket: bool = False
    """The class wants `ws://` instead of `http://`."""
    voice: str = "voice"
    """The class's word for a voice."""
    model: str = "model"
    language: str = "language"
    defaults: Mapping[str, Any] = field(default_factory=lambda: NONE)
    """Options set unless the caller or the configuration says otherwise."""


Plugins = Mapping[Modality, Plugin]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list the provider gives over HTTP."""

    path: str
    read: Callable[[object], list[Listed]]


def openai_models(answer: object) -> list[Listed]:
    """The models of a list in OpenAI's (and Anthropic's) form."""
    return [Listed(str(m["id"]), str(m.get("display_name", ""))) for m in records(record(answer).get("data"))]


class CloudProvider(BaseProvider):
    """Fill in the table; everything else is here."""

    module: ClassVar[str] = ""
    """The plugin's module in `livekit.plugins`; empty: the provider's own name."""
    root: ClassVar[str] = ""
    """The provider's own address, up to where the paths below begin."""
    plugins: ClassVar[Plugins] = {}
    health: ClassVar[str] = "/models"
    """A path that costs nothing and needs the key."""
    models: ClassVar[Listing | None] = None
    voices: ClassVar[Listing | None] = None

    def headers(self) -> dict[str, str]:
        """How it wants the key."""
        return {"Authorization": f"Bearer {self.key()}"}

    def url(self, path: str) -> str:
        """`path` below the configured address or its own."""
        root = (self.base_url or self.root).rstrip("/")
        if root.startswith(("ws://", "wss://")):
            root = "http" + root[2:]
        for plugin in self.plugins.values():
            # an address copied from the plugin's documentation holds the plugin's path already
            if plugin.path and root.endswith(plugin.path):
                root = root.removesuffix(plugin.path)
        return root + path

    # -- LiveKit objects ----------------------------------------------------------------------------------------------

    def create_stt(self, model: str, **options: Any) -> stt.STT[str]:
        """The plugin's STT. Options it does not know are named in a warning and left out."""
        made: stt.STT[str] = self._make(Modality.STT, model, options)
        return made

    def create_llm(self, model: str, **options: Any) -> llm.LLM[str]:
        """The plugin's LLM."""
        made: llm.LLM[str] = self._make(Modality.LLM, model, options)
        return made

    def create_tts(self, model: str, voice: str | None = None, **options: Any) -> tts.TTS[str]:
        """The plugin's TTS."""
        made: tts.TTS[str] = self._make(Modality.TTS, model, {**options, "voice": voice})
        return made

    def _make(self, modality: Modality, model: str, options: Mapping[str, Any]) -> Any:
        plugin = self.plugins.get(modality)
        if plugin is None:
            self._cannot(modality)
        key = self.key()
        cls = self.plugin_class(plugin)
        known = _parameters(cls)
        wanted = {k: v for k, v in options.items() if v is not None}
        if (voice := wanted.pop("voice", None)) is not None:
            wanted[plugin.voice] = voice
        if (language := wanted.pop("language", None)) is not None:
            wanted[plugin.language] = language
        # parameters that the class does not know are no mistake of the caller
        for name in ("http_session", plugin.language):
            if name not in known:
                wanted.pop(name, None)
        settings = {k: v for k, v in self.extras.items() if k in known}
        chosen = {**plugin.defaults, **settings, **take(wanted, known, f"{self.name}.{plugin.cls}")}
        if model:
            chosen[plugin.model] = model
        if self.base_url or plugin.path:
            chosen["base_url"] = self._plugin_url(plugin)
        own = None
        if "http_session" in known and chosen.get("http_session") is None:
            from voicegw_desktop.core.outgoing import Outgoing

            own = chosen["http_session"] = Outgoing(self.zone)
        make: Callable[..., Closable] = cls
        made = make(api_key=key, **chosen)
        if own is not None:
            _close_with(made, own)
        if "client" in known and "client" not in chosen:
            from voicegw_desktop.providers.plugin_client import confine

            confine(made, self.zone)
        return made

    def _plugin_url(self, plugin: Plugin) -> str:
        url = self.url(plugin.path)
        return "ws" + url[4:] if plugin.websocket else url

    def plugin_class(self, plugin: Plugin) -> type[Closable]:
        """Import the plugin; ImportError with the pip command when it is not installed."""
        try:
            module = importlib.import_module(f"livekit.plugins.{self.module or self.name}")
        except ImportError as error:
            hint = PROVIDERS[self.module or self.name].install_hint
            raise ImportError(f"{self.name} needs LiveKit's plugin, which is not installed. {hint}") from error
        found: type[Closable] = getattr(module, plugin.cls)
        return found

    # -- questions ----------------------------------------------------------------------------------------------------

    async def health_check(self) -> bool:
        """Ask for something that costs nothing and needs the key."""
        await self.ask(self.url(self.health), self.headers())
        return True

    async def list_models(self) -> list[Listed]:
        return await self._list(self.models)

    async def list_voices(self) -> list[Listed]:
        return await self._list(self.voices)

    async def _list(self, listing: Listing | None) -> list[Listed]:
        if listing is None:
            return []
        return listing.read(await self.ask(self.url(listing.path), self.headers()))


def _parameters(cls: type) -> frozenset[str]:
    names = inspect.signature(cls).parameters
    return frozenset(n for n, p in names.items() if p.kind is not inspect.Parameter.VAR_KEYWORD)


def _close_with(plugin: Closable, session: Outgoing) -> None:
    """Let the plugin's `aclose` also close the session that was made for it."""
    close = plugin.aclose

    async def aclose() -> None:
        try:
            await close()
        finally:
            await session.close()

    _replace(plugin, aclose)


def _replace(closable: Closable, aclose: Callable[[], Awaitable[None]]) -> None:
    inner: Any = closable
    inner.aclose = aclose


async def close(plugin: Closable) -> None:
    """Close a LiveKit object and the HTTP client that some of the plugins leave open."""
    await plugin.aclose()
    for members in ("_stt_instances", "_llm_instances", "_tts_instances"):
        # a fallback adapter does not close its members
        for member in getattr(plugin, members, ()):
            await close(member)
    client: object = getattr(plugin, "_client", None)
    if isinstance(client, _Client):
        await client.close()


def closing(stream: S) -> S:
    """A plugin's stream whose `aclose` always ends it.

    Up to Python 3.11 `asyncio.wait_for` loses a cancellation that comes in the moment a connection opens; the plugin
    and the provider then keep the stream open for ever. A cancellation that comes while it closes waits for its end.
    """
    inner: Any = stream
    close = stream.aclose
    task: asyncio.Task[None] = inner._task if hasattr(inner, "_task") else inner._synthesize_task

    async def aclose() -> None:
        work = asyncio.ensure_future(close())
        again: asyncio.CancelledError | None = None
        while not work.done():
            try:
                if not (await asyncio.wait({work}, timeout=LOST_CANCEL))[0]:
                    task.cancel()
            except asyncio.CancelledError as error:
                # the cancellation is raised again below, once the stream has ended
                again = error
        if again is not None:
            work.cancelled() or work.exception()
            raise again
        await work

    _replace(stream, aclose)
    return stream


async def hang_up(plugin: Closable) -> None:
    """Close the connections of an utterance that did not come to its end; the plugins would do so much later, if ever.

    Until then the provider continues to speak, and to charge, although its audio is not read.
    """
    pool: object = getattr(plugin, "_pool", None)
    if isinstance(pool, _Pool) and pool._to_close:
        await pool._drain_to_close()
    # ElevenLabs's plugin shares one connection: an utterance it gives up is finished by the provider all the same, and
    # a connection that fell silent would be used again
    shared: Closable | None = getattr(plugin, "_TTS__current_connection", None)
    if shared is not None and not getattr(shared, "_context_data", True):
        await shared.aclose()
