"""Errors for names in a question of which nothing is known: they may be misspelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import NotFound, did_you_mean
from voicegw_desktop.core.text import shown

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.storage.sqlite import SQLiteStorage


def check_project(gateway: Gateway, project: str | None, found: object) -> None:
    """Raise NotFound for a project of which nothing was found and that is not configured: its name may be misspelled.

    One that was removed still has its records.
    """
    if project is not None and not found:
        gateway.project(project)


def check_provider(gateway: Gateway, provider: str | None, found: object) -> None:
    """Raise NotFound for a provider that does not exist, unless something of it was found."""
    if provider is None or found:
        return
    known = {entry["name"] for entry in gateway.list_providers()}
    if provider not in known:
        raise NotFound(f'There is no provider "{shown(provider)}".{did_you_mean(provider, known)}', param="provider")


async def check_names(
    gateway: Gateway,
    records: SQLiteStorage,
    project: str | None,
    *,
    model: str | None = None,
    key: str | None = None,
    session: str | None = None,
) -> None:
    """Raise NotFound for a model, key or session that neither is there nor has a record: it may be misspelled."""
    if session is not None and await records.get_session(session, 1, project) is None:
        raise no_session(session, project, "session")
    if key is not None and gateway.keys.info(key) is None and not await records.get_recent_requests(1, key_id=key):
        raise NotFound(f'There is no key "{shown(key)}"; `voicegw keys list` shows them.', param="key")
    if model is None:
        return
    known = {f"{entry['provider']}/{entry['model']}" for entry in gateway.list_models()}
    if model not in known and not await records.get_recent_requests(1, model_id=model):
        raise NotFound(
            f'No request of "{shown(model)}" is stored, and no model of that name is installed or configured.'
            f"{did_you_mean(model, known)}",
            param="model",
        )


def no_session(session: str, project: str | None, param: str) -> NotFound:
    """The error for a session that is not there; with `project`, not there in it."""
    told = f'There is no session "{shown(session)}".'
    if project is not None:
        told = f'There is no session "{shown(session)}" in the project "{shown(project)}".'
    return NotFound(told, param=param)
