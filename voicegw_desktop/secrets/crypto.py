"""Secrets at rest: the OS keychain where it really works, else one sealed file; which one is never a guess."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.paths import private_dir

SERVICE = "voicegateway"
_NAMES = "__names__"


def mask(secret: str) -> str:
    """`sk-abcdef…6789` → `sk-a…6789`; short ones show nothing."""
    return f"{secret[:4]}…{secret[-4:]}" if len(secret) >= 12 else "…"


class Vault(Protocol):
    """Keeps small strings by name."""

    kind: str
    """`keychain` or `sealed file`"""
    description: str

    def read(self, name: str) -> str | None: ...
    def write(self, name: str, value: str) -> None: ...
    def remove(self, name: str) -> None: ...
    def names(self) -> list[str]: ...


class SecretStore:
    """Get, set, delete and re-seal secrets by name, such as `provider/openai`.

    The keychain is chosen only after a secret was written to it and read back; a keyring backend that stores in
    clear is refused. Otherwise a file sealed with Fernet is used, whose key is VOICEGW_SECRET or a file of mode 0600.
    Calls may take milliseconds (the keychain asks another process); from a running loop use a thread.
    """

    def __init__(self, folder: Path, *, vault: Vault | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._environ = os.environ if environ is None else environ
        self._vault = vault

    @property
    def vault(self) -> Vault:
        if self._vault is None:
            self._vault = self._choose()
        return self._vault

    @property
    def description(self) -> str:
        """One sentence for people: where secrets are kept on this machine."""
        return self.vault.description

    def _choose(self) -> Vault:
        # someone who sets VOICEGW_SECRET, or keeps the profile in a folder of its own, wants the file
        if self._environ.get("VOICEGW_SECRET") or self._environ.get("VOICEGW_HOME"):
            return SealedFile(self._folder, self._environ)
        if (self._folder / SealedFile.FILE).exists():
            return SealedFile(self._folder, self._environ)
        return Keychain.usable() or SealedFile(self._folder, self._environ)

    def get(self, name: str) -> str | None:
        """The secret, or None."""
        return self.vault.read(name)

    def set(self, name: str, value: str) -> None:
        """Keep `value`; replaces what was there."""
        if not value:
            raise ConfigError(f'The secret "{name}" is empty; delete it instead.')
        self.vault.write(name, value)

    def delete(self, name: str) -> bool:
        """Forget it; False when it was not there."""
        if self.vault.read(name) is None:
            return False
        self.vault.remove(name)
        return True

    def names(self) -> list[str]:
        """The names of all secrets kept here."""
        return sorted(self.vault.names())

    def rotate(self, previous: str | None = None) -> int:
        """Seal everything with a new key; how many secrets that were. The keychain rotates by itself: 0."""
        vault = self.vault
        return vault.rotate(previous) if isinstance(vault, SealedFile) else 0


class Keychain:
    """The keychain of the OS, through `keyring`."""

    kind = "keychain"

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.description = f"Secrets are kept in the OS keychain ({type(backend).__module__.rpartition('.')[2]})."

    @classmethod
    def usable(cls) -> Keychain | None:
        """The keychain when a write and read back succeed, else None."""
        try:
            import keyring
        except Exception:
            return None
        trusted = ("macOS", "Windows", "SecretService", "kwallet", "libsecret")
        probe, value = "probe", secrets.token_hex(8)
        try:
            backend = keyring.get_keyring()
            candidates = [backend, *getattr(backend, "backends", ())]
            # plaintext, null and unknown third-party backends promise nothing
            chosen = next(
                (
                    b
                    for b in candidates
                    if type(b).__module__.startswith("keyring.backends.")
                    and type(b).__module__.rpartition(".")[2] in trusted
                ),
                None,
            )
            if chosen is None:
                return None
            chosen.set_password(SERVICE, probe, value)
            same = chosen.get_password(SERVICE, probe) == value
            chosen.delete_password(SERVICE, probe)
        except Exception:
            # a locked or absent keychain raises whatever its platform raises
            return None
        return cls(chosen) if same else None

    def read(self, name: str) -> str | None:
        value = self._backend.get_password(SERVICE, name)
        return str(value) if value is not None else None

    def write(self, name: str, value: str) -> None:
        self._backend.set_password(SERVICE, name, value)
        self._remember([*self.names(), name])

    def remove(self, name: str) -> None:
        self._backend.delete_password(SERVICE, name)
        self._remember([n for n in self.names() if n != name])

    def names(self) -> list[str]:
        # keychains cannot be listed through keyring, so the names are kept as one more entry
        listed = json.loads(self._backend.get_password(SERVICE, _NAMES) or "[]")
        return [str(name) for name in listed]

    def _remember(self, names: list[str]) -> None:
        self._backend.set_password(SERVICE, _NAMES, json.dumps(sorted(set(names))))


class SealedFile:
    """One encrypted file (Fernet: AES-128-CBC with HMAC-SHA256), replaced as a whole at each change."""

    FILE = "secrets.sealed"
    KEY_FILE = "secrets.key"
    OLD_KEY_FILE = "secrets.key.old"
    kind = "sealed file"

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        by = "VOICEGW_SECRET" if environ.get("VOICEGW_SECRET") else f"the key file {folder / self.KEY_FILE} (mode 0600)"
        self.description = (
            f"Secrets are kept in the encrypted file {folder / self.FILE}, sealed with {by};"
            " the OS keychain is not used."
        )

    def _key(self) -> bytes:
        secret = self._environ.get("VOICEGW_SECRET")
        if secret:
            return _stretch(secret)
        path = self._folder / self.KEY_FILE
        if not path.exists():
            from cryptography.fernet import Fernet

            _write_private(path, Fernet.generate_key(), exclusive=True)
        if sys.platform != "win32" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return path.read_bytes().strip()

    def _load(self) -> dict[str, str]:
        path = self._folder / self.FILE
        if not path.exists():
            return {}
        keys = [self._key()]
        old = self._folder / self.OLD_KEY_FILE
        if old.exists():
            keys.append(old.read_bytes().strip())
        return self._open_with(keys)

    def _open_with(self, keys: list[bytes]) -> dict[str, str]:
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet

        path = self._folder / self.FILE
        try:
            content = json.loads(MultiFernet([Fernet(key) for key in keys]).decrypt(path.read_bytes()))
        except (InvalidToken, ValueError) as error:
            key = "VOICEGW_SECRET" if self._environ.get("VOICEGW_SECRET") else str(self._folder / self.KEY_FILE)
            raise ConfigError(
                f"The secrets in {path} cannot be opened with {key}: it is not the key they were sealed with, or the"
                " file is damaged. Give the right key, or delete the file and enter the keys again."
            ) from error
        return {str(k): str(v) for k, v in content.items()}

    def _save(self, content: Mapping[str, str], key: bytes | None = None) -> None:
        from cryptography.fernet import Fernet

        sealed = Fernet(key or self._key()).encrypt(json.dumps(dict(content)).encode())
        _write_private(self._folder / self.FILE, sealed)

    def read(self, name: str) -> str | None:
        return self._load().get(name)

    def write(self, name: str, value: str) -> None:
        self._save({**self._load(), name: value})

    def remove(self, name: str) -> None:
        content = self._load()
        content.pop(name, None)
        self._save(content)

    def names(self) -> list[str]:
        return list(self._load())

    def rotate(self, previous: str | None = None) -> int:
        """Seal with a new key file; with VOICEGW_SECRET, re-seal what `previous` sealed under its present value."""
        if self._environ.get("VOICEGW_SECRET"):
            if not previous:
                raise ConfigError(
                    "VOICEGW_SECRET seals the secrets: set it to the new value, then give the old one"
                    " to `voicegw rotate-secret` on its standard input."
                )
            content = self._open_with([_stretch(previous)])
            self._save(content)
            return len(content)
        from cryptography.fernet import Fernet

        content = self._load()
        key = Fernet.generate_key()
        # the old key stays beside until the new pair is complete, so a crash between the two loses nothing
        old = self._folder / self.OLD_KEY_FILE
        _write_private(old, self._key())
        _write_private(self._folder / self.KEY_FILE, key)
        self._save(content, key)
        old.unlink(missing_ok=True)
        return len(content)


def _stretch(secret: str) -> bytes:
    """A Fernet key from words of any length; 32 URL-safe base64 bytes are taken as they are."""
    try:
        if len(base64.urlsafe_b64decode(secret.encode())) == 32:
            return secret.encode()
    except ValueError:
        pass
    import hashlib

    raw = hashlib.scrypt(secret.encode(), salt=b"voicegateway/secrets/1", n=2**14, r=8, p=1, dklen=32)
    return base64.urlsafe_b64encode(raw)


def _write_private(path: Path, content: bytes, *, exclusive: bool = False) -> None:
    """Write a file of mode 0600 as a whole; `exclusive` keeps one that another process made first."""
    private_dir(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if exclusive and hasattr(os, "link"):
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass
        else:
            os.replace(temporary, path)
            temporary = ""
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
