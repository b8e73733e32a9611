"""Secrets at rest: in the OS keychain or in one sealed file; the profile records which, and never uses both."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from voicegw_desktop.core.errors import BadRequest, ConfigError, SecretsLocked
from voicegw_desktop.secrets.keychain import ADVICE, LOCKED, OPEN, Keychain
from voicegw_desktop.secrets.sealed_file import SealedFile
from voicegw_desktop.secrets.vault_record import VaultRecord


def mask(secret: str) -> str:
    """`sk-abcdef…6789` → `sk-a…6789`; short ones show nothing."""
    return f"{secret[:4]}…{secret[-4:]}" if len(secret) >= 12 else "…"


class Vault(Protocol):
    """Keeps small strings by name."""

    kind: str
    """`keychain` or `sealed file`"""

    @property
    def description(self) -> str: ...
    def read(self, name: str) -> str | None: ...
    def write(self, name: str, value: str) -> None: ...
    def remove(self, name: str) -> None: ...
    def names(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class VaultState:
    """Where secrets are kept, and whether they can be had now."""

    kind: str | None
    """`keychain` or `sealed file`; None: a new profile, whose keychain could not be asked yet."""
    state: str
    """`open`, `locked`, `waiting` (for an answer of the keychain) or `absent`."""
    message: str
    """One sentence for people."""
    advice: str = ""
    """The next step on the command line; empty when there is none to take."""
    stray: tuple[str, ...] = ()
    """Names of secrets that lie in the keychain although the sealed file is in use."""


class SecretStore:
    """Get, set, delete and re-seal secrets by name, such as `provider/openai`.

    A new profile uses the keychain if a secret written to it comes back, and a file sealed with Fernet where there is
    no keychain; a keyring backend that stores in clear is refused. From then on the profile's record decides: a
    keychain that is locked or out of reach raises SecretsLocked, and nothing is written elsewhere. Calls may take
    milliseconds, and up to two seconds where the keychain does not answer; from a running loop use a thread.
    """

    def __init__(
        self,
        folder: Path,
        *,
        vault: Vault | None = None,
        environ: Mapping[str, str] | None = None,
        keychain: Keychain | None = None,
    ) -> None:
        self._folder = folder
        self._environ = os.environ if environ is None else environ
        self._sealed = SealedFile(folder, self._environ)
        # a user who sets VOICEGW_SECRET, or keeps the profile in a folder of its own, wants the file
        forced = self._environ.get("VOICEGW_SECRET") or self._environ.get("VOICEGW_HOME")
        self._fixed = vault or (self._sealed if forced else None)
        self._keychain = keychain or Keychain()
        self._record = VaultRecord(folder)
        self._chosen: Vault | None = None
        self._stray: tuple[str, ...] = ()
        self._lock = threading.RLock()

    @property
    def vault(self) -> Vault:
        """The vault in use. SecretsLocked when none was recorded yet and the keychain cannot be asked."""
        if (known := self._known()) is not None:
            return known
        with self._lock:
            if self._chosen is None:
                self._chosen = self._keychain if self._keychain.keeps() else self._sealed
            return self._chosen

    def _known(self) -> Vault | None:
        """The vault in use, without asking the keychain."""
        if self._fixed is not None:
            return self._fixed
        recorded = self._record.read().kind
        if recorded == Keychain.kind:
            return self._keychain
        if recorded == SealedFile.kind or (self._folder / SealedFile.FILE).exists():
            return self._sealed
        return self._chosen

    @property
    def description(self) -> str:
        """For people: where secrets are kept on this machine, and the next step where they cannot be had."""
        found = self.seen()
        return f"{found.message} {found.advice}".rstrip()

    def get(self, name: str) -> str | None:
        """The secret, or None."""
        return self.vault.read(name)

    def set(self, name: str, value: str) -> None:
        """Keep `value`; replaces what was there."""
        if not value:
            raise ConfigError(f'The secret "{name}" is empty; delete it instead.')
        with self._lock:
            vault = self.vault
            vault.write(name, value)
            self._note(vault, self._record.read().names | {name})

    def delete(self, name: str) -> bool:
        """Forget it; False when it was not there."""
        with self._lock:
            vault = self.vault
            if vault.read(name) is None:
                return False
            vault.remove(name)
            self._note(vault, self._record.read().names - {name})
            return True

    def names(self) -> list[str]:
        """The names of all secrets kept here."""
        vault = self.vault
        names = sorted(vault.names())
        if vault is self._keychain:
            self._note(vault, frozenset(names))
        return names

    def remembered(self) -> frozenset[str]:
        """The names that the keychain had when it last answered, for the time when it does not."""
        return self._record.read().names

    def rotate(self, previous: str | None = None) -> int:
        """Seal everything with a new key; how many secrets that were. The keychain rotates by itself: 0."""
        vault = self.vault
        return vault.rotate(previous) if isinstance(vault, SealedFile) else 0

    def _note(self, vault: Vault, names: frozenset[str]) -> None:
        """Record the vault in use, and what the keychain holds; a file can always be read, so its names are not."""
        if self._fixed is None:
            self._record.write(vault.kind, names if vault is self._keychain else frozenset())

    # -- locked, and open again ---------------------------------------------------------------------------------------

    def seen(self) -> VaultState:
        """Where secrets are kept and what the keychain said last; the keychain is not asked."""
        vault = self._known()
        if vault is not None and vault is not self._keychain:
            if not self._stray:
                return VaultState(vault.kind, OPEN, vault.description)
            return VaultState(
                vault.kind,
                OPEN,
                f"The keychain also holds keys of this profile ({', '.join(self._stray)}), but the encrypted file"
                f" {self._folder / SealedFile.FILE} is in use.",
                "`voicegw secrets move --to keychain --yes` (or `--to file --yes`) brings both together.",
                self._stray,
            )
        state = self._keychain.state
        advice = ADVICE.get(state, "")
        if state == LOCKED and vault is None:
            advice += " To keep the keys in a file instead: `voicegw secrets move --to file --yes`."
        return VaultState(None if vault is None else vault.kind, state, self._keychain.description, advice)

    def look(self) -> VaultState:
        """Ask the keychain again, without a prompt where the platform allows it; returns the state."""
        try:
            self.names()
            if self._fixed is None and self.vault is self._sealed and self._record.read().kind is None:
                self._look_for_stray()
        except SecretsLocked:
            pass
        return self.seen()

    def _look_for_stray(self) -> None:
        """A profile without a record may have begun in the keychain and gone on in the file."""
        held = self._keychain.holds()
        self._stray = tuple(held or ())
        if held == [] and (self._folder / SealedFile.FILE).exists():
            self._note(self._sealed, frozenset())

    def unlock(self, limit: float) -> VaultState:
        """Let the keychain show its prompt, and wait `limit` seconds for the answer."""
        if self._known() in (None, self._keychain):
            self._keychain.unlock(limit)
        return self.look() if self._keychain.state == OPEN else self.seen()

    def presume_keychain(self) -> None:
        """Record the keychain for a profile whose keys were made before vaults were recorded, and which has no file."""
        if self._known() is None:
            self._note(self._keychain, frozenset())

    def follow(self, changed: Callable[[], object]) -> None:
        """Call `changed`, in any thread, whenever a call finds the keychain in another state than before."""
        self._keychain.changed = changed

    # -- moving -------------------------------------------------------------------------------------------------------

    def move(self, kind: str, *, leave: bool = False) -> int:
        """Bring every secret of both vaults into the one of `kind`; how many it then has.

        Where both hold a name, the vault in use wins. The other one is emptied after everything was read back.
        SecretsLocked when the keychain holds secrets that cannot be read now, unless `leave` lets them stay there.
        """
        if self._fixed is not None:
            raise BadRequest(
                "The secrets of this profile stay in its encrypted file: VOICEGW_SECRET or VOICEGW_HOME is set, or it"
                " is a temporary profile.",
                param="to",
            )
        with self._lock:
            target, other = (self._keychain, self._sealed) if kind == Keychain.kind else (self._sealed, self._keychain)
            if target is self._keychain and not self._keychain.keeps():
                raise SecretsLocked("No keychain is available, so the secrets stay in the encrypted file.")
            in_use = self._known()
            found, left = self._contents(other, leave), self._contents(target, False)
            every = {**found, **left} if in_use is target else {**left, **found}
            for name, value in every.items():
                if left.get(name) != value:
                    target.write(name, value)
            if any(target.read(name) != value for name, value in every.items()):
                raise ConfigError(f"A secret did not come back from the {kind} as it was written; nothing was removed.")
            self._note(target, frozenset(every))
            self._stray = ()
            self._chosen = None
            for name in found:
                other.remove(name)
            if other is self._sealed:
                self._sealed.discard()
            return len(every)

    def _contents(self, vault: Vault, leave: bool) -> dict[str, str]:
        try:
            return {name: value for name in vault.names() if (value := vault.read(name)) is not None}
        except SecretsLocked:
            held = self._keychain.holds()
            held = sorted(self.remembered()) if held is None else held
            if leave or not held:
                return {}
            raise SecretsLocked(
                f"{self._keychain.description} It holds {', '.join(held)}: unlock it first, or give --leave-locked to"
                " go on without them."
            ) from None
