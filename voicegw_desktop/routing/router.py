"""Decides which target serves a request now: conditions, offline mode, live choices, aliases, the name, fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from voicegw_desktop.config.file import KeyPath
from voicegw_desktop.config.load import AnyConfig
from voicegw_desktop.config.origins import Origin
from voicegw_desktop.config.schema import ProjectConfig
from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import EgressDenied, ModelResolutionError, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.events import EventBus, RouteChanged
from voicegw_desktop.core.ports import Caller, Modality, Target, Zone
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.text import check_label
from voicegw_desktop.core.zones import nearest
from voicegw_desktop.routing.backends import kind_of
from voicegw_desktop.routing.breaker import Breaker, Health
from voicegw_desktop.routing.choices import AS_REQUESTED, Choices, ChoiceStore
from voicegw_desktop.routing.conditions import Conditions
from voicegw_desktop.routing.egress import Cleared, EgressPolicy
from voicegw_desktop.routing.installed import NOTHING, Installed
from voicegw_desktop.routing.lost import LostChoices
from voicegw_desktop.routing.memo import Memo
from voicegw_desktop.routing.names import HasKey, Names, lookup, variant_of
from voicegw_desktop.routing.plan import Choice, Plan

ANY_LANGUAGE = frozenset({"multi", "auto"})
MANY = "multi"
"""Several languages in one recording, in the words of the providers that can be told so."""


class _Kept(NamedTuple):
    plan: Plan
    """The request's targets in the order of the settings."""
    keys: tuple[tuple[tuple[str, str], bool], ...]
    """(provider, project) of each key that it depends on, and whether there was one."""


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
        installed: Installed = lambda: NOTHING,
    ) -> None:
        """`has_key(provider, project)`: whether a cloud provider has a key; default: the file and environment.

        `installed()`: the models on this machine.
        """
        self.config = config
        self.bus = bus
        self.breaker = breaker or Breaker(config.routing.breaker, clock)
        self.conditions = conditions
        if conditions is not None:
            conditions.changed = lambda: self._announce("condition")
        self._store = store
        self._choices = Choices.read(store.load() if store else {})
        self._plans: Memo[tuple[Modality, str, str, str], _Kept] = Memo()
        """Plans, until the configuration, the choices or what is installed changes."""
        self.names = Names(config, has_key, installed)
        self._lost = LostChoices(self.names, bus)
        self.policy = EgressPolicy(config, lambda: self.offline)

    def update(self, config: AnyConfig) -> None:
        """Use another configuration from the next request on."""
        self.config = self.names.config = config
        self.policy.config = config
        self.breaker.config = config.routing.breaker
        if self.conditions is not None:
            self.conditions.configure(config.routing.conditions)
        self._announce("configuration")
        self._tell_lost()

    # -- choices ------------------------------------------------------------------------------------------------------

    @property
    def offline(self) -> bool:
        """True while nothing may leave this machine."""
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
        route = self.names.section(modality).route
        return None if route == AS_REQUESTED else route

    def set_route(self, modality: Modality, target: str | None, project: str | None = None) -> None:
        """Let one target serve a modality, for everyone or one project; None or `as_requested` lifts it."""
        target = None if target == AS_REQUESTED else target
        if target is not None:
            self.look()
            owner = project or self.config.default_project
            found = self.names.literal(modality, target, owner)
            if found is None or not self.names.usable(found, owner):
                raise self.names.unknown(modality, target, owner)
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

    def origins(self) -> dict[KeyPath, Origin]:
        """The settings that a live choice overrides, with that choice."""
        chosen = self._choices
        found: dict[KeyPath, Any] = {("routing", m, "route"): t or AS_REQUESTED for m, t in chosen.routes.items()}
        for project, targets in chosen.projects.items():
            found |= {("routing", "projects", project, modality): t for modality, t in targets.items()}
        if chosen.offline is not None:
            found["routing", "offline"] = chosen.offline
        if chosen.stack_set:
            found["routing", "stack"] = chosen.stack
        return {at: Origin("live", "chosen while the program ran", value) for at, value in found.items()}

    def _known_project(self, project: str) -> None:
        if project not in self.config.projects and project != self.config.default_project:
            raise ModelResolutionError(
                f'There is no project "{project}".{did_you_mean(project, self.config.projects)}',
                param="project",
            )

    def _save(self) -> None:
        self._plans.clear()
        if self._store is not None:
            self._store.save(self._choices.dump())

    def _announce(self, reason: str) -> None:
        self._plans.clear()
        for modality in Modality:
            self.bus.publish(RouteChanged(modality.value, self.route(modality), reason))

    # -- planning -----------------------------------------------------------------------------------------------------

    def plan(self, modality: Modality, wanted: str | None, caller: Caller, voice: str | None = None) -> Plan:
        """Every permitted target for this request, best first; ModelResolutionError or EgressDenied when none is.

        `voice`: what is asked for beside the model; where that is an alias, an engine that alone has the voice serves.
        BadRequest `unsupported_model` for a model of another modality.
        """
        name = (wanted or "").strip()
        key = (modality, name, caller.project, voice or "")
        self.look()
        kept = self._plans.get(key)
        if caller.session:
            check_label(caller.session, "session")
        if kept is None or (kept.keys and any(self.names.has_key(*owner) is not had for owner, had in kept.keys)):
            check_label(name, "model")
            check_label(caller.project, "project")
            self.names.check_modality(modality, name, caller.project)
            kept = self._plans.keep(key, self._made(modality, name, caller.project, voice))
        return self._by_health(kept.plan)

    def _made(self, modality: Modality, name: str, project: str, voice: str | None) -> _Kept:
        consulted: dict[tuple[str, str], bool] = {}
        self.names.consulted = consulted
        try:
            plan = self._plan(modality, name, project, voice)
        finally:
            self.names.consulted = None
        return _Kept(plan, tuple(consulted.items()))

    def _by_health(self, plan: Plan) -> Plan:
        """The plan with tripped targets last. They stay in it: with no other target left, trying beats refusing."""
        if len(plan.targets) == 1 or all(self._serves(permit.target) for permit in plan.targets):
            return plan
        return replace(plan, targets=tuple(sorted(plan.targets, key=lambda c: not self._serves(c.target))))

    def look(self) -> None:
        """See which models are installed now."""
        if self.names.look():
            self._plans.clear()
            self._tell_lost()

    def named_by(self, provider: str, modality: Modality, name: str) -> str:
        """What a client means that writes a provider's model names bare: `provider/name`, or `name` as it is.

        A name that a setting or an installed model answers to stays, as does one with a provider before it.
        """
        self.look()
        if "/" in name or self.names.means_something(modality, name):
            return name
        # a name of another modality stays as well, so that it is refused by what it is
        elsewhere = self.names.other_modality(modality, name, self.config.default_project)
        return name if elsewhere is not None else f"{provider}/{name}"

    def speaker_of(self, voice: str) -> str | None:
        """The installed model to speak with a voice that one engine only has; None when there is none."""
        self.look()
        return self.names.installed.speaker(voice)

    def check_modality(self, modality: Modality, name: str, project: str) -> None:
        """BadRequest `unsupported_model` for a model that is known and cannot do this."""
        self.look()
        self.names.check_modality(modality, name, project)

    def _plan(self, modality: Modality, name: str, project: str, voice: str | None = None) -> Plan:
        literal = self.names.literal(modality, name, project)
        asked = [literal.zone] if literal is not None else []
        refusal: VoiceGatewayError | None = None
        voice = voice or (literal.variant if literal is not None else variant_of(modality, name))
        for choice in self._with_voice(self._candidates(modality, name, literal, project), modality, voice):
            target = choice.target
            if isinstance(target, str):
                found = self.names.literal(modality, target, project)
                if found is None or not self.names.usable(found, project) or self._lost(choice, modality, project):
                    refusal = refusal or choice.blamed(modality, self.names.unknown(modality, target, project))
                    # a client that chose a near target did not choose a farther one in its place
                    asked.append(found.zone if found is not None else Zone.LOCAL)
                    continue
                target = found
            try:
                first = self.policy.clear(target, project=project, asked=nearest([*asked, target.zone]))
            except EgressDenied as e:
                refusal = refusal or choice.blamed(modality, e)
                continue
            chosen = choice._replace(target=target)
            chain = self._chain(modality, first, project)
            return Plan(chain, choice.reason, name, literal, chosen)
        raise refusal or self.names.unknown(modality, name, project)

    def decides(self, modality: Modality, project: str) -> bool:
        """True when the configuration, or a choice made live, says what serves a request that names no model."""
        choices = self._candidates(modality, "auto", None, project)
        return any(not self._lost(choice, modality, project) for choice in choices)

    def _candidates(self, modality: Modality, name: str, literal: Target | None, project: str) -> Iterator[Choice]:
        section, at = self.names.section(modality), f"routing.{modality}"
        for condition in self.conditions.holding if self.conditions is not None else ():
            if found := getattr(condition, modality.value):
                yield Choice(
                    found, "condition", f"The condition in routing.conditions that holds now ({condition.when})"
                )
        if self.offline and (key := lookup(section.offline, name)):
            yield Choice(section.offline[key], "offline", f'{at}.offline["{key}"]')
        if choice := self.routed(modality, project):
            yield choice
        if self.stack and (found := self.names.of_stack(self.stack, modality)):
            live = self._choices.stack_set
            setting = f"The stack {self.stack} ({'chosen live' if live else 'routing.stack'})"
            yield Choice(found, f"stack {self.stack}", setting, "`voicegw stack none`" if live else "")
        if choice := self.routed(modality, None):
            yield choice
        named = self.names.named(modality, name, project)
        if named is not None:
            yield Choice(named, "model name", f'models.{modality}["{name}"]')
        if key := lookup(section.aliases, name):
            yield Choice(section.aliases[key], "alias", f'{at}.aliases["{key}"]')
        if literal is not None and self.names.usable(literal, project):
            yield Choice(literal, "as requested")
        # what follows serves names that nothing above answers to, or that may not be used here and now
        if self.offline and "*" in section.offline:
            yield Choice(section.offline["*"], "offline", f'{at}.offline["*"]', any_name=True)
        own = (self.config.projects.get(project) or ProjectConfig()).default_stack
        if own and (found := self.names.of_stack(own, modality)):
            setting = f"The stack {own} (projects.{project}.default_stack)"
            yield Choice(found, f"stack {own}", setting, any_name=True)
        if "*" in section.aliases:
            yield Choice(section.aliases["*"], "alias *", f'{at}.aliases["*"]', any_name=True)

    def _with_voice(self, choices: Iterator[Choice], modality: Modality, voice: str | None) -> Iterator[Choice]:
        """The choices; before an alias, the engine that alone has the voice that was asked for."""
        speaker = self.names.installed.speaker(voice) if voice and modality is Modality.TTS else None
        for choice in choices:
            if voice and speaker and (choice.any_name or choice.reason == "alias"):
                provider = str(choice.target).partition("/")[0]
                if provider != speaker.partition("/")[0]:
                    yield Choice(speaker if ":" in voice else f"{speaker}:{voice}", f"voice {voice}")
            yield choice

    def routed(self, modality: Modality, project: str | None) -> Choice | None:
        """What `route` says, with the setting that says it; None: as requested."""
        target = self.route(modality, project)
        if not target:
            return None
        chosen = self._choices.routes if project is None else self._choices.projects.get(project, {})
        live = modality.value in chosen
        setting = f"routing.{modality}.route" if project is None else f"routing.projects.{project}.{modality}"
        undo = f"`voicegw route set {modality} as_requested{f' --project {project}' if project else ''}`"
        return Choice(
            target,
            "route" if project is None else f"route of project {project}",
            f"{setting} (chosen live)" if live else setting,
            undo if live else "",
        )

    def _tell_lost(self) -> None:
        default = self.config.default_project
        self._lost.tell(
            (modality, project or default, self.routed(modality, project))
            for project in (None, *self._choices.projects)
            for modality in Modality
        )

    def _chain(self, modality: Modality, first: Cleared, project: str) -> tuple[Cleared, ...]:
        chain = [first]
        for text in getattr(self.config.fallbacks, modality.value):
            target = self.names.literal(modality, text, project)
            if (
                target is None
                or not self.names.usable(target, project)
                or any(c.target.name == target.name for c in chain)
            ):
                continue
            try:
                chain.append(self.policy.clear(target, project=project, asked=first.asked))
            except EgressDenied:
                continue
        return tuple(chain)

    def _serves(self, target: Target) -> bool:
        health = self.breaker.health(target.name)
        return health is Health.CLOSED or (health is Health.PROBE_DUE and self.breaker.dwelt(target.name))

    # -- variants -----------------------------------------------------------------------------------------------------

    def voice_for(
        self, plan: Plan, target: Target, voice: str | None, knows: Callable[[Target, str], bool]
    ) -> str | None:
        """The voice to ask `target` for: the client's own where it means something there, else the target's."""
        asked = voice or (plan.literal.variant if plan.literal is not None else None)
        if asked is None:
            return target.variant
        if own := self.names.installed.voice(target.name, asked):
            return own
        if plan.literal is not None and plan.literal.provider == target.provider:
            return asked
        if knows(target, asked) or self.names.installed.speaker(asked) == target.name:
            return asked
        at_home = plan.literal is None and target.zone is not Zone.LOCAL
        return target.variant or (asked if at_home else None)

    def language_for(self, plan: Plan, target: Target, language: str | None) -> str | None:
        """The language to tell `target`; None lets it find out. "multi" is told to providers that know it."""
        asked = language or (plan.literal.variant if plan.literal is not None else None) or target.variant
        if asked in ANY_LANGUAGE:
            entry = PROVIDERS.get(kind_of(self.config, target.provider, target.account) or "")
            return MANY if asked == MANY and entry is not None and entry.many_languages else None
        return asked
