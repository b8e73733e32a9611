"""Operations on routes: what serves a modality now, offline mode, the stack in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest, NotFound, did_you_mean
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import get_provider
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.table import Param, operation
from voicegw_desktop.gateway.operate.usage import plain_record
from voicegw_desktop.routing.choices import AS_REQUESTED

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

PROJECT = Param("project", "string", "Only for this project.")


@operation("show_routes", "GET", "/v1/routes", PROJECT, verb="route show")
async def show_routes(gateway: Gateway, project: str | None = None) -> Record:
    """What serves each modality now, the stack in use, the stacks there are, and whether offline."""
    if project is not None:
        gateway.project(project)
    return {
        "offline": gateway.is_offline(),
        "stacks": {name: stack.model_dump() for name, stack in gateway.config.stacks.items()},
        **{k: v for k, v in plain_record(gateway.router.choices()).items() if k != "projects" or project is None},
        **({"project": project, "routes": _of_project(gateway, project)} if project else {}),
    }


@operation(
    "set_route",
    "POST",
    "/v1/routes",
    Param("modality", "string", "stt, llm or tts.", required=True, choices=("stt", "llm", "tts")),
    Param(
        "target",
        "string",
        "provider/model, or the name of an installed model; null: as requested.",
        required=True,
        nullable=True,
    ),
    PROJECT,
    verb="route set",
    live=True,
)
async def set_route(
    gateway: Gateway, modality: str, target: str | None, project: str | None = None, only: str | None = None
) -> Record:
    """Send a modality's requests to one target, or as each request names it; running ones finish where they are."""
    target = None if target == AS_REQUESTED else target
    kind = Modality(modality)
    if project is not None:
        gateway.project(project)
    if target is not None:
        _check_target(gateway, kind, target, project or gateway.config.default_project)
    gateway.router.set_route(kind, target, project)
    return await show_routes(gateway, project or only)


@operation(
    "set_offline",
    "POST",
    "/v1/offline",
    Param("offline", "boolean", "true: nothing leaves this machine.", required=True),
    verb="offline",
    live=True,
)
async def set_offline(gateway: Gateway, offline: bool) -> Record:
    """Turn offline mode on (nothing leaves this machine) or off."""
    gateway.router.set_offline(offline)
    return {"offline": gateway.is_offline()}


@operation(
    "choose_stack",
    "POST",
    "/v1/stack",
    Param("name", "string", "A stack of the configuration; null: each project's own.", required=True, nullable=True),
    PROJECT,
    verb="stack",
    live=True,
)
async def choose_stack(
    gateway: Gateway, name: str | None, project: str | None = None, only: str | None = None
) -> Record:
    """Let one stack serve everyone, or one project."""
    stacks = gateway.config.stacks
    if name is not None and name not in stacks:
        raise NotFound(f'There is no stack "{name}".{did_you_mean(name, stacks)}', param="name")
    if project is not None:
        gateway.project(project)
    if project is None:
        gateway.router.set_stack(name)
    else:
        for modality in Modality:
            chosen = stacks[name].of(modality.value) if name else None
            gateway.router.set_route(modality, chosen, project)
    return await show_routes(gateway, project or only)


def _check_target(gateway: Gateway, modality: Modality, target: str, project: str) -> None:
    """Raises for a name that a request could not use either, and for a model that could never be installed."""
    gateway.router.look()
    names = gateway.router.names
    found = names.literal(modality, target, project)
    if found is None:
        provider, slash, model = target.partition("/")
        if slash and provider and model:
            entry = get_provider(provider, gateway.provider_settings(provider).get("type"))
            if modality not in entry.modalities:
                raise BadRequest(f"{provider} has no {modality}.", param="target")
        names.check_modality(modality, target, project)
        raise BadRequest(
            f'"{target[:80]}" is not a target: write provider/model, as in whisper/base, or the name of an installed'
            " model.",
            param="target",
        )
    entry = get_provider(found.provider, gateway.provider_settings(found.provider).get("type"))
    if entry.stored and found.model not in getattr(gateway.config.engines.of(found.provider), "models", ()):
        # a name that no provider serves would only fail at the next request; not installed yet is fine
        gateway.models.info(found.name)


def _of_project(gateway: Gateway, project: str) -> dict[str, str | None]:
    return {m.value: gateway.router.route(m, project) or gateway.router.route(m) for m in Modality}
