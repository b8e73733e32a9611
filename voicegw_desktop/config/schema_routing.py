"""The shape of `stacks` and `routing`: which target serves what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from voicegw_desktop.config.section import Section
from voicegw_desktop.config.units import KeepAlive, Name, TargetName


class StackConfig(Section):
    """A named choice of one target per modality."""

    stt: str | None = None
    """Target for speech to text; none: as requested."""
    llm: str | None = None
    """Target for chat; none: as requested."""
    tts: str | None = None
    """Target for text to speech; none: as requested."""

    def of(self, modality: str) -> str | None:
        """The target of one modality; KeyError for an unknown modality."""
        return {"stt": self.stt, "llm": self.llm, "tts": self.tts}[modality]


class When(Section):
    """All that is given must hold."""

    power: Literal["battery", "mains"] | None = None
    """What the machine runs on."""
    network: Literal["offline", "online"] | None = None
    """Whether a route out of this machine exists."""
    cpu_above: float | None = Field(default=None, ge=0, le=100)
    """Per cent of all cores over the last ten seconds."""


class ConditionConfig(Section):
    """While `when` holds, these targets serve."""

    when: When
    """What must hold."""
    stt: TargetName | None = None
    """Target for speech to text meanwhile."""
    llm: TargetName | None = None
    """Target for chat meanwhile."""
    tts: TargetName | None = None
    """Target for text to speech meanwhile."""


class ModalityRoute(Section):
    """What serves one modality."""

    route: str = "as_requested"
    """`as_requested`, or one target for everyone."""
    aliases: dict[str, str] = {}
    """Requested string → target; `*` at the end matches the rest, a bare `*` catches everything unknown."""
    offline: dict[str, str] = {}
    """Names as in `aliases`, used before them in offline mode."""
    ttfb_limit_ms: float | None = Field(default=None, gt=0, le=3_600_000)
    """A target slower than this to its first byte is left for the next in the chain."""
    hedge: bool = False
    """When the limit passes, let the next target join instead of giving up the first; both may be billed."""


class ChatRoute(ModalityRoute):
    """What serves chat."""

    reasoning: Literal["as_requested", "off", "low"] = "as_requested"
    """How much models that think first may think, whatever requests ask: a thought keeps a listener waiting."""


class BreakerConfig(Section):
    """When a failing target is left alone, and when it is tried again."""

    trip_after: int = Field(default=3, gt=0, le=1_000_000)
    """Failures in a row."""
    probe_after: KeepAlive = "15s"
    """How long a tripped target rests before one request tries it."""
    min_dwell: KeepAlive = "30s"
    """Shortest stay on a fallback before going back."""


class RoutingConfig(Section):
    """Which target serves what; also changed live from the tray, the CLI, HTTP and MCP."""

    offline: bool = False
    """Nothing leaves this machine; cloud names are served by local targets."""
    stack: str | None = None
    """The stack everyone gets; none: each project's own."""
    stt: ModalityRoute = ModalityRoute()
    """Speech to text."""
    llm: ChatRoute = ChatRoute()
    """Chat."""
    tts: ModalityRoute = ModalityRoute()
    """Text to speech."""
    projects: dict[Name, StackConfig] = {}
    """One target per project and modality; overrides `route`."""
    conditions: list[ConditionConfig] = []
    """The conditions that hold override the routes, in this order; offline mode and `egress` stay as they are."""
    breaker: BreakerConfig = BreakerConfig()
    """When targets rest."""

    def of(self, modality: str) -> ModalityRoute:
        """The route of one modality; KeyError for an unknown modality."""
        return {"stt": self.stt, "llm": self.llm, "tts": self.tts}[modality]
