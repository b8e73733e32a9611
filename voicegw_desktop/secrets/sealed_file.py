"""Secrets in one encrypted file: for a machine without a keychain, a server, or a profile in a folder of its own."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.private_file import write_private
from voicegw_desktop.core.typed import texts


class SealedFile:
    """One encrypted file (Fernet: AES-128-CBC with HMAC-SHA256), replaced as a whole at each change.

    The names of the secrets lie beside it in clear, as the record of a keychain has them, so that a start need not
    open it: `cryptography` takes 7 MB and 50 ms. They count only with the fingerprint of that sealed file and a code
    made with its key, so that another key, or a file that was damaged or put back, is noticed as if it were opened.
    """

    FILE = "secrets.sealed"
    NAMES_FILE = "secrets.names"
    KEY_FILE = "secrets.key"
    OLD_KEY_FILE = "secrets.key.old"
    kind = "sealed file"

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ

    @property
    def description(self) -> str:
        """One sentence for people."""
        secret = self._environ.get("VOICEGW_SECRET")
        by = "VOICEGW_SECRET" if secret else f"the key file {self._folder / self.KEY_FILE}, which only you may read"
        return (
            f"Secrets are kept in the encrypted file {self._folder / self.FILE}, sealed with {by};"
            " the OS keychain is not used."
        )

    def _key(self) -> bytes:
        secret = self._environ.get("VOICEGW_SECRET")
        if secret:
            return _stretch(secret)
        path = self._folder / self.KEY_FILE
        if not path.exists():
            from cryptography.fernet import Fernet

            write_private(path, Fernet.generate_key(), exclusive=True)
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

        key = key or self._key()
        sealed = Fernet(key).encrypt(json.dumps(dict(content)).encode())
        write_private(self._folder / self.FILE, sealed)
        self._note_names(key, sealed, content)

    def read(self, name: str) -> str | None:
        return self._load().get(name)

    def write(self, name: str, value: str) -> None:
        self._save({**self._load(), name: value})

    def remove(self, name: str) -> None:
        content = self._load()
        content.pop(name, None)
        self._save(content)

    def names(self) -> list[str]:
        path = self._folder / self.FILE
        if not path.exists():
            return []
        key, sealed = self._key(), path.read_bytes()
        try:
            code, _, told = (self._folder / self.NAMES_FILE).read_bytes().partition(b"\n")
        except OSError:
            code = told = b""
        if hmac.compare_digest(code, _code(key, sealed, told)):
            return texts(json.loads(told))
        content = self._load()
        # a folder that cannot be written costs time at each start, and nothing else
        with contextlib.suppress(OSError):
            self._note_names(key, sealed, content)
        return list(content)

    def _note_names(self, key: bytes, sealed: bytes, content: Mapping[str, str]) -> None:
        told = json.dumps(list(content)).encode()
        write_private(self._folder / self.NAMES_FILE, _code(key, sealed, told) + b"\n" + told)

    def discard(self) -> None:
        """Delete the file and its key."""
        for name in (self.FILE, self.NAMES_FILE, self.KEY_FILE, self.OLD_KEY_FILE):
            (self._folder / name).unlink(missing_ok=True)

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
        write_private(old, self._key())
        write_private(self._folder / self.KEY_FILE, key)
        self._save(content, key)
        old.unlink(missing_ok=True)
        return len(content)


def _code(key: bytes, sealed: bytes, told: bytes) -> bytes:
    """What only the holder of the key can write beside these names of this sealed file; 64 hexadecimal digits."""
    purpose = hmac.digest(key, b"voicegateway/secrets/names", "sha256")
    return hmac.digest(purpose, hashlib.sha256(sealed).digest() + told, "sha256").hex().encode()


@functools.lru_cache(maxsize=2)  # each derivation costs 16 MiB and a twentieth of a second
def _stretch(secret: str) -> bytes:
    """A Fernet key from words of any length; 32 URL-safe base64 bytes are taken as they are."""
    try:
        if len(base64.urlsafe_b64decode(secret.encode())) == 32:
            return secret.encode()
    except ValueError:
        pass
    raw = hashlib.scrypt(secret.encode(), salt=b"voicegateway/secrets/1", n=2**14, r=8, p=1, dklen=32)
    return base64.urlsafe_b64encode(raw)
