"""Operations on the vault of the secrets: its kind and state, moving it, and sealing it with a new key."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.secrets.keychain import Keychain
from voicegw_desktop.secrets.sealed_file import SealedFile

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

KINDS = {"keychain": Keychain.kind, "file": SealedFile.kind}
PROMPT_LIMIT = 120.0  # s a person may take to answer the keychain's prompt


@operation("show_vault", "GET", "/v1/secrets", verb="secrets", whole=True)
async def show_vault(gateway: Gateway) -> Record:
    """Where secrets are kept, and whether they can be had now; names only."""
    found = await gateway.vault_watch.look()
    return {**asdict(found), "stray": list(found.stray), "names": sorted(gateway.secret_names)}


@operation("unlock_secrets", "POST", "/v1/secrets/unlock", verb="secrets unlock", live=True, whole=True)
async def unlock_secrets(gateway: Gateway) -> Record:
    """Let a locked keychain ask for its password, and wait two minutes for the answer."""
    found = await gateway.vault_watch.unlock(PROMPT_LIMIT)
    return {**asdict(found), "stray": list(found.stray)}


@operation(
    "move_secrets",
    "POST",
    "/v1/secrets/move",
    Param("to", "string", "keychain, or file: the encrypted file.", required=True, choices=tuple(KINDS)),
    Param("leave_locked", "boolean", "Leave what a locked keychain holds where it is.", default=False),
    verb="secrets move",
    destructive=True,
    live=True,
    whole=True,
)
async def move_secrets(gateway: Gateway, to: str, leave_locked: bool = False, confirm: bool = False) -> Record:
    """Bring all secrets into one vault and use it from now on; the other one is emptied."""
    found = await gateway.vault_watch.look()
    if not confirm:
        would = (
            f"keep secrets in the {KINDS[to]} from now on, without those that a closed keychain holds"
            if leave_locked
            else f"keep every secret in the {KINDS[to]}, and only there"
        )
        return preview(would, now=found.message)
    count = await asyncio.to_thread(gateway.secrets.move, KINDS[to], leave=leave_locked)
    found = await gateway.vault_watch.look()
    await gateway.vault_opened()
    return {"moved": count, "kind": found.kind, "message": found.message}


@operation(
    "rotate_secret",
    "POST",
    "/v1/secrets/rotate",
    Param("previous", "string", "The old VOICEGW_SECRET, when that seals them.", secret=True),
    verb="rotate-secret",
    destructive=True,
)
async def rotate_secret(gateway: Gateway, previous: str | None = None, confirm: bool = False) -> Record:
    """Seal every stored secret with a new key."""
    if not confirm:
        return preview("seal every stored secret with a new key", secrets=gateway.secrets.description)
    count = await asyncio.to_thread(gateway.secrets.rotate, previous)
    return {"resealed": count, "secrets": gateway.secrets.description}
