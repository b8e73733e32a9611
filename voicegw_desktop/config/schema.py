"""The shape of `voicegw.yaml`: every section, every default, one description under each field.

A file written for VoiceGateway loads (`config.foreign` has its keys without a use here); what this program adds are
`engines`, `routing` and `desktop`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from voicegw_desktop.config.engine import DEFAULT_KEEP_ALIVE, EngineConfig
from voicegw_desktop.config.retention import RetentionConfig
from voicegw_desktop.config.schema_money import MOST_USD, BudgetsConfig, CostTrackingConfig, PriceConfig
from voicegw_desktop.config.schema_routing import RoutingConfig, StackConfig
from voicegw_desktop.config.schema_updates import UpdatesConfig
from voicegw_desktop.config.section import Section
from voicegw_desktop.config.units import HostName, KeepAlive, Label, Name, PathName, Size, web_address
from voicegw_desktop.core.addresses import problem
from voicegw_desktop.core.paths import expanded
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.typed import is_record

DEFAULT_PORT = 7717


class ProviderConfig(Section):
    """One provider; keys beyond these go to the provider's plugin as they are."""

    model_config = ConfigDict(extra="allow")

    type: str | None = None
    """Which kind it is when the name does not say: `openai_compatible`, `wyoming`, or any provider's name."""
    api_key: str | None = Field(default=None, repr=False)
    """Usually `${OPENAI_API_KEY}`; left out, the OS keychain is asked, then the environment."""
    base_url: str | None = None
    """Another server that speaks the protocol. A stored key is bound to it: enter the key again to change it."""
    allow_link_local: bool = False
    """True: `base_url` may be link-local (169.254.0.0/16, fe80::) or where a cloud keeps a machine's credentials."""
    enabled: bool = True
    """False: as if it were not written here."""
    zone: Literal["local", "lan", "cloud"] | None = None
    """Where its data goes, when the address does not tell; see `routing`."""

    @model_validator(mode="after")
    def _usable(self) -> ProviderConfig:
        if self.base_url and (why := problem(self.base_url, link_local=self.allow_link_local)):
            raise ValueError(f"base_url cannot be used. {why}".removesuffix("."))
        return self


class ModelConfig(Section):
    """A name of your own for a target: `local/whisper-base` → whisper, base."""

    model_config = ConfigDict(extra="allow")

    provider: str
    """The provider's name."""
    model: str
    """The provider's own name for the model; none: the provider's default, `default_voice` where a model is a voice."""
    default_voice: str | None = None
    """The voice when none is asked for; TTS."""
    default_language: str | None = None
    """The language when none is asked for, a BCP-47 tag; STT."""
    enabled: bool = True
    """False: the name is unknown."""


class ModelsConfig(Section):
    """Names of your own, by modality."""

    stt: dict[PathName, ModelConfig] = {}
    """For speech to text."""
    llm: dict[PathName, ModelConfig] = {}
    """For chat."""
    tts: dict[PathName, ModelConfig] = {}
    """For text to speech."""

    def of(self, modality: str) -> dict[str, ModelConfig]:
        """The names of one modality; KeyError for an unknown modality."""
        return {"stt": self.stt, "llm": self.llm, "tts": self.tts}[modality]

    @field_validator("stt", "llm", "tts", mode="before")
    @classmethod
    def _with_models(cls, names: object, info: ValidationInfo) -> object:
        if not is_record(names):
            return names
        return {name: _with_model(entry, Modality(str(info.field_name))) for name, entry in names.items()}


def _with_model(entry: object, modality: Modality) -> object:
    """A name's settings with the provider's default where they name no model."""
    if not is_record(entry) or entry.get("model"):
        return entry
    provider = PROVIDERS.get(str(entry.get("provider")))
    if provider is None:
        return entry
    voice = entry.get("default_voice")
    if provider.model_is_voice and isinstance(voice, str) and voice:
        return {**entry, "model": voice, "default_voice": None}
    default = provider.default_models.get(modality)
    return {**entry, "model": default} if default else entry


class ProjectConfig(Section):
    """The account that pays: a budget, a default stack, keys of its own, and how far its data may travel."""

    name: Label | None = None
    """What people read; none: the id."""
    description: str = ""
    """A note for people."""
    default_stack: str | None = None
    """The stack that serves it unless `routing` says otherwise; one of `stacks`."""
    daily_budget: float | None = Field(default=None, ge=0, le=MOST_USD)
    """US dollars a day, local midnight to midnight; none: no limit."""
    weekly_budget: float | None = Field(default=None, ge=0, le=MOST_USD)
    """US dollars from Monday to Sunday, local time; none: no limit."""
    monthly_budget: float | None = Field(default=None, ge=0, le=MOST_USD)
    """US dollars in a calendar month, local time; none: no limit."""
    budget_action: Literal["warn", "throttle", "block"] = "warn"
    """What happens once one of them is spent: `warn` only says so, `throttle` still serves what costs nothing, `block`
    refuses what costs."""
    unpriced: Literal["allow", "block"] = "allow"
    """With a budget, for models whose price is not known: `allow` serves them uncounted and says so once a day,
    `block` refuses them until `prices.<provider>.<model>` gives a price."""
    tags: list[str] = []
    """Words to group projects by; without effect here."""
    vocabulary: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=100)] = []
    """Names and terms that recognisers should know, local and cloud, as far as they can be told."""
    answer_ahead: Literal["off", "local", "paid"] = "local"
    """Which targets may prepare an answer while a person's silence is not yet their end: local ones, or also those
    that cost money and are paid for answers that are thrown away."""
    endpointing: Literal["adaptive", "fixed"] | None = None
    """How utterances of its live streams end where a request does not say; none: as `engines.<name>.endpointing`."""
    providers: dict[Name, ProviderConfig] = {}
    """Keys and addresses that hold for this project only."""
    egress: Literal["local", "lan", "cloud"] = "cloud"
    """The farthest zone this project's audio and text may reach."""
    allow_local_to_cloud: bool = False
    """Let a request for a local target fall back to a cloud one. The change is always reported."""
    source: Literal["yaml", "db", "auto"] = Field(default="yaml", exclude=True)
    """Where the project is defined; set by the program."""


class FallbacksConfig(Section):
    """Targets to try in order when the wanted one fails."""

    stt: list[str] = []
    """For speech to text."""
    llm: list[str] = []
    """For chat."""
    tts: list[str] = []
    """For text to speech."""

    def of(self, modality: str) -> list[str]:
        """The targets of one modality; KeyError for an unknown modality."""
        return {"stt": self.stt, "llm": self.llm, "tts": self.tts}[modality]


class ObservabilityConfig(Section):
    """What is watched and kept."""

    latency_tracking: bool = True
    """Percentiles of the last minutes, and a notice for a slow first byte. What is stored has its times either way."""
    cost_tracking: bool = True
    """Store requests and what they cost; the same as `cost_tracking.enabled`."""
    request_logging: bool = True
    """Keep who asked for what with each request: session, key, wire, wanted model, error text, details of the legs.
    When false only what sums, budgets and percentiles are made of is stored, and there are no sessions to look at."""
    otel_endpoint: str | None = None
    """Send a trace of each turn and a span of each request to this OpenTelemetry collector by OTLP/HTTP, such as
    `http://127.0.0.1:4318`; none: nowhere. Needs `pip install voicegw-desktop[otel]`; offline mode and each project's
    `egress` hold for it."""
    otel_headers: dict[str, str] = Field(default={}, repr=False)
    """Headers that the collector asks for; write a secret as `${NAME}`."""
    transcripts: bool = False
    """Keep what person and agent said in each turn, sealed with a secret of this profile (`voicegw secrets`)."""

    @field_validator("otel_endpoint")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        return web_address(url, "otel_endpoint")


class LatencyConfig(Section):
    """When a first byte is slow, and which percentiles are shown."""

    ttfb_warning_ms: float = Field(default=500, gt=0, le=3_600_000)
    """A first byte later than this many milliseconds brings a notice."""
    percentiles: list[Annotated[float, Field(gt=0, le=100)]] = [50, 95, 99]
    """Per cent, as shown in reports."""


class RateLimit(Section):
    """A limit by provider (`openai`), for one project (`shop/openai`), or for all a project asks (`shop/*`)."""

    requests_per_minute: int = Field(gt=0, le=1_000_000)
    """Over a sliding minute; the next one is answered with 429 and Retry-After."""


SPOKEN_ANSWERS = "You are a voice assistant. Answer in one to three short plain sentences, without lists or markup."


class ServeConfig(Section):
    """The socket: where it listens and what it lets in."""

    host: str = "127.0.0.1"
    """Anything but loopback also needs `allow_lan: true`."""
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    """0: any free port."""
    allow_lan: bool = False
    """The second of the two places that must agree before another machine is let in."""
    names: list[HostName] = []
    """Names by which clients reach the gateway, such as `strong.lan`, besides localhost, the name of the machine (with
    `allow_lan`) and those in the certificate at `tls_cert`. A request by another name is refused."""
    unix_socket: bool = True
    """Serve the same routes on a unix socket (mode 0600); the same user needs no key there. On Windows: on a loopback
    port, for programs that read its token from a file of the user's."""
    keyless_loopback: bool = False
    """Let anyone on this machine in without a key."""
    tls_cert: str | None = None
    """A PEM file; with `tls_key` the port speaks TLS."""
    tls_key: str | None = None
    """The PEM file of its key."""
    max_body: Size = 200 * 1024 * 1024
    """Largest upload, such as a recording to transcribe."""
    max_connections: int = Field(default=256, gt=0, le=100_000)
    """Open at once by TCP, and as many by the unix socket. Beyond them the one silent for longest is ended; when all
    are in use, 503. One key, or one address without a key, may use three quarters; more is answered with 429."""
    max_session: KeepAlive = "4h"
    """Longest WebSocket session."""
    idle_timeout: KeepAlive = "10m"
    """A WebSocket that says nothing this long is closed."""
    wyoming_port: int | None = Field(default=None, ge=0, le=65535)
    """Serve the Wyoming protocol on this TCP port; none: off."""
    wyoming_instructions: str = Field(default=SPOKEN_ANSWERS, max_length=20_000)
    """What the chat model is told first when a Wyoming client, such as Home Assistant, has it answer a sentence."""
    ollama_port: int | None = Field(default=None, ge=0, le=65535)
    """Serve Ollama's routes without a key on this port of 127.0.0.1 (Ollama's own is 11434); none: off. Every
    program of this machine may then chat for the default project."""
    zeroconf: bool = False
    """Announce the Wyoming server on the local network."""


class ApiKeyConfig(Section):
    """A key written into the file; keys minted by the program are stored hashed instead."""

    token: str = Field(repr=False)
    """The key; write `${NAME}` to take it from the environment."""
    name: Label = ""
    """What it is called in lists; a name that no other key has makes its id, `config:` and the name."""
    scopes: list[str] = []
    """`read`, `write`, `admin`, `inference`; empty: everything."""
    project: Name | None = None
    """The project that pays; none: the default one."""


class AuthConfig(Section):
    """Which clients are accepted."""

    api_keys: list[ApiKeyConfig] = []
    """Keys written here, beside those minted by the program."""
    cors_origins: list[str] = []
    """Web origins that may call from a browser; none by default."""


class EnginesBase(Section):
    """The local engines, each in a process of its own."""

    keep_alive: KeepAlive = DEFAULT_KEEP_ALIVE
    """How long an idle engine stays, unless its own section says otherwise; -1: for ever; 0: until its request is over,
    and five minutes for the first one when it was loaded ahead."""
    memory_limit: Size = None
    """All engines together; none: 60 % of this machine's memory."""
    models_folder: str | None = None
    """Where models are kept, all engines' together; VOICEGW_MODELS_DIR overrides it; none: in the profile."""
    cores: int | None = Field(default=None, gt=0, le=4096)
    """Cores that engines of one kind may share, since hearing, thinking and speaking take turns; none: all, for engines
    whose threads do not sleep while they wait (llamacpp on Windows and macOS) all but one."""

    def of(self, name: str) -> EngineConfig | None:
        """The section of one engine; None when there is no such engine."""
        # asked for each request: not by way of every engine's section
        section = self.__dict__.get(name)
        return section if isinstance(section, EngineConfig) else None

    def own_models(self) -> dict[str, Path]:
        """`engine/model` of each model whose files an engine's section names, with where they are."""
        return {
            f"{name}/{model}": expanded(path)
            for name, section in self.sections().items()
            for model, path in getattr(section, "models", {}).items()
        }

    def sections(self) -> dict[str, EngineConfig]:
        """Every engine's section by its name."""
        own = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: section for name, section in own if isinstance(section, EngineConfig)}


def _with_a_section_for_each_engine() -> type[EnginesBase]:
    shapes = {n: (e.options or EngineConfig, e.title) for n, e in sorted(PROVIDERS.items()) if e.engine}
    metaclass: Any = type(EnginesBase)
    made: type[EnginesBase] = metaclass(
        "EnginesConfig",
        (EnginesBase,),
        {
            "__module__": __name__,
            "__doc__": EnginesBase.__doc__,
            "__annotations__": {name: shape for name, (shape, _) in shapes.items()},
            **{name: Field(default=shape(), description=title) for name, (shape, title) in shapes.items()},
        },
    )
    return made


if TYPE_CHECKING:
    EnginesConfig = EnginesBase
else:
    EnginesConfig = _with_a_section_for_each_engine()


class DesktopConfig(Section):
    """The tray application."""

    theme: Literal["system", "light", "dark"] = "system"
    """The window's colours; `system` follows the desktop."""
    language: Literal["system", "en", "de", "es", "zh_CN"] = "system"
    """Language of the window and the tray; `system`: the first of the desktop's languages that there is."""
    text_size: int = Field(default=100, ge=50, le=300)
    """Per cent of the usual size."""
    start_hidden: bool = True
    """Start in the tray where there is one."""
    attach: str | None = None
    """Address of a gateway that already runs; none: the app hosts it."""
    notifications: bool = True
    """Show notices such as a spent budget or an engine that failed."""
    mcp_microphone: bool = False
    """Let agents speak and listen on this machine through the MCP tools speak, listen and converse."""


class VoiceGatewaySchema(Section):
    """The whole file."""

    providers: dict[Name, ProviderConfig] = {}
    """By name; keys, addresses, zones."""
    models: ModelsConfig = ModelsConfig()
    """Names of your own for targets."""
    stacks: dict[Name, StackConfig] = {}
    """Named choices of targets."""
    projects: dict[Name, ProjectConfig] = {}
    """Projects, by id."""
    default_project: Name = "default"
    """The project of requests whose key names none."""
    fallbacks: FallbacksConfig = FallbacksConfig()
    """What to try when a target fails."""
    observability: ObservabilityConfig = ObservabilityConfig()
    """What is watched and kept."""
    cost_tracking: CostTrackingConfig = CostTrackingConfig()
    """Where it is stored."""
    retention: RetentionConfig = RetentionConfig()
    """How long it is kept."""
    budgets: BudgetsConfig = BudgetsConfig()
    """Budgets of keys and of the machine."""
    prices: dict[str, dict[str, PriceConfig]] = {}
    """What you pay, by provider and the provider's own name for the model; `*` at its end matches the rest."""
    latency: LatencyConfig = LatencyConfig()
    """What counts as slow."""
    rate_limits: dict[str, RateLimit] = {}
    """By provider, or by project and provider."""
    serve: ServeConfig = ServeConfig()
    """The socket."""
    auth: AuthConfig = AuthConfig()
    """Keys and origins."""
    engines: EnginesConfig = EnginesConfig()
    """Local engines."""
    routing: RoutingConfig = RoutingConfig()
    """What serves what."""
    desktop: DesktopConfig = DesktopConfig()
    """The tray application."""
    updates: UpdatesConfig = UpdatesConfig()
    """New versions of the program."""
