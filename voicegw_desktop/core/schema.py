"""The shape of `voicegw.yaml`: every section, every default, one description under each field.

A file written for VoiceGateway loads; what this program adds are `engines`, `routing` and `desktop`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DEFAULT_PORT = 7717
DEFAULT_KEEP_ALIVE = "5m"

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?", re.IGNORECASE)


def parse_keep_alive(value: str | int | float) -> float | None:
    """Seconds an idle engine stays, in Ollama's syntax: `5m`, `1h30m`, `300`, `0`; None for ever (any negative)."""
    text = str(value).strip()
    negative, text = text.startswith("-"), text.lstrip("-")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    elif text and "".join(m.group(0) for m in _DURATION.finditer(text)) == text:
        seconds = sum(float(n) * _UNITS[u] for n, u in _DURATION.findall(text))
    else:
        raise ValueError(f'"{value}" is not a duration: write 5m, 90s, 1h30m, 0 (unload at once) or -1 (stay)')
    return None if negative else seconds


def parse_size(value: str | int) -> int:
    """Bytes: `4GiB`, `4GB`, `800MB` or a plain number."""
    match = _SIZE.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f'"{value}" is not a size: write 4GiB, 800MB or a number of bytes')
    unit = (match.group(2) or "").upper()
    base = 1024 if unit.endswith("I") else 1000
    return int(float(match.group(1)) * base ** ("KMGT".index(unit[0]) + 1 if unit else 0))


def _keep_alive(value: Any) -> str:
    parse_keep_alive(value)
    return str(value)


def _size(value: Any) -> Any:
    return None if value is None else parse_size(value)


KeepAlive = Annotated[str, BeforeValidator(_keep_alive)]
Size = Annotated[int | None, BeforeValidator(_size)]


def _target(value: str) -> str:
    provider, slash, model = value.partition("/")
    if not (slash and provider and model):
        raise ValueError(f'"{value}" is not a target: write provider/model, as in whisper/base')
    return value


TargetName = Annotated[str, AfterValidator(_target)]


class Section(BaseModel):
    """A part of the file. Unknown keys are errors; fields are documented one by one."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, validate_default=True)


class ProviderConfig(Section):
    """One provider; keys beyond these go to the provider's plugin as they are."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str | None = None
    """Which kind it is when the name does not say: `openai_compatible`, `wyoming`, or any provider's name."""
    api_key: str | None = Field(default=None, repr=False)
    """Usually `${OPENAI_API_KEY}`; left out, the OS keychain is asked, then the environment."""
    base_url: str | None = None
    """Another address that speaks the same protocol."""
    enabled: bool = True
    zone: Literal["local", "lan", "cloud"] | None = None
    """Where its data goes, when the address does not tell; see `routing`."""


class ModelConfig(Section):
    """A name of your own for a target: `local/whisper-base` → whisper, base."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    provider: str
    model: str
    default_voice: str | None = None
    default_language: str | None = None
    enabled: bool = True


class ModelsConfig(Section):
    """Names of your own, by modality."""

    stt: dict[str, ModelConfig] = {}
    llm: dict[str, ModelConfig] = {}
    tts: dict[str, ModelConfig] = {}


class StackConfig(Section):
    """A named choice of one target per modality."""

    stt: str | None = None
    llm: str | None = None
    tts: str | None = None


class ProjectConfig(Section):
    """Who pays: a budget, a default stack, keys of its own, and how far its data may travel."""

    name: str | None = None
    description: str = ""
    default_stack: str | None = None
    daily_budget: float | None = Field(default=None, ge=0)
    """US dollars a day, local midnight to midnight; none: no limit."""
    budget_action: Literal["warn", "throttle", "block"] = "warn"
    tags: list[str] = []
    providers: dict[str, ProviderConfig] = {}
    """Keys and addresses that hold for this project only."""
    egress: Literal["local", "lan", "cloud"] = "cloud"
    """The farthest zone this project's audio and text may reach."""
    allow_local_to_cloud: bool = False
    """May a request that asked for a local target fall back to a cloud one? Never silently, and never by default."""
    source: Literal["yaml", "db", "auto"] = Field(default="yaml", exclude=True)
    """Where the project is defined; set by the program."""


class FallbacksConfig(Section):
    """Targets to try in order when the wanted one fails."""

    stt: list[str] = []
    llm: list[str] = []
    tts: list[str] = []


class ObservabilityConfig(Section):
    """What is watched and kept."""

    latency_tracking: bool = True
    """Percentiles of the last minutes, and a notice for a slow first byte. What is stored has its times either way."""
    cost_tracking: bool = True
    """Store requests and what they cost; the same as `cost_tracking.enabled`."""
    request_logging: bool = True
    """Keep who asked for what with each request: session, key, wire, wanted model, error text, details of the legs.
    When false only what sums, budgets and percentiles are made of is stored, and there are no sessions to look at."""


class CostTrackingConfig(Section):
    enabled: bool = True
    db_path: str | None = None
    """The database; `VOICEGW_DB_PATH` goes before it."""
    daily_budget_alert: float | None = Field(default=None, ge=0)
    """US dollars a day over all projects after which a notice appears."""


class LatencyConfig(Section):
    ttfb_warning_ms: float = Field(default=500, gt=0)
    percentiles: list[float] = [50, 95, 99]


class RateLimit(Section):
    requests_per_minute: int = Field(gt=0)


class ServeConfig(Section):
    host: str = "127.0.0.1"
    """Anything but loopback also needs `allow_lan: true`."""
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    """0: any free port."""
    allow_lan: bool = False
    """The second of the two places that must agree before another machine is let in."""
    unix_socket: bool = True
    """Serve the same routes on a unix socket (mode 0600); the same user needs no key there."""
    keyless_loopback: bool = False
    """Let anyone on this machine in without a key."""
    tls_cert: str | None = None
    tls_key: str | None = None
    max_body: Size = 200 * 1024 * 1024
    """Largest upload, such as a recording to transcribe."""
    max_connections: int = Field(default=256, gt=0)
    max_session: KeepAlive = "4h"
    """Longest WebSocket session."""
    idle_timeout: KeepAlive = "10m"
    """A WebSocket that says nothing this long is closed."""
    wyoming_port: int | None = Field(default=None, ge=0, le=65535)
    """Serve the Wyoming protocol on this TCP port; none: off."""
    zeroconf: bool = False
    """Announce the Wyoming server on the local network."""


class ApiKeyConfig(Section):
    """A key written into the file; keys minted by the program are stored hashed instead."""

    token: str = Field(repr=False)
    name: str = ""
    scopes: list[str] = []
    project: str | None = None


class AuthConfig(Section):
    api_keys: list[ApiKeyConfig] = []
    cors_origins: list[str] = []
    """Web origins that may call from a browser; none by default."""


class EngineConfig(Section):
    """How one local engine runs; keys beyond these go to the engine as options."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    enabled: bool = True
    keep_alive: KeepAlive | None = None
    """How long it stays when idle; none: `engines.keep_alive`."""
    threads: int | None = Field(default=None, gt=0)
    """None: the arbiter assigns."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `metal`"""
    compute_type: str = "auto"
    """`auto`, `int8`, `float16`, `float32`, ... as the engine knows them."""
    preload: list[str] = []
    """Models to load when the program starts."""


class WhisperConfig(EngineConfig):
    endpointing_ms: int = Field(default=400, ge=0)
    """Silence that ends an utterance."""
    beam_size: int = Field(default=1, ge=1)
    smart_turn: bool = False
    """Ask the Smart Turn model whether a pause ends the turn."""


class LlamaConfig(EngineConfig):
    context_size: int = Field(default=4096, gt=0)
    """Tokens."""
    models: dict[str, str] = {}
    """Names of your own for GGUF files outside the model store."""
    chat_template_file: str | None = None


class OllamaConfig(EngineConfig):
    base_url: str = "http://127.0.0.1:11434"
    manage: Literal["auto", "attach", "own"] = "auto"
    """`attach`: use the server that runs there; `own`: start and stop `ollama serve`; `auto`: attach, else start."""
    binary: str | None = None
    models_dir: str | None = None


class EnginesConfig(Section):
    """The local engines, each in a process of its own."""

    keep_alive: KeepAlive = DEFAULT_KEEP_ALIVE
    memory_limit: Size = None
    """All engines together; none: 60 % of this machine's memory."""
    cores: int | None = Field(default=None, gt=0)
    """Cores the engines may share; none: all but one."""
    whisper: WhisperConfig = WhisperConfig()
    kokoro: EngineConfig = EngineConfig()
    piper: EngineConfig = EngineConfig()
    llamacpp: LlamaConfig = LlamaConfig()
    ollama: OllamaConfig = OllamaConfig()


class When(Section):
    """All that is given must hold."""

    power: Literal["battery", "mains"] | None = None
    network: Literal["offline", "online"] | None = None
    cpu_above: float | None = Field(default=None, ge=0, le=100)
    """Per cent of all cores over the last ten seconds."""


class ConditionConfig(Section):
    """While `when` holds, these targets serve."""

    when: When
    stt: TargetName | None = None
    llm: TargetName | None = None
    tts: TargetName | None = None


class ModalityRoute(Section):
    """What serves one modality."""

    route: str = "as_requested"
    """`as_requested`, or one target for everyone."""
    aliases: dict[str, str] = {}
    """Requested string → target; `*` at the end matches the rest, a bare `*` catches everything unknown."""
    offline: dict[str, str] = {}
    """The same, used in offline mode before `aliases`."""
    ttfb_limit_ms: float | None = Field(default=None, gt=0)
    """A target slower than this to its first byte gives way to the next in the chain."""
    hedge: bool = False
    """When the limit passes, let the next target join instead of giving up the first; both may be billed."""


class BreakerConfig(Section):
    """When a failing target is left alone, and when it is tried again."""

    trip_after: int = Field(default=3, gt=0)
    """Failures in a row."""
    probe_after: KeepAlive = "15s"
    min_dwell: KeepAlive = "30s"
    """Shortest stay on a fallback before going back."""


class RoutingConfig(Section):
    """Which target serves what; also changed live from the tray, the CLI, HTTP and MCP."""

    offline: bool = False
    """Nothing leaves this machine; cloud names are served by local targets."""
    stack: str | None = None
    """The stack everyone gets; none: each project's own."""
    stt: ModalityRoute = ModalityRoute()
    llm: ModalityRoute = ModalityRoute()
    tts: ModalityRoute = ModalityRoute()
    projects: dict[str, StackConfig] = {}
    """One target per project and modality; goes before `route`."""
    conditions: list[ConditionConfig] = []
    breaker: BreakerConfig = BreakerConfig()


class DesktopConfig(Section):
    theme: Literal["system", "light", "dark"] = "system"
    start_hidden: bool = True
    """Start in the tray where there is one."""
    attach: str | None = None
    """Address of a gateway that already runs; none: the app hosts it."""
    notifications: bool = True


class VoiceGatewaySchema(Section):
    """The whole file."""

    providers: dict[str, ProviderConfig] = {}
    models: ModelsConfig = ModelsConfig()
    stacks: dict[str, StackConfig] = {}
    projects: dict[str, ProjectConfig] = {}
    default_project: str = "default"
    fallbacks: FallbacksConfig = FallbacksConfig()
    observability: ObservabilityConfig = ObservabilityConfig()
    cost_tracking: CostTrackingConfig = CostTrackingConfig()
    latency: LatencyConfig = LatencyConfig()
    rate_limits: dict[str, RateLimit] = {}
    serve: ServeConfig = ServeConfig()
    dashboard: dict[str, Any] = {}
    """Accepted for VoiceGateway's sake; unused."""
    auth: AuthConfig = AuthConfig()
    engines: EnginesConfig = EnginesConfig()
    routing: RoutingConfig = RoutingConfig()
    desktop: DesktopConfig = DesktopConfig()
