"""Settings as a person sees them: values and where they come from; also while no gateway runs."""

from __future__ import annotations

from urllib.request import getproxies

from voicegw_desktop.config import settings
from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.errors import BadRequest, NotFound
from voicegw_desktop.core.paths import Paths
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway import autostart

LOGIN, PROXY = "start_at_login", "proxy"


def told(config: GatewayConfig, paths: Paths) -> dict[str, object]:
    """`{file, folders, settings}`; each setting is told as in `config.settings.rows`."""
    return {
        "file": str(config.path) if config.path else None,
        "folders": {"configuration": str(paths.config), "models": str(models_folder(config, paths)),
                    "logs": str(paths.logs)},
        "settings": [_login(), *settings.rows(config.schema, config.origins, config.path), _proxy()],
    }  # fmt: skip


def models_folder(config: GatewayConfig, paths: Paths) -> object:
    """Where models are kept."""
    return config.models_folder(paths)


def change(config: GatewayConfig, paths: Paths, path: str, value: str | None) -> None:
    """Keep a value, None forgets it. BadRequest where it does not fit, or stands in the file."""
    if path == LOGIN:
        autostart.change(value is not None and value.lower() in ("true", "on", "yes"))
        return
    row = next((r for r in settings.rows(config.schema, config.origins, config.path) if r["path"] == path), None)
    if row is None:
        raise NotFound(f'There is no setting "{path[:80]}".', param="path")
    if row["locked"]:
        raise BadRequest(f"{path} is set in {row['where']}, which overrides this: change it there.", param="path")
    settings.store(paths.config, path, None if value is None else settings.taken(settings.BY_PATH[path], value))


def _login() -> Record:
    return {
        "path": LOGIN, "title": "Start at login", "about": "", "kind": "boolean", "choices": [],
        "value": autostart.autostart().on(), "source": "system", "where": "", "locked": False, "restart": False,
    }  # fmt: skip


def _proxy() -> Record:
    found = getproxies()
    used = found.get("https") or found.get("http") or found.get("all") or ""
    shown = used if "@" not in used else f"{used.partition('://')[0]}://…@{used.rpartition('@')[2]}"
    return {
        "path": PROXY, "title": "Proxy", "about": "For addresses in the cloud only; taken from HTTPS_PROXY or the"
        " system's settings.", "kind": "told", "choices": [], "value": shown or "none", "source": "system",
        "where": "", "locked": True, "restart": False,
    }  # fmt: skip
