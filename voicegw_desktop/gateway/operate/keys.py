"""Operations on the gateway's own access keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import SecretsLocked
from voicegw_desktop.core.text import check_name
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.budgets import move_budget
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.secrets.keys import SCOPES, MintedKey

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

EVERY = "*"
"""In place of a project: the key belongs to none and sees all."""
KEY = Param("key_id", "string", "The key's id, as `keys list` shows it.", required=True)


def check_key_name(text: str, what: str) -> None:
    """BadRequest unless it is a name, or empty for a key without one."""
    if text:
        check_name(text, what)


@operation(
    "list_keys", "GET", "/v1/keys", Param("revoked", "boolean", "Revoked ones too.", default=False), verb="keys list"
)
async def list_keys(gateway: Gateway, revoked: bool = False, only: str | None = None) -> Record:
    """Access keys without their secrets."""
    return {"keys": [key.as_dict() for key in gateway.keys.list(revoked=revoked) if only in (None, key.project)]}


@operation(
    "create_key",
    "POST",
    "/v1/keys",
    Param("project", "string", "Who pays, and all the key sees; none: the default project; *: each request names one."),
    Param("name", "string", "A word to know it by.", default="", rule=check_key_name),
    Param("scopes", "array", f"Any of {', '.join(SCOPES)}; none: everything."),
    verb="keys create",
    live=True,
)
async def create_key(
    gateway: Gateway, project: str | None = None, name: str = "", scopes: list[str] | None = None
) -> Record:
    """Mint a key: a bearer for HTTP clients and a LiveKit key pair; the answer shows them this once."""
    project = None if project == EVERY else project or gateway.config.default_project
    if project is not None:
        gateway.project(project)
    return _shown(await gateway.keys.mint(project, name, scopes or ()), project)


FIRST = Param(
    "key_id",
    "string",
    "The key's id; none: the default project's key for agents, made when there is none.",
    default="first",
)


@operation("show_key", "POST", "/v1/keys/{key_id}/reveal", FIRST, verb="keys show")
async def show_key(gateway: Gateway, key_id: str = "first") -> Record:
    """The bearer and LiveKit secret of a working key again."""
    if key_id == "first":
        try:
            key_id = await gateway.first_key()
        except SecretsLocked:
            raise SecretsLocked(f"There is no key yet. {gateway.secrets.description}") from None
    bearer = await gateway.keys.bearer(key_id)
    info = gateway.keys.info(key_id)
    return {
        "key_id": key_id,
        "project": info.project if info else None,
        "api_key": bearer,
        "livekit": {"api_key": key_id, "api_secret": await gateway.keys.livekit_secret(key_id)},
    }


@operation("revoke_key", "DELETE", "/v1/keys/{key_id}", KEY, verb="keys revoke", destructive=True, live=True)
async def revoke_key(gateway: Gateway, key_id: str, confirm: bool = False) -> Record:
    """End a key at once, and close what it has open."""
    if not confirm:
        gateway.keys.working(key_id)
        return preview(f"revoke the key {key_id} and close every connection it has open", key_id=key_id)
    return {"revoked": (await gateway.keys.revoke(key_id)).as_dict()}


@operation("rotate_key", "POST", "/v1/keys/{key_id}/rotate", KEY, verb="keys rotate", destructive=True, live=True)
async def rotate_key(gateway: Gateway, key_id: str, confirm: bool = False) -> Record:
    """Put a new key in the place of an old one."""
    if not confirm:
        gateway.keys.working(key_id)
        return preview(f"revoke {key_id} and mint a new key with its project, name and scopes", key_id=key_id)
    minted = await gateway.keys.rotate(key_id)
    await move_budget(gateway, key_id, minted.id)
    info = gateway.keys.info(minted.id)
    return _shown(minted, info.project if info else None)


def _shown(minted: MintedKey, project: str | None) -> Record:
    return {
        "key_id": minted.id,
        "project": project,
        "api_key": minted.bearer,
        "livekit": {"api_key": minted.id, "api_secret": minted.livekit_secret},
    }
