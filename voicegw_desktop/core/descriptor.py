"""What an engine, a provider or a door declares about itself, so that the program can use it without importing it.

`voicegw_desktop.descriptors` holds one module for each engine and provider of this program. An installed package adds
its own by the entry points `voicegw.engines`, `voicegw.providers` and `voicegw.doors`; docs/extending.md shows how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from voicegw_desktop.core import install
from voicegw_desktop.core.ports import Modality, Zone

if TYPE_CHECKING:
    from pydantic import BaseModel

MIB = 1024 * 1024
NICE, NICE_SPEAKING, NICE_WRITING = 10, 7, 13
"""Niceness of engines, of those that speak, and of those that write answers.

A model has its next words before the last ones are spoken, so the voice goes first. With 5 for voices the program's own
loop was held up under full load: 6 ms at the 99th percentile with the window open, not 4.5.
"""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice of a model."""

    name: str
    """What a request calls it; empty: it is called as its model is."""
    language: str
    """BCP-47."""
    description: str
    speakers: tuple[str, ...] = ()
    """Speakers within the voice, where the model has several."""
    variant: str | None = None
    """What follows the colon in `provider/model:variant`; None when the model is the voice."""


@dataclass(frozen=True, slots=True)
class Included:
    """A model that comes with an engine's package: it is installed as soon as the package is."""

    model: str
    title: str
    licence: str
    folder: Path
    """Where its files lie; given to the worker and to `Descriptor.voices`."""
    languages: tuple[str, ...] = ()
    """BCP-47 primary tags; `multi` for many."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """File's name → SHA-256, in hexadecimal figures; the worker loads no other bytes."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A second model that an option of an engine needs."""

    id: str
    """`provider/model` in the catalogue."""
    without: str
    """What the engine does when it is not installed, as in "ends utterances by silence alone"."""
    usual: bool = False
    """True: used wherever it is installed; that it is not is told only where the configuration names the option."""


@dataclass(frozen=True, slots=True)
class EngineKind:
    """One kind of worker process: its module, and how many cores and how much memory it uses."""

    name: str
    """The name of the engine's descriptor."""
    module: str = ""
    """Empty: `voicegw_desktop.workers.<name>`."""
    needs_model: bool = True
    """Whether its models are files in the store."""
    http: bool = False
    """The worker serves OpenAI's HTTP form instead of streams."""
    weight: float = 1.0
    """The engine's share of the cores, relative to other engines."""
    most_threads: int = 4
    one_thread_bytes: int = 0
    """Models of no more bytes are quickest with one thread: waking another takes longer than their steps."""
    yields: bool = False
    """True: its threads sleep while they wait, so that it may have every core and not all but one."""
    nice: int = NICE
    """How readily it leaves a core to other processes, as Unix counts it (-20 to 19); the program itself has 0."""
    memory_factor: float = 1.5
    """Bytes held per byte of model file; measured, rounded up."""
    memory_base: int = 100 * MIB
    """Bytes held whatever the model."""
    hang_timeout: float = 60.0
    """Seconds without progress after which it is ended."""
    caches: bool = False
    """The worker gets the program's cache folder as `options.cache_dir`."""
    network: bool = False
    """The worker may go online: proxy settings are passed on."""
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What its libraries read before they start."""
    sized: str | None = None
    """`module:function` of a model's folder or file, the section's options and the bytes that all engines may hold: the
    options that follow from them, and the bytes that they take beyond what the model itself needs."""
    helpers: Mapping[str, Helper] = field(default_factory=lambda: MappingProxyType({}))
    """Option that must be set → the model it needs; the worker gets its folder as `options.<option>_dir`."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """How models are told to think less: fields of a chat."""

    models: str
    """A regular expression that fits their whole names."""
    off: Mapping[str, object]
    low: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One engine or provider. Its module imports neither the engine's package nor its worker."""

    name: str
    """Lower-case letters, digits and `_`; what stands before the slash in `provider/model`."""
    title: str
    """One sentence for lists and the reference page."""
    modalities: frozenset[Modality]
    zone: Zone = Zone.CLOUD
    """Where data goes unless an address says otherwise."""
    cls: str
    """`package.module:Class`, the provider class of the Python surface, imported on first use."""
    extra: str | None = None
    """The extra of voicegw-desktop that installs what it needs; None: nothing more is needed."""
    requirement: str | None = None
    """What `pip install` is given instead of an extra."""
    package: str | None = None
    """The module whose absence means that what it needs is missing."""
    env: str | None = None
    """The environment variable its key is looked for in; None: it has no key."""
    key_page: str | None = None
    """The address of the page on which a person gets a key."""
    default_models: Mapping[Modality, str] = field(default_factory=lambda: MappingProxyType({}))
    """Modality → the model of a name in `models` that gives none."""
    model_is_voice: bool = False
    """Each of its models is one voice: a name in `models` without a model means its `default_voice`."""

    # -- engines: run on this machine, have a section `engines.<name>`
    worker: EngineKind | None = None
    """The child process that serves it."""
    server: str | None = None
    """`module:Class` of a server that serves it beside the workers, as engines/servers/ollama.py does."""
    options: type[BaseModel] | None = None
    """The section `engines.<name>`, a subclass of `config.engine.EngineConfig`; None: EngineConfig itself."""
    included: tuple[Included, ...] = ()
    """Models that come with the package."""
    catalogue: Path | None = None
    """A YAML file in the form of resources/catalogue.yaml that adds models which can be pulled."""
    voices: Callable[[Path], tuple[Voice, ...]] | None = None
    """Reads the voices of a model from its folder; OSError, ValueError, KeyError: the files do not say."""
    hears: Callable[[Path], tuple[str, ...]] | None = None
    """For an engine whose models hear or speak: the languages of the recogniser in a folder, BCP-47 primary tags or
    `multi`; empty when the model there speaks. None: all its models do the same."""
    voice_ids: str | None = None
    """A regular expression that fits its voice ids and those of no other engine."""

    # -- providers: reached over the network
    backends: Mapping[Modality, str] = field(default_factory=lambda: MappingProxyType({}))
    """Modality → `module:function` that makes its backend from an `engines.servers.reach.Reach`; for an engine, that of
    its servers at other addresses, which `providers.<name>.base_url` gives."""
    schemes: tuple[str, ...] = ("http", "https", "ws", "wss")
    """What its `base_url` may begin with."""
    plugin: str | None = None
    """LiveKit's plugin that serves its speech, in the cloud worker."""
    chat_address: str | None = None
    """Where it answers in OpenAI's chat form, unless `base_url` says otherwise."""
    chat_path: str = ""
    """What an address ends with where that form lies below it; added where `base_url` lacks it."""
    answer_limit: str = "max_tokens"
    """The name of the field that limits an answer, at `/chat/completions`."""
    thinking: tuple[Thinking, ...] = ()
    """How its models that think are told by `routing.llm.reasoning` to think less; the first that fits counts."""
    own_server: str | None = None
    """What a server of the user's own is called; it has no address but `base_url`, and its state is shown."""
    any_address: bool = False
    """Serves a configured provider of an unknown name that has a `base_url` and no `type`."""
    many_languages: bool = False
    """True: "multi" as a language means several in one recording."""
    client_finalizes: bool = False
    """LiveKit's client ends each of its utterances; for the others the server finds the end."""
    endless: bool = False
    """Whether the provider never closes a transcription stream itself."""

    @property
    def local(self) -> bool:
        """Whether it runs on this machine unless an address says otherwise."""
        return self.zone is Zone.LOCAL

    @property
    def engine(self) -> bool:
        """Whether it runs on this machine, started by this program."""
        return self.worker is not None or self.server is not None

    @property
    def stored(self) -> bool:
        """Whether its models are files of the model store."""
        return self.worker is not None and self.worker.needs_model

    def does(self, folder: Path) -> Modality:
        """What the model in a folder does."""
        if self.hears is not None:
            return Modality.STT if self.hears(folder) else Modality.TTS
        return min(self.modalities)

    @property
    def install_hint(self) -> str:
        """How to install what it needs, as a sentence; empty when nothing is needed."""
        if self.requirement is None and self.extra is None:
            return ""
        return f"Install with: {install.command(*filter(None, [self.extra]), requirement=self.requirement)}"


@dataclass(frozen=True, slots=True)
class LateRoutes:
    """Routes whose code is imported by their first request: a wire without clients costs a start no time or memory."""

    make: str
    """`module:function`, as in `Door.routes`."""
    paths: tuple[str, ...]
    """Each method and path that `make` serves, as in "GET /v1/listen"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One wire on which clients come in."""

    name: str
    title: str
    """One sentence for lists."""
    routes: tuple[str, ...] = ()
    """`module:function`, each takes the server's SocketContext and returns aiohttp routes."""
    late_routes: tuple[LateRoutes, ...] = ()
    listener: str | None = None
    """`module:function` for a wire that is not HTTP: takes the SocketContext and the path of the unix socket (None:
    none is served), returns a `sockets.doors.Listener`, or None when the configuration does not ask for it."""
    clients: tuple[tuple[str, str], ...] = ()
    """What requests of this wire's own clients carry, on any path: a header, and the beginning of its value in lower
    case; one of them is enough."""
    models: str | None = None
    """`module:function` of the gateway: what `/v1/models` is for `clients`; None: it has none of its own."""
    operations: bool = False
    """True: the door serves operations, not inference."""
    errors: str | None = None
    """`module:function` of a status and the one error shape: the body that this wire's clients read; None: no other."""
    error_paths: tuple[str, ...] = ()
    """Beginnings of the paths whose errors `errors` writes; on other paths it writes those of `clients`."""

    def is_asked_by(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers comes from one of `clients`; names of headers in any case."""
        return any(name in headers and headers[name].lower().startswith(start) for name, start in self.clients)
