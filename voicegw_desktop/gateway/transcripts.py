"""What was said in conversations, sealed before it is stored; kept only where the configuration asks for it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EventBus, Notice
from voicegw_desktop.secrets.crypto import SecretStore

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

log = logging.getLogger(__name__)

NAME = "transcripts"
"""The secret that the texts are sealed with."""


class Transcripts:
    """Seals and opens texts with a key from the secret store, which is made at the first need."""

    def __init__(self, secrets: SecretStore, bus: EventBus, wanted: Callable[[], bool]) -> None:
        """`wanted` says whether texts are kept (observability.transcripts)."""
        self._secrets, self._bus, self._wanted = secrets, bus, wanted
        self._key: Fernet | None = None

    async def load(self) -> None:
        """Load the key, and make one where texts are wanted and there is none; a notice where that fails."""
        if self._key is not None or not self._wanted():
            return
        try:
            self._key = await asyncio.to_thread(self._find, True)
        except VoiceGatewayError as error:
            log.warning("What is said is not kept: %s", error.message)
            self._bus.publish(
                Notice(
                    "warning",
                    "observability.transcripts is true, but the secret that seals them cannot be had "
                    f"({error.message}), so nothing that is said is kept until the next start.",
                    "transcripts_off",
                )
            )

    def _find(self, make: bool) -> Fernet | None:
        from cryptography.fernet import Fernet

        key = self._secrets.get(NAME)
        if key is None:
            if not make:
                return None
            key = Fernet.generate_key().decode()
            self._secrets.set(NAME, key)
        return Fernet(key.encode())

    def seal(self, text: str) -> str | None:
        """The sealed text; None: it is not to be kept, or there is no key."""
        if self._key is None or not self._wanted():
            return None
        return self._key.encrypt(text.encode("utf-8", "replace")).decode()

    async def opened(self, sealed: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """`{turn: {person, agent}}` of sealed texts by turn; one sealed with another key is left out.

        Raises SecretsLocked when the secret store cannot be asked.
        """
        if not sealed:
            return {}
        key = self._key or await asyncio.to_thread(self._find, False)
        return {} if key is None else await asyncio.to_thread(_open, key, sealed)


def _open(key: Fernet, sealed: Mapping[str, str]) -> dict[str, dict[str, str]]:
    from cryptography.fernet import InvalidToken

    found: dict[str, dict[str, str]] = {}
    for turn, text in sealed.items():
        try:
            told = json.loads(key.decrypt(text.encode()))
        except InvalidToken:
            continue
        found[turn] = {name: str(told[name]) for name in ("person", "agent") if name in told}
    return found
