"""Which target serves a request now: conditions, offline mode, the person's choice, aliases, the name, fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from voicegw_desktop.core.backends import kind_of
from voicegw_desktop.core.breaker import Breaker, Health
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.conditions import Conditions
from voicegw_desktop.core.egress import (
    AnyConfig,
    Cleared,
    EgressPolicy,
    account_of,
    nearest,
    provider_config,
    zone_of,
)
from voicegw_desktop.core.errors import EgressDenied, ModelResolutionError, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.events import EventBus, RouteChanged
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.core.registry import PROVIDERS, env_key
from voicegw_desktop.core.schema import ModalityRoute, ProjectConfig

AS_REQUESTED = "as_requested"
ANY_MODEL = frozenset({"", "auto", "default", "*"})
"""Names that ask for whatever there is."""
ANY_LANGUAGE = frozenset({"multi", "auto"})


@dataclass(frozen=True, slots=True)
class Plan:
    """Who may serve one request, best first."""

    targets: tuple[Cleared, ...]
    """Never empty; the first is tried first."""
    reason: str
    """Why the first was chosen, in words."""
    requested: str
    """The name the client sent."""
    literal: Target | None = None
    """What that name says by itself, when it names a provider."""

    @property
    def first(self) -> Target:
        return self.targets[0].target


class ChoiceStore(Protocol):
    """Where live choices are kept over a restart."""

    def load(self) -> Mapping[str, Any]:
        """What `save` was last given, or {}."""
        ...

    def save(self, choices: Mapping[str, Any]) -> None:
        """Keep `{offline, stack, routes: {modality: target|None}, projects: {project: {modality: target|None}}}`."""
        ...


@dataclass
class _Choices:
    """What a person chose while the program ran; it goes before the file."""

    offline: bool | None = None
    stack: str | None = None
    stack_set: bool = False
    routes: dict[str, str | None] = field(default_factory=dict)
    projects: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        choice: dict[str, Any] = {"offline": self.offline, "routes": self.routes, "projects": self.projects}
        return {**choice, "stack": self.stack} if self.stack_set else choice

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> _Choices:
        return cls(
            saved.get("offline"),
            saved.get("stack"),
            "stack" in saved,
            dict(saved.get("routes") or {}),
            {project: dict(chosen) for project, chosen in (saved.get("projects") or {}).items()},
        )


HasKey = Callable[[str, str | None], bool]


class Router:
    """Answers for every request, and takes the person's choices. Reads only memory."""

    def __init__(
        self,
        config: AnyConfig,
        bus: EventBus,
        clock: Clock,
        *,
        breaker: Breaker | None = None,
        conditions: Conditions | None = None,
        store: ChoiceStore | None = None,
        has_key: HasKey | None = None,
    ) -> None:
        """`has_key(provider, project)`: has a cloud provider a key? By default the file and environment are asked."""
        self.config = config
        self.bus = bus
        self.breaker = breaker or Breaker(config.routing.breaker, clock)
        self.conditions = conditions
        if conditions is not None:
            conditions.changed = lambda: self._announce("condition")
        self._store = store
        self._choices = _Choices.read(store.load() if store else {})
        self._has_key = has_key or self._key_in_file
        self.policy = EgressPolicy(config, lambda: self.offline)

    def update(self, config: AnyConfig) -> None:
        """Use another configuration from the next request on."""
        self.config = config
        self.policy.config = config
        self.breaker.config = config.routing.breaker
        if self.conditions is not None:
            self.conditions.configure(config.routing.conditions)
        self._announce("configuration")

    # -- choices ------------------------------------------------------------------------------------------------------

    @property
    def offline(self) -> bool:
        """Does nothing leave this machine?"""
        chosen = self._choices.offline
        return self.config.routing.offline if chosen is None else chosen

    @property
    def stack(self) -> str | None:
        """The stack everyone gets."""
        return self._choices.stack if self._choices.stack_set else self.config.routing.stack

    def route(self, modality: Modality, project: str | None = None) -> str | None:
        """The target chosen for everyone, or for one project; None: as requested."""
        if project is not None:
            chosen = self._choices.projects.get(project, {})
            if modality.value in chosen:
                return chosen[modality.value]
            entry = self.config.routing.projects.get(project)
            return getattr(entry, modality.value) if entry is not None else None
        if modality.value in self._choices.routes:
            return self._choices.routes[modality.value]
        route = self._section(modality).route
        return None if route == AS_REQUESTED else route

    def set_route(self, modality: Modality, target: str | None, project: str | None = None) -> None:
        """Let one target serve a modality, for everyone or one project; None or `as_requested` lifts it."""
        target = None if target == AS_REQUESTED else target
        if target is not None:
            self._target(modality, target, project or self.config.default_project, why=True)
        if project is None:
            self._choices.routes[modality.value] = target
        else:
            self._known_project(project)
            self._choices.projects.setdefault(project, {})[modality.value] = target
        self._save()
        self.bus.publish(RouteChanged(modality.value, target, "chosen", project))

    def set_offline(self, on: bool) -> None:
        """Turn offline mode on or off; takes effect at once, also for streams that run."""
        self._choices.offline = on
        self._save()
        self._announce("offline on" if on else "offline off")

    def set_stack(self, name: str | None) -> None:
        """Give everyone a stack; None lifts it."""
        if name is not None and name not in self.config.stacks:
            raise ModelResolutionError(
                f'There is no stack "{name}".{did_you_mean(name, self.config.stacks)} '
                f"Stacks: {', '.join(self.config.stacks) or 'none; add one under stacks:'}.",
                code="stack_not_found",
                param="stack",
            )
        self._choices.stack, self._choices.stack_set = name, True
        self._save()
        self._announce(f"stack {name}" if name else "stack lifted")

    def choices(self) -> dict[str, Any]:
        """What holds now: `{offline, stack, routes: {modality: target|None}, projects: {…}}`."""
        names = {*self.config.routing.projects, *self._choices.projects}
        return {
            "offline": self.offline,
            "stack": self.stack,
            "routes": {m.value: self.route(m) for m in Modality},
            "projects": {p: {m.value: self.route(m, p) for m in Modality if self.route(m, p)} for p in sorted(names)},
        }

    def _known_project(self, project: str) -> None:
        if project not in self.config.projects and project != self.config.default_project:
            raise ModelResolutionError(
                f'There is no project "{project}".{did_you_mean(project, self.config.projects)}',
                param="project",
            )

    def _save(self) -> None:
        if self._store is not None:
            self._store.save(self._choices.dump())

    def _announce(self, reason: str) -> None:
        for modality in Modality:
            self.bus.publish(RouteChanged(modality.value, self.route(modality), reason))

    # -- planning -----------------------------------------------------------------------------------------------------

    def plan(self, modality: Modality, wanted: str | None, caller: Caller) -> Plan:
        """Every permitted target for this request, best first; ModelResolutionError or EgressDenied when none is."""
        name = (wanted or "").strip()
        project = caller.project
        literal = self._literal(modality, name, project)
        refused: list[EgressDenied] = []
        chosen: Cleared | None = None
        reason = ""
        for text, why in self._candidates(modality, name, literal, project):
            target = text if isinstance(text, Target) else self._target(modality, text, project)
            if target is None:
                continue
            asked = nearest((target.zone, literal.zone)) if literal is not None else target.zone
            try:
                chosen = self.policy.clear(target, project=project, asked=asked)
            except EgressDenied as e:
                refused.append(e)
                continue
            reason = why
            break
        if chosen is None:
            raise refused[0] if refused else self._unknown(modality, name, project)
        return Plan(self._chain(modality, chosen, project), reason, name, literal)

    def _candidates(
        self, modality: Modality, name: str, literal: Target | None, project: str
    ) -> Iterator[tuple[str | Target, str]]:
        section = self._section(modality)
        for condition in self.conditions.holding if self.conditions is not None else ():
            if target := getattr(condition, modality.value):
                yield target, "condition"
        if self.offline and (found := _lookup(section.offline, name)):
            yield found, "offline"
        if found := self.route(modality, project):
            yield found, f"route of project {project}"
        if self.stack and (found := self._of_stack(self.stack, modality)):
            yield found, f"stack {self.stack}"
        if found := self.route(modality):
            yield found, "route"
        named = self._named(modality, name, project)
        if named is not None:
            yield named, "model name"
        if found := _lookup(section.aliases, name):
            yield found, "alias"
        if literal is not None and self._usable(literal, project):
            yield literal, "as requested"
        # what follows serves names that nothing above answers to, or that may not be used here and now
        if self.offline and "*" in section.offline:
            yield section.offline["*"], "offline"
        own = (self.config.projects.get(project) or ProjectConfig()).default_stack
        if own and (found := self._of_stack(own, modality)):
            yield found, f"stack {own}"
        if "*" in section.aliases:
            yield section.aliases["*"], "alias *"

    def _chain(self, modality: Modality, first: Cleared, project: str) -> tuple[Cleared, ...]:
        chain = [first]
        for text in getattr(self.config.fallbacks, modality.value):
            target = self._target(modality, text, project)
            if target is None or any(c.target.name == target.name for c in chain):
                continue
            try:
                chain.append(self.policy.clear(target, project=project, asked=first.asked))
            except EgressDenied:
                continue
        # a tripped target is the last resort, never out of reach: with nobody else left, trying beats refusing
        chain.sort(key=lambda c: not self._serves(c.target))
        return tuple(chain)

    def _serves(self, target: Target) -> bool:
        health = self.breaker.health(target.name)
        return health is Health.CLOSED or (health is Health.PROBE_DUE and self.breaker.dwelt(target.name))

    # -- names to targets ---------------------------------------------------------------------------------------------

    def _section(self, modality: Modality) -> ModalityRoute:
        return {
            Modality.STT: self.config.routing.stt,
            Modality.LLM: self.config.routing.llm,
            Modality.TTS: self.config.routing.tts,
        }[modality]

    def _of_stack(self, stack: str, modality: Modality) -> str | None:
        entry = self.config.stacks.get(stack)
        return getattr(entry, modality.value) if entry is not None else None

    def _named(self, modality: Modality, name: str, project: str) -> Target | None:
        names = getattr(self.config.models, modality.value)
        variant: str | None = None
        entry = names.get(name)
        if entry is None and modality is not Modality.LLM:
            base, colon, variant = name.rpartition(":")
            entry = names.get(base) if colon else None
        if entry is None or not entry.enabled:
            return None
        default = {Modality.STT: entry.default_language, Modality.TTS: entry.default_voice}.get(modality)
        return self._make(entry.provider, entry.model, variant or default, project)

    def _literal(self, modality: Modality, name: str, project: str) -> Target | None:
        """What `provider/model[:variant]` says, when there is such a provider for this modality."""
        named = self._named(modality, name, project)
        if named is not None:
            return named
        provider, slash, model = name.partition("/")
        if not (slash and provider and model):
            return None
        kind = kind_of(self.config, provider, project)
        if kind is None or modality not in PROVIDERS[kind].modalities:
            return None
        variant: str | None = None
        if modality is not Modality.LLM:
            head, colon, tail = model.rpartition(":")
            if colon and head and tail:
                model, variant = head, tail
        return self._make(provider, model, variant, project)

    def _make(self, provider: str, model: str, variant: str | None, project: str) -> Target:
        account = account_of(self.config, provider, project)
        return Target(provider, model, variant or None, zone_of(self.config, provider, account), account)

    def _target(self, modality: Modality, text: str, project: str, why: bool = False) -> Target | None:
        target = self._literal(modality, text, project)
        if target is not None and self._usable(target, project):
            return target
        if why:
            raise self._unknown(modality, text, project)
        return None

    def _usable(self, target: Target, project: str) -> bool:
        return self._obstacle(target, project) is None

    def _obstacle(self, target: Target, project: str) -> str | None:
        """Why a target's provider cannot serve, as a sentence; None when it can."""
        section = provider_config(self.config, target.provider, project)
        engine = getattr(self.config.engines, target.provider, None)
        if section is not None and not section.enabled:
            return f"The provider {target.provider} is disabled; set providers.{target.provider}.enabled: true."
        if engine is not None and not getattr(engine, "enabled", True):
            return f"The engine {target.provider} is disabled; set engines.{target.provider}.enabled: true."
        kind = kind_of(self.config, target.provider, project)
        entry = PROVIDERS.get(kind or "")
        if entry is None:
            return f"There is no provider {target.provider}."
        if entry.engine or entry.env is None or (section is not None and section.base_url):
            return None
        if self._has_key(target.provider, project):
            return None
        return (
            f"{target.provider} has no key: store one with `voicegw keys set {target.provider}`, set {entry.env}, "
            f"or write providers.{target.provider}.api_key."
        )

    def _key_in_file(self, provider: str, project: str | None) -> bool:
        section = provider_config(self.config, provider, project)
        return bool((section and section.api_key) or env_key(provider, section.type if section else None))

    def _unknown(self, modality: Modality, name: str, project: str) -> VoiceGatewayError:
        known = [*getattr(self.config.models, modality.value), *self._section(modality).aliases]
        if not name:
            return ModelResolutionError(
                f"No model was named and nothing is chosen for {modality.value}; name one, or set "
                f"routing.{modality.value}.route."
            )
        literal = self._literal(modality, name, project)
        if literal is not None and (obstacle := self._obstacle(literal, project)):
            return ModelResolutionError(f'"{name}" cannot be served. {obstacle}', code="provider_not_configured")
        provider, slash, model = name.partition("/")
        fitting = sorted(p for p, entry in PROVIDERS.items() if modality in entry.modalities)
        fitting += [p for p in self.config.providers if p not in fitting]
        if slash and provider and model:
            hint = did_you_mean(provider, fitting)
            return ModelResolutionError(
                f'No provider "{provider}" serves {modality.value}.{hint} Known: {", ".join(fitting)}. A bare "*" '
                f"under routing.{modality.value}.aliases would serve any name."
            )
        return ModelResolutionError(
            f'There is no {modality.value} model "{name}".{did_you_mean(name, known)} Write provider/model, as in '
            f"whisper/base, or add the name under models.{modality.value} or routing.{modality.value}.aliases."
        )

    # -- variants -----------------------------------------------------------------------------------------------------

    def voice_for(
        self, plan: Plan, target: Target, voice: str | None, knows: Callable[[Target, str], bool]
    ) -> str | None:
        """The voice to ask `target` for: the client's own where it means something there, else the target's."""
        asked = voice or (plan.literal.variant if plan.literal is not None else None)
        if asked is None:
            return target.variant
        if plan.literal is not None and plan.literal.provider == target.provider:
            return asked
        if knows(target, asked):
            return asked
        at_home = plan.literal is None and target.zone is not Zone.LOCAL
        return target.variant or (asked if at_home else None)

    def language_for(self, plan: Plan, target: Target, language: str | None) -> str | None:
        """The language to tell `target`; a provider's word for "any" means detection on a local engine."""
        asked = language or (plan.literal.variant if plan.literal is not None else None) or target.variant
        if asked in ANY_LANGUAGE and target.zone is Zone.LOCAL:
            return None
        return asked


def _lookup(names: Mapping[str, str], name: str) -> str | None:
    """The entry for `name`: exact, else the longest `prefix*`; a bare `*` is not looked at."""
    if name in ANY_MODEL:
        return None
    if name in names and name != "*":
        return names[name]
    prefixes = [p for p in names if len(p) > 1 and p.endswith("*") and name.startswith(p[:-1])]
    return names[max(prefixes, key=len)] if prefixes else None
