"""From the configuration to what one engine's process is started with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.config.schema import EnginesConfig
from voicegw_desktop.config.units import parse_keep_alive
from voicegw_desktop.core.descriptor import EngineKind, Helper
from voicegw_desktop.core.errors import (
    EngineUnavailable,
    ModelNotInstalled,
    ModelResolutionError,
    VoiceGatewayError,
    did_you_mean,
)
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.core.paths import Paths, expanded
from voicegw_desktop.core.registry import PROVIDERS, resolve
from voicegw_desktop.engines.lease import EngineSpec
from voicegw_desktop.engines.memory import DEFAULT_SHARE, estimate, folder_bytes, machine_memory
from voicegw_desktop.engines.threads import Demand
from voicegw_desktop.models.named import found
from voicegw_desktop.models.voices import does

COMMON = frozenset(EngineConfig.model_fields)

Locate = Callable[[str, str], Path]
"""The folder of an installed model, by provider and model; raises ModelNotInstalled."""
Sized = Callable[[Path, Mapping[str, object], int], tuple[dict[str, object], int]]
"""What `EngineKind.sized` names."""
Ram = Callable[[str, str], int | None]
"""Bytes the catalogue says that model needs."""


def _bytes_of(where: Path) -> int:
    # for each stream that is opened: a look at every file takes 0.2 ms
    try:
        return _bytes_since(where, where.stat().st_mtime_ns)
    except FileNotFoundError:
        return 0  # its worker says what is missing


@lru_cache(maxsize=64)
def _bytes_since(where: Path, _changed_ns: int) -> int:
    return folder_bytes(where)


@dataclass
class Specs:
    """Makes specs; `config` may be replaced at any time."""

    config: EnginesConfig
    kinds: Mapping[str, EngineKind]
    locate: Locate
    ram: Ram
    bus: EventBus
    paths: Paths | None
    env: dict[str, str]

    def check(self, provider: str, model: str) -> None:
        """Raise ModelResolutionError or ModelNotInstalled for a model that cannot be loaded."""
        kind = self.kinds.get(provider)
        if kind is not None and kind.needs_model:
            self._model_path(kind, self.config.of(provider) or EngineConfig(), model)

    def make(self, provider: str, model: str, options: Mapping[str, Any], secrets: Mapping[str, str]) -> EngineSpec:
        """The spec of one engine. Raises ModelResolutionError, ModelNotInstalled or EngineUnavailable."""
        kind = self.kinds.get(provider)
        if kind is None:
            # the other kinds are workers that this program uses by itself
            names = sorted(self.kinds.keys() & PROVIDERS.keys())
            raise ModelResolutionError(
                f'"{provider}" is no local engine; there are {", ".join(names)}.' + did_you_mean(provider, names)
            )
        section = self.config.of(provider) or EngineConfig()
        if not section.enabled:
            raise EngineUnavailable(f"engines.{provider}.enabled is false; set it to true to use {provider}/{model}.")
        where = self._model_path(kind, section, model) if kind.needs_model else None
        name = f"{provider}/{model}"
        own = {k: v for k, v in section.model_dump().items() if k not in COMMON and k != "models"}
        if kind.caches and self.paths:
            own.setdefault("cache_dir", str(self.paths.cache))
        for option, helper in kind.helpers.items():
            if own.get(option):
                told = not helper.usual or option in section.model_fields_set
                own[f"{option}_dir"] = self._helper_dir(provider, option, helper, name if told else None)
        context = 0
        if kind.sized and where is not None:
            sized: Sized = resolve(kind.sized)
            follows, context = sized(where, {**own, **options}, self.memory_limit)
            own |= follows
        load_timeout = float(own.pop("load_timeout", 180.0))
        hang_timeout = float(own.pop("hang_timeout", kind.hang_timeout))
        small = kind.one_thread_bytes and where is not None and _bytes_of(where) <= kind.one_thread_bytes
        most = 1 if small else kind.most_threads
        return EngineSpec(
            provider=provider,
            model=model,
            module=kind.module,
            dir=where,
            demand=Demand(name, kind.weight, most, section.threads, kind.name, kind.yields),
            estimate_bytes=(self.ram(provider, model) or estimate(where, kind.memory_factor, kind.memory_base))
            + context,
            keep_alive=self.keep_alive(provider),
            device=section.device,
            compute_type=section.compute_type,
            options={**own, **options},
            secrets=secrets,
            env={**kind.env, **self.env},
            network=kind.network,
            nice=kind.nice,
            load_timeout=load_timeout,
            hang_timeout=hang_timeout,
            does=does(provider, model, where) if where is not None and provider in PROVIDERS else None,
        )

    def does_other(self, spec: EngineSpec) -> bool:
        """Whether the files of a model, loaded by `spec`, are by now those of one that does something else."""
        entry = PROVIDERS.get(spec.provider)
        if entry is None or entry.hears is None or spec.dir is None:
            return False
        return does(spec.provider, spec.model, spec.dir) not in (spec.does, None)

    @property
    def memory_limit(self) -> int:
        """Bytes all engines may hold together."""
        return self.config.memory_limit or round(machine_memory() * DEFAULT_SHARE)

    def keep_alive(self, provider: str) -> float | None:
        """Seconds that provider's engines stay when idle; None: for ever."""
        section = self.config.of(provider)
        own = section.keep_alive if section is not None else None
        return parse_keep_alive(self.config.keep_alive if own is None else own)

    def preloaded(self, provider: str) -> list[str]:
        """The models that are to be loaded from the start."""
        section = self.config.of(provider)
        return section.preload if section is not None and section.enabled else []

    def _helper_dir(self, engine: str, option: str, helper: Helper, wanted_by: str | None) -> str:
        """Where the model is that an option needs, or nothing: the engine without it is better than none."""
        provider, _, model = helper.id.partition("/")
        try:
            return str(self.locate(provider, model))
        except VoiceGatewayError:
            if wanted_by is None:
                return ""
            message = (
                f"engines.{engine}.{option} is set, but {helper.id} is not installed; {wanted_by} {helper.without}. "
                f"Run `voicegw models pull {helper.id}`, then unload the engine."
            )
            self.bus.publish(Notice("warning", message, f"{option}_missing"))
            return ""

    def _model_path(self, kind: EngineKind, section: EngineConfig, model: str) -> Path:
        own: Mapping[str, str] = getattr(section, "models", {})
        if model in own:
            try:
                return found(f"{kind.name}/{model}", expanded(own[model]))
            except ModelNotInstalled as error:
                raise EngineUnavailable(error.message) from error
        return self.locate(kind.name, model)
