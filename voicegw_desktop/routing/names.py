"""From the names people write to targets: a model's name, `provider/model[:variant]`, and why one cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicegw_desktop.config.load import AnyConfig
from voicegw_desktop.config.schema_routing import ModalityRoute
from voicegw_desktop.core.errors import ModelResolutionError, did_you_mean
from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.core.registry import PROVIDERS, env_key
from voicegw_desktop.routing.backends import kind_of
from voicegw_desktop.routing.egress import account_of, provider_config, zone_of
from voicegw_desktop.routing.memo import Configured

ANY_MODEL = frozenset({"", "auto", "default", "*"})
"""Names that ask for whatever there is."""

HasKey = Callable[[str, str | None], bool]


class Names(Configured[tuple[Modality, str, str], Target | None]):
    """What names mean under one configuration."""

    def __init__(self, config: AnyConfig, has_key: HasKey | None = None) -> None:
        """`has_key(provider, project)`: whether a cloud provider has a key; default: the file and environment."""
        super().__init__(config)
        self.has_key = has_key or self._key_in_file

    def section(self, modality: Modality) -> ModalityRoute:
        """The part of `routing` that holds for a modality."""
        found: ModalityRoute = getattr(self.config.routing, modality.value)
        return found

    def of_stack(self, stack: str, modality: Modality) -> str | None:
        """The target a stack has for a modality."""
        entry = self.config.stacks.get(stack)
        return getattr(entry, modality.value) if entry is not None else None

    def named(self, modality: Modality, name: str, project: str) -> Target | None:
        """What `models` says a name of one's own means, with or without a variant."""
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
        """What `provider/model[:variant]` says, when there is such a provider for this modality."""
        key = (modality, name, project)
        return self._memo[key] if key in self._memo else self._memo.keep(key, self._read(modality, name, project))

    def _read(self, modality: Modality, name: str, project: str) -> Target | None:
        named = self.named(modality, name, project)
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

    def usable(self, target: Target, project: str) -> bool:
        """True when the target's provider is enabled, has its key and may be reached."""
        return self.obstacle(target, project) is None

    def obstacle(self, target: Target, project: str) -> str | None:
        """Why a target's provider cannot serve, as a sentence; None when it can."""
        section = provider_config(self.config, target.provider, project)
        engine = self.config.engines.of(target.provider)
        if section is not None and not section.enabled:
            return f"The provider {target.provider} is disabled; set providers.{target.provider}.enabled: true."
        if engine is not None and not engine.enabled:
            return f"The engine {target.provider} is disabled; set engines.{target.provider}.enabled: true."
        kind = kind_of(self.config, target.provider, project)
        entry = PROVIDERS.get(kind or "")
        if entry is None:
            return f"There is no provider {target.provider}."
        if entry.engine or entry.env is None or (section is not None and section.base_url):
            return None
        if self.has_key(target.provider, project):
            return None
        return (
            f"{target.provider} has no key: store one with `voicegw providers key {target.provider} "
            f"--api-key-stdin`, set {entry.env}, or write providers.{target.provider}.api_key."
        )

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


def lookup(names: Mapping[str, str], name: str) -> str | None:
    """The key of `names` that answers to `name`: exact, else the longest `prefix*`; a bare `*` is not looked at."""
    if name in ANY_MODEL:
        return None
    if name in names:
        return name
    return max((p for p in names if len(p) > 1 and p.endswith("*") and name.startswith(p[:-1])), key=len, default=None)
