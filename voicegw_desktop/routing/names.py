"""From the names people write to targets: a model's name, `provider/model[:variant]`, and why one cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicegw_desktop.config.load import AnyConfig
from voicegw_desktop.config.schema_routing import ModalityRoute
from voicegw_desktop.core.errors import BadRequest, ModelResolutionError, did_you_mean
from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.core.registry import PROVIDERS, env_key
from voicegw_desktop.core.text import shown
from voicegw_desktop.routing.backends import kind_of, runs_here
from voicegw_desktop.routing.egress import account_of, provider_config, zone_of
from voicegw_desktop.routing.installed import NOTHING, Installed
from voicegw_desktop.routing.memo import Configured, Memo

ANY_MODEL = frozenset({"", "auto", "default", "*"})
"""Names by which clients ask for any model."""

HasKey = Callable[[str, str | None], bool]
DOES = {Modality.STT: "transcribe speech", Modality.LLM: "chat", Modality.TTS: "speak"}


class Names(Configured[tuple[Modality, str, str], Target | None]):
    """What names mean under one configuration."""

    def __init__(
        self, config: AnyConfig, has_key: HasKey | None = None, installed: Installed = lambda: NOTHING
    ) -> None:
        """`has_key(provider, project)`: whether a cloud provider has a key; default: the file and environment."""
        super().__init__(config)
        self.consulted: dict[tuple[str, str], bool] | None = None
        """Filled, where it is a dict, with (provider, project) of each key that an answer depended on, and whether it
        was there."""
        self._obstacles: Memo[tuple[str, str], tuple[str | None, bool]] = Memo()
        self._by_model: Memo[tuple[Modality, str, str, bool], Target | None] = Memo()
        self.has_key = has_key or self._key_in_file
        self._look = installed
        self.installed = NOTHING
        """The models on this machine, as of the last `look`."""

    def look(self) -> bool:
        """See what is installed now; True when that has changed."""
        now = self._look()
        if now is self.installed:
            return False
        self.installed = now
        self._forget()
        return True

    def _forget(self) -> None:
        super()._forget()
        self._obstacles.clear()
        self._by_model.clear()

    def section(self, modality: Modality) -> ModalityRoute:
        """The part of `routing` that holds for a modality."""
        found: ModalityRoute = getattr(self.config.routing, modality.value)
        return found

    def of_stack(self, stack: str, modality: Modality) -> str | None:
        """The target a stack has for a modality."""
        entry = self.config.stacks.get(stack)
        return getattr(entry, modality.value) if entry is not None else None

    def named(self, modality: Modality, name: str, project: str) -> Target | None:
        """What `models` says that a configured name means, with or without a variant; None where that is known to do
        something else."""
        found = self._entry(modality, name, project)
        return found if found is None or self._does(found, project) in (modality, None) else None

    def _entry(self, modality: Modality, name: str, project: str) -> Target | None:
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

    def literal(self, modality: Modality, name: str, project: str) -> Target | None:
        """What `provider/model[:variant]` says when there is such a provider for this modality, or else what a bare
        name or a hub's name of an installed model says."""
        found = self.written(modality, name, project)
        if found is None or not self.usable(found, project):
            found = self._installed(modality, name, project, bare=found is None) or found
        return found

    def written(self, modality: Modality, name: str, project: str) -> Target | None:
        """The target of a name in the form `provider/model[:variant]`; see `literal`."""
        key = (modality, name, project)
        return self._memo[key] if key in self._memo else self._memo.keep(key, self._read(modality, name, project))

    def _installed(self, modality: Modality, name: str, project: str, *, bare: bool = True) -> Target | None:
        key = (modality, name, project, bare)
        if key not in self._by_model:
            self._by_model.keep(key, self._find_installed(modality, name, project, bare))
        return self._by_model[key]

    def _find_installed(self, modality: Modality, name: str, project: str, bare: bool) -> Target | None:
        base, variant = _split(modality, name)
        for wanted, rest in ((name, None), (base, variant)):
            if wanted.lower() not in ANY_MODEL and (found := self.installed.find(modality, wanted, bare=bare)):
                provider, _, model = found.partition("/")
                if wanted.lower() == provider:
                    model = self._usual(modality, provider, project) or model
                return self._make(provider, model, rest, project)
        return None

    def _usual(self, modality: Modality, provider: str, project: str) -> str | None:
        """The engine's model that serves names of no meaning; None when another engine does, or it is not here."""
        own = self.config.projects.get(project)
        stack = self.of_stack(own.default_stack, modality) if own is not None and own.default_stack else None
        for target in (stack, self.section(modality).aliases.get("*")):
            found = self.installed.spelled(modality, target) if target else None
            if found is not None and found.startswith(f"{provider}/"):
                return found.partition("/")[2]
        return None

    def means_something(self, modality: Modality, name: str) -> bool:
        """Whether a setting or an installed model answers to the name itself, without a provider before it."""
        section = self.section(modality)
        base, _ = _split(modality, name)
        return (
            any(n in getattr(self.config.models, modality.value) for n in (name, base))
            or lookup(section.aliases, name) is not None
            or self.installed.find(modality, name) is not None
            or self.installed.find(modality, base) is not None
        )

    def check_modality(self, modality: Modality, name: str, project: str) -> None:
        """BadRequest `unsupported_model` when the name is known and means a model of another modality.

        An alias of this modality has priority.
        """
        section = self.section(modality)
        if name in ANY_MODEL or any(lookup(names, name) is not None for names in (section.aliases, section.offline)):
            return
        if (other := self.other_modality(modality, name, project)) is not None:
            raise BadRequest(
                f'"{shown(name)}" can {DOES[other]}, it cannot {DOES[modality]}. GET /v1/models tells what each model '
                "can do.",
                param="model",
                code="unsupported_model",
            )

    def other_modality(self, modality: Modality, name: str, project: str) -> Modality | None:
        """What a name means that is known, but not for this modality; None where it is not known, or means both."""
        if self.literal(modality, name, project) is not None:
            return None
        if (entry := self._entry(modality, name, project)) is not None:
            return self._does(entry, project)
        return next((other for other in Modality if other is not modality and self._is(other, name, project)), None)

    def _does(self, target: Target, project: str) -> Modality | None:
        """What a target is known to do; None where it is not known, or where its provider does several things."""
        if (known := self.installed.does(f"{target.provider}/{target.model}")) is not None:
            return known
        kind = PROVIDERS.get(kind_of(self.config, target.provider, project) or "")
        return min(kind.modalities) if kind is not None and kind.engine and len(kind.modalities) == 1 else None

    def _is(self, modality: Modality, name: str, project: str) -> bool:
        if self.named(modality, name, project) is not None or self._installed(modality, name, project) is not None:
            return True
        # which models a cloud provider has is not known here, but an engine's modalities are
        kind = PROVIDERS.get(kind_of(self.config, name.partition("/")[0].lower(), project) or "")
        if "/" not in name or kind is None or not kind.engine or modality not in kind.modalities:
            return False
        return self.installed.does(_split(modality, name)[0]) in (modality, None)

    def _read(self, modality: Modality, name: str, project: str) -> Target | None:
        named = self.named(modality, name, project)
        if named is not None:
            return named
        base, variant = _split(modality, name)
        if spelled := self.installed.spelled(modality, base):
            base = spelled
        provider, slash, model = base.partition("/")
        if not (slash and provider and model):
            return None
        kind = kind_of(self.config, provider, project)
        if kind is None or modality not in PROVIDERS[kind].modalities:
            return None
        if self.installed.does(base) not in (modality, None):
            return None
        return self._make(provider, model, variant, project)

    def _make(self, provider: str, model: str, variant: str | None, project: str) -> Target:
        account = account_of(self.config, provider, project)
        return Target(provider, model, variant or None, zone_of(self.config, provider, account), account)

    def usable(self, target: Target, project: str) -> bool:
        """True when the target's provider is enabled, has its key and may be reached."""
        return self.obstacle(target, project) is None

    def obstacle(self, target: Target, project: str) -> str | None:
        """Why a target's provider cannot serve, as a sentence; None when it can."""
        key = (target.provider, project)
        sentence, unless_key = self._obstacles.get(key) or self._obstacles.keep(key, self._obstacle(target, project))
        if not unless_key:
            return sentence
        # a key may come and go while the configuration stays
        has = self.has_key(target.provider, project)
        if self.consulted is not None:
            self.consulted[target.provider, project] = has
        return None if has else sentence

    def _obstacle(self, target: Target, project: str) -> tuple[str | None, bool]:
        """(why the provider cannot serve, whether a key would mend it), by the configuration alone."""
        section = provider_config(self.config, target.provider, project)
        engine = self.config.engines.of(target.provider)
        if section is not None and not section.enabled:
            return f"The provider {target.provider} is disabled; set providers.{target.provider}.enabled: true.", False
        if engine is not None and not engine.enabled and runs_here(self.config, target.provider, project):
            return f"The engine {target.provider} is disabled; set engines.{target.provider}.enabled: true.", False
        kind = kind_of(self.config, target.provider, project)
        entry = PROVIDERS.get(kind or "")
        if entry is None:
            return f"There is no provider {target.provider}.", False
        if entry.engine or entry.env is None or (section is not None and section.base_url):
            return None, False
        return (
            f"{target.provider} has no key: store one with `voicegw providers key {target.provider} "
            f"--api-key-stdin`, set {entry.env}, or write providers.{target.provider}.api_key."
        ), True

    def gone(self, modality: Modality, name: str, project: str) -> bool:
        """Whether a name that was chosen once means no target now: its provider, its setting or its model is gone."""
        found = self.literal(modality, name, project)
        if found is None:
            return True
        kind = PROVIDERS.get(kind_of(self.config, found.provider, project) or "")
        return kind is not None and kind.stored and self.installed.unlisted(found.name)

    def _key_in_file(self, provider: str, project: str | None) -> bool:
        section = provider_config(self.config, provider, project)
        return bool((section and section.api_key) or env_key(provider, section.type if section else None))

    def unknown(self, modality: Modality, name: str, project: str) -> ModelResolutionError:
        """Why nothing answers to a name, and what to write instead."""
        known = [*getattr(self.config.models, modality.value), *self.section(modality).aliases]
        if not name:
            return ModelResolutionError(
                f"No model was named and nothing is chosen for {modality.value}; name one, or set "
                f"routing.{modality.value}.route."
            )
        literal = self.literal(modality, name, project)
        if literal is not None and (obstacle := self.obstacle(literal, project)):
            return ModelResolutionError(f'"{name}" cannot be served. {obstacle}', code="provider_not_configured")
        if literal is None and (other := self.other_modality(modality, name, project)) is not None:
            return ModelResolutionError(
                f'"{name}" can {DOES[other]}, it cannot {DOES[modality]}. Name another model where it is chosen for '
                f"{modality.value}.",
                code="unsupported_model",
            )
        if literal is not None:
            return ModelResolutionError(f'No model "{name}" is known. `voicegw models list` shows what there is.')
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


def _split(modality: Modality, name: str) -> tuple[str, str | None]:
    """(name without its variant, variant): `whisper/base:en` is ("whisper/base", "en"); chat models have none."""
    base, colon, variant = name.rpartition(":")
    if modality is Modality.LLM or not (colon and base and variant) or base.endswith("/"):
        return name, None
    return base, variant


def variant_of(modality: Modality, name: str) -> str | None:
    """What a name says of voice or language; None where it says nothing."""
    return _split(modality, name)[1]


def lookup(names: Mapping[str, str], name: str) -> str | None:
    """The key of `names` that answers to `name`: exact, else the longest `prefix*`; a bare `*` is not looked at."""
    if name in ANY_MODEL:
        return None
    if name in names:
        return name
    return max((p for p in names if len(p) > 1 and p.endswith("*") and name.startswith(p[:-1])), key=len, default=None)
