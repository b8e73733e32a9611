"""Lists of models that requests can name, and of providers with their state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypedDict

from voicegw_desktop.core.registry import PROVIDERS, get_provider, installed
from voicegw_desktop.routing.backends import is_own_server, kind_of, runs_here
from voicegw_desktop.routing.egress import project_name, zone_of

if TYPE_CHECKING:
    from voicegw_desktop.config.load import GatewayConfig
    from voicegw_desktop.models.listing import ModelInfo


class ModelEntry(TypedDict):
    """A target that can be asked for by name."""

    id: str
    modality: str
    provider: str
    model: str
    zone: str
    installed: bool | None
    """None: it is not a file on this machine."""
    source: str
    """store, config, stack, alias or fallback."""


class ProviderEntry(TypedDict):
    """A known or configured provider."""

    id: str
    """The name; of a server that only one project has, "name (project)"."""
    name: str
    """What requests call it."""
    provider: str
    """The provider's kind."""
    type: str
    """local or cloud."""
    modalities: list[str]
    zone: str
    enabled: bool
    configured: bool
    installed: bool
    install: str | None
    """How to install what it needs; None: installed."""
    key_page: str | None
    """The address at which a person gets a key."""
    base_url: str | None
    source: str
    """yaml, db, or "built in"."""
    project: str | None
    """The only project that has it so; None: all have it."""


class ProjectEntry(TypedDict):
    """A project with its settings."""

    id: str
    name: str
    description: str
    default_stack: str | None
    daily_budget: float | None
    """US dollars."""
    weekly_budget: float | None
    monthly_budget: float | None
    budget_action: str
    unpriced: str
    tags: list[str]
    providers: list[str]
    egress: str
    source: str
    """yaml, db or auto."""
    default: bool


def projects(config: GatewayConfig) -> list[ProjectEntry]:
    """Every project of the configuration."""
    return [
        {
            "id": name,
            "name": project.name or name,
            "description": project.description,
            "default_stack": project.default_stack,
            "daily_budget": project.daily_budget,
            "weekly_budget": project.weekly_budget,
            "monthly_budget": project.monthly_budget,
            "budget_action": project.budget_action,
            "unpriced": project.unpriced,
            "tags": list(project.tags),
            "providers": sorted(project.providers),
            "egress": project.egress,
            "source": project.source,
            "default": name == config.default_project,
        }
        for name, project in config.projects.items()
    ]


def models(config: GatewayConfig, store: Iterable[ModelInfo]) -> list[ModelEntry]:
    """Every target that can be asked for by name: installed, named in the file, in a stack or an alias.

    A name that stands for a model which does something else is left out: no request can use it.

    `{id, modality, provider, model, zone, installed, source}`; `installed` is None for what is not a file here.
    """
    found: dict[tuple[str, str], ModelEntry] = {}
    here = [info for info in store if info.installed]
    does = {info.id: info.modality for info in here}

    def add(modality: str, name: str, target: str, source: str, installed: bool | None = None) -> None:
        provider, slash, model = target.partition("/")
        if not slash or (modality, name) in found:
            return
        kind = kind_of(config, provider)
        entry = PROVIDERS.get(kind or "")
        if kind is None or does.get(target, modality) != modality:
            return
        if entry is not None and entry.engine and modality not in entry.modalities:
            return
        found[modality, name] = {
            "id": name,
            "modality": modality,
            "provider": provider,
            "model": model,
            "zone": str(zone_of(config, provider)),
            "installed": installed,
            "source": source,
        }

    have: set[str] = set()
    for info in here:
        # a model that only helps an engine, such as an end-of-turn model, is none that a request can name
        if info.modality in ("stt", "llm", "tts"):
            have.add(info.id)
            add(str(info.modality), info.id, info.id, "store", True)

    def state(target: str) -> bool | None:
        kind = PROVIDERS.get(target.partition("/")[0])
        return target in have if kind and kind.stored else None

    for modality in ("stt", "llm", "tts"):
        for name, model in config.models.of(modality).items():
            if model.enabled:
                target = f"{model.provider}/{model.model}"
                add(modality, name, target, "config", state(target))
        for stack in config.stacks.values():
            if chosen := stack.of(modality):
                add(modality, chosen, chosen, "stack", state(chosen))
        for name, target in config.routing.of(modality).aliases.items():
            if "*" not in name:
                add(modality, name, target, "alias", state(target))
        for chosen in config.fallbacks.of(modality):
            add(modality, chosen, chosen, "fallback", state(chosen))
    return list(found.values())


def providers(config: GatewayConfig, has_key: Callable[[str, str | None], bool]) -> list[ProviderEntry]:
    """Every known or configured provider, then the servers that one project has for itself."""
    answer: list[ProviderEntry] = []
    names: list[tuple[str, str | None]] = [(name, None) for name in dict.fromkeys((*PROVIDERS, *config.providers))]
    # those without an address are keys of their own for what all have
    names += [
        (n, project) for project, its in config.projects.items() for n, own in its.providers.items() if own.base_url
    ]
    for name, project in names:
        settings = config.get_provider_config_for_project(name, project)
        kind = kind_of(config, name, project)
        if kind is None:
            continue
        entry, address = get_provider(kind), settings.get("base_url")
        if project and not is_own_server(config, name, project):
            continue
        zone = zone_of(config, name, project)
        named = project is not None or name in config.providers
        answer.append(
            {
                "id": project_name(name, project),
                "name": name,
                "provider": kind,
                "type": "local" if runs_here(config, name, project) else "cloud",
                "modalities": sorted(str(m) for m in entry.modalities),
                "zone": str(zone),
                "enabled": settings.get("enabled", True) is not False,
                # a server of one's own often asks for no key
                "configured": entry.engine
                or has_key(name, project)
                or (named and (entry.env is None or entry.own_server is not None)),
                "installed": installed(entry),
                "install": None if installed(entry) else entry.install_hint,
                "key_page": entry.key_page,
                "base_url": address if isinstance(address, str) else None,
                "source": str(settings.get("_source", "yaml")) if named else "built in",
                "project": project,
            }
        )
    return answer
