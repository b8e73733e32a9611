"""What the three wrappers share: the LiveKit objects behind them, one set per project, and the events they pass on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.corridor.metering import Leg
from voicegw_desktop.gateway.attribution import get_active_project, get_active_session
from voicegw_desktop.gateway.current import get_gateway

# `get_gateway` may be called first inside a running loop, which its imports would stall
from voicegw_desktop.gateway.gateway import Gateway as Gateway
from voicegw_desktop.inference import _accounts, _metrics
from voicegw_desktop.inference._choose import choose

if TYPE_CHECKING:
    from livekit.agents import llm, stt, tts
    from livekit.agents.metrics import AgentMetrics

    AnySTT: TypeAlias = stt.STT[str] | stt.FallbackAdapter
    AnyLLM: TypeAlias = llm.LLM[str] | llm.FallbackAdapter
    AnyTTS: TypeAlias = tts.TTS[str] | tts.FallbackAdapter

P = TypeVar("P", bound="AnySTT | AnyLLM | AnyTTS")


class ProviderPool(Generic[P]):
    """The provider's objects that do the work for one wrapper, made for each project that calls."""

    def __init__(
        self,
        owner: stt.STT[str] | llm.LLM[str] | tts.TTS[str],
        modality: Modality,
        model: str | None,
        fallback: list[str],
        build: Callable[[list[Target]], P],
        project: str | None,
    ) -> None:
        self._owner, self._modality = owner, modality
        self.model, self._fallback, self._build = model, fallback, build
        self._project = project or get_active_project("") or None
        self._old: list[P] = []
        self._made: dict[str, tuple[P, list[Target], _accounts.Account]] = {}

    @property
    def project(self) -> str:
        """The project that pays now: the task's own, else the one that was active when the wrapper was made."""
        return get_active_project("") or self._project or get_gateway().config.default_project

    def get(self) -> P:
        """The object that serves the current project."""
        return self._entry()[0]

    def targets(self) -> list[Target]:
        """What it may be served by, best first."""
        return self._entry()[1]

    def _entry(self) -> tuple[P, list[Target], _accounts.Account]:
        project = self.project
        if project not in self._made:
            targets = choose(self._modality, self.model, self._fallback, project)
            inner = self._build(targets)
            account = self._account(targets, project)
            inner.on("metrics_collected", lambda metrics: self._metrics(account, metrics))
            inner.on("error", lambda error: self._error(account, error))
            self._made[project] = (inner, targets, account)
        return self._made[project]

    def _account(self, targets: list[Target], project: str, whole: bool = False) -> _accounts.Account:
        return _accounts.Account(
            self._modality,
            self.model or "auto",
            targets,
            project,
            get_active_session(),
            lambda: _served_by_app(targets[0]),
            whole,
        )

    def open(self, whole: bool = False, **planned: Any) -> tuple[P, _accounts.Account]:
        """The object and a new account, once limits and budget allow the call; raises LiveKit's errors.

        `planned`: what the call will use, as fields of a Leg.
        """
        inner, account, _ = self.open_chat(None, whole, **planned)
        return inner, account

    def open_chat(
        self, limit: int | None, whole: bool = False, **planned: Any
    ) -> tuple[P, _accounts.Account, int | None]:
        """Open a chat, and the tokens that the answer must be limited to; `limit`: those that the call names."""
        inner, targets, _ = self._entry()
        account = self._account(targets, self.project, whole)
        account.planned = Leg(targets[0], **planned)
        account.paid_s = account.planned.audio_in_s
        with _accounts.as_livekit():
            allowed = _accounts.ledger().gate(account, limit)
        return inner, account, allowed

    def _metrics(self, account: _accounts.Account, metrics: AgentMetrics) -> None:
        _metrics.note(account, metrics)
        self._owner.emit("metrics_collected", metrics)

    def _error(self, account: _accounts.Account, error: _accounts.Failure) -> None:
        _metrics.note_error(account, error)
        self._owner.emit("error", error)

    def each(self) -> list[P]:
        """Every object made so far."""
        return [inner for inner, _, _ in self._made.values()]

    def change(self, model: str) -> None:
        """Use another model from now on; open streams keep the old one, which `aclose` closes too."""
        self.model = model or None
        self._old += self.each()
        self._made.clear()

    async def aclose(self) -> None:
        """Close them all."""
        from voicegw_desktop.providers.cloud import close

        for inner in (*self.each(), *self._old):
            await close(inner)
        self._made.clear()
        self._old.clear()


def _served_by_app(target: Target) -> bool:
    from voicegw_desktop.routing.backends import runs_here

    if not runs_here(get_gateway().config, target.provider, target.account):
        return False
    from voicegw_desktop.providers.runtime import runtime

    return runtime().metered_elsewhere
