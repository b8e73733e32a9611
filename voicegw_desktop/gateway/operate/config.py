"""Operations on the configuration: explain it, read it again, examine the whole installation."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING

from voicegw_desktop import __version__
from voicegw_desktop.core import extensions
from voicegw_desktop.core.descriptor import Door
from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.gateway.operate.usage import database_problem
from voicegw_desktop.secrets.keychain import OPEN

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

LOW_DISK = 2_000_000_000  # bytes


@operation(
    "explain_config",
    "GET",
    "/v1/config/explain",
    Param("path", "string", "As in providers.openai.base_url; none: everything.", default=""),
    verb="config explain",
    whole=True,
)
async def explain_config(gateway: Gateway, path: str = "") -> Record:
    """Where each value came from, and what it overrides; secrets are masked."""
    over = {**gateway.router.origins(), **await gateway.key_origins()}
    return {
        "file": str(gateway.config.path) if gateway.config.path else None,
        "values": [item.as_dict() for item in gateway.config.explain(path, over=over)],
    }


@operation("refresh_config", "POST", "/v1/config/refresh", verb="config refresh", live=True, whole=True)
async def refresh_config(gateway: Gateway) -> Record:
    """Read the file and the database again; `waiting`: busy engines, which get new settings when they are idle."""
    config = await gateway.refresh_config()
    return {
        "file": str(config.path) if config.path else None,
        "warnings": list(config.warnings),
        "waiting": gateway.engines.waiting(),
    }


@operation(
    "remove_bad_rows", "DELETE", "/v1/config/bad-rows", verb="config clean", destructive=True, live=True, whole=True
)
async def remove_bad_rows(gateway: Gateway, confirm: bool = False) -> Record:
    """Delete stored projects, providers and models that do not fit into the configuration and are left out."""
    left_out = gateway.config_manager.left_out
    rows = [str(row) for row in left_out]
    if not confirm:
        return preview(f"delete {len(rows)} stored rows that are left out", rows=rows)
    for row in left_out:
        await getattr(gateway.storage, f"delete_managed_{row.kind}")(row.name)
    if left_out:
        await gateway.refresh_config()
    return {"deleted": rows}


@operation("doctor", "GET", "/v1/doctor", verb="doctor", whole=True)
async def doctor(gateway: Gateway) -> Record:
    """Examine configuration, folders, secrets, packages and models, and say what to do about each fault."""
    checks: list[dict[str, object]] = []

    def add(name: str, good: bool, message: str, *, grave: bool = True) -> None:
        checks.append({"check": name, "state": "ok" if good else "error" if grave else "warning", "message": message})

    config = gateway.config
    where = str(config.path) if config.path else "none found; the built-in settings are in use, with local engines only"
    add("configuration", True, where)
    for warning in config.warnings:
        add("configuration", False, warning, grave=False)
    for problem in gateway.config_manager.problems:
        add("database rows", False, f"{problem} Delete it with: voicegw config clean", grave=False)
    vault = await gateway.vault_watch.look()
    add("secrets", vault.state == OPEN and not vault.stray, gateway.secrets.description, grave=not vault.stray)
    where = f"{gateway.database}" if gateway.storage is not None else "off (cost tracking is disabled)"
    broken = database_problem(gateway)
    add("database", broken is None, broken or where)
    aside = gateway.database.with_name(f"{gateway.database.name}.set-aside")
    if aside.exists():
        add("records", False, f"{aside} holds records that could not be stored: look and remove it", grave=False)
    for old in sorted(gateway.database.parent.glob(f"{gateway.database.name}.damaged-*[0-9]")):
        add("database", False, f"{old} is a damaged database that was moved aside: remove it", grave=False)
    add("python", (3, 11) <= sys.version_info[:2] <= (3, 13), sys.version.split()[0])
    wanted = _wanted(gateway)
    for provider in gateway.list_providers():
        if provider["name"] in wanted and provider["enabled"] and not provider["installed"]:
            what = f"{'engine' if provider['type'] == 'local' else 'provider'} {provider['id']}"
            add(what, False, f"Its package is missing. {provider['install']}", grave=False)
    for problem in (*PROVIDERS.problems, *extensions.load(Door, extensions.DOORS)[1]):
        add("extensions", False, problem, grave=False)
    for model in gateway.list_models():
        if model["installed"] is False:
            target = f"{model['provider']}/{model['model']}"
            message = f"{model['id']} is not installed: voicegw models pull {target}"
            add("models", False, message, grave=False)
    for provider in gateway.list_providers():
        if note := gateway.provider_keys.withheld(provider["name"], provider["project"]):
            add(f"provider {provider['id']}", False, note, grave=False)
    for problem in _lost_routes(gateway):
        add("routes", False, problem, grave=False)
    root = gateway.models.root
    near = next(p for p in (root, *root.parents) if p.exists())
    free = shutil.disk_usage(near).free
    add("disk", free > LOW_DISK, f"{free / 1e9:.1f} GB free for models in {root}", grave=False)
    if outdated := await asyncio.to_thread(gateway.parts.updates.sentence):
        add("version", False, outdated, grave=False)
    if sys.platform != "win32":
        for path in (gateway.database, gateway.paths.config):
            if path.exists() and path.stat().st_mode & 0o077:
                add("privacy", False, f"{path} can be read by other users: chmod go= {path}", grave=False)
    return {"ok": all(c["state"] != "error" for c in checks), "version": __version__, "checks": checks}


def _wanted(gateway: Gateway) -> set[str]:
    """The providers that something names: models, installed or configured, routes, what is loaded from the start."""
    wanted = {str(model["provider"]) for model in gateway.list_models()}
    wanted |= {name.partition("/")[0] for name in gateway.engines.preload_names()}
    wanted |= set(gateway.config.providers)
    for modality in Modality:
        for project in (None, *gateway.config.projects):
            if choice := gateway.router.routed(modality, project):
                wanted.add(str(choice.target).partition("/")[0])
    return wanted


def _lost_routes(gateway: Gateway) -> list[str]:
    """Choices that send requests to a model whose files are not here."""
    here = {info.id for info in gateway.models.list() if info.installed}
    for engine, section in gateway.config.engines.sections().items():
        here |= {f"{engine}/{name}" for name in getattr(section, "models", ())}
    found = []
    for modality in Modality:
        for project in (None, *gateway.config.projects):
            choice = gateway.router.routed(modality, project)
            if choice is None:
                continue
            owner = project or gateway.config.default_project
            if choice.undo and gateway.router.names.gone(modality, str(choice.target), owner):
                found.append(
                    f"{choice.setting} sends {modality} to {choice.target}, which is gone: choose another target, or "
                    f"take the choice back: {choice.undo}."
                )
                continue
            target = gateway.router.names.literal(modality, str(choice.target), owner)
            kind = PROVIDERS.get(target.provider) if target is not None else None
            if target is None or kind is None or not (kind.stored) or target.name in here:
                continue
            undo = f", or take the choice back: {choice.undo}" if choice.undo else ""
            found.append(
                f"{choice.setting} sends {modality} to {choice.target}, which is not installed: "
                f"voicegw models pull {target.name}{undo}."
            )
    return found
