"""Keys and signatures of a release, in minisign's format.

`python packaging/sign.py key FILE` writes a secret key to FILE (for its owner alone, without a password) and the public
one to FILE.pub. `python packaging/sign.py sign KEY FILE...` writes FILE.minisig beside each file.
`python packaging/sign.py verify PUBLIC FILE...` checks them. `minisign -S`, `-V` and keys made by `minisign -G -W` fit.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from voicegw_desktop.updates.minisign import HASHED, PLAIN, UNTRUSTED, PublicKey, Signature, verify  # noqa: E402

NO_PASSWORD, CHECKED_BY = b"\0\0", b"B2"
KEY_FILE = "VOICEGW_SIGNING_KEY"
"""Environment variable that names the file of the secret key; the key itself is in no variable."""


class SecretKey:
    """A secret key as minisign keeps it, without a password."""

    def __init__(self, id: bytes, seed: bytes) -> None:
        self._id, self._key = id, Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.public = PublicKey(id, self._key.public_key().public_bytes_raw())

    @classmethod
    def make(cls) -> SecretKey:
        """Make a new one by chance."""
        return cls(secrets.token_bytes(8), secrets.token_bytes(32))

    @classmethod
    def read(cls, path: Path) -> SecretKey:
        """Read a key file. SystemExit with a sentence for one that others can read, or that has a password."""
        if sys.platform != "win32" and path.stat().st_mode & 0o077:
            sys.exit(f"{path} can be read by other users: chmod 600 {path}")
        lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith(UNTRUSTED)]
        data = base64.b64decode(lines[0]) if lines else b""
        if len(data) != 158 or data[:2] != PLAIN:
            sys.exit(f"{path} is no secret key of minisign.")
        if data[2:4] != NO_PASSWORD:
            sys.exit(f"{path} has a password, which nothing here can ask for: make one by `minisign -G -W`.")
        id, pair, check = data[54:62], data[62:126], data[126:158]
        # minisign leaves it out where there is no password
        if check not in (bytes(32), _check(id, pair)):
            sys.exit(f"{path} is damaged: its checksum is another one.")
        return cls(id, pair[:32])

    def write(self, path: Path) -> None:
        """Write the key to `path`, which must be new, and its public half beside it."""
        pair = self._seed + self.public.raw
        body = PLAIN + NO_PASSWORD + CHECKED_BY + bytes(48) + self._id + pair + _check(self._id, pair)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(f"{UNTRUSTED}secret key of VoiceGateway Desktop\n{base64.b64encode(body).decode()}\n")
        path.with_name(path.name + ".pub").write_text(
            f"{UNTRUSTED}public key of VoiceGateway Desktop\n{self.public}\n", "utf-8"
        )

    def sign(self, data: bytes, name: str, at: int | None = None) -> str:
        """The `.minisig` file of `data`; the trusted comment names the file and the time, Unix seconds."""
        signature = self._key.sign(hashlib.blake2b(data).digest())
        comment = f"timestamp:{int(time.time()) if at is None else at}\tfile:{name}\thashed"
        return str(Signature(HASHED, self._id, signature, comment, self._key.sign(signature + comment.encode())))

    def sign_file(self, path: Path, at: int | None = None) -> Path:
        """Write FILE.minisig beside `path`."""
        made = path.with_name(path.name + ".minisig")
        made.write_text(self.sign(path.read_bytes(), path.name, at), "utf-8")
        return made


def _check(id: bytes, pair: bytes) -> bytes:
    return hashlib.blake2b(PLAIN + id + pair, digest_size=32).digest()


def from_environment() -> SecretKey | None:
    """The key whose file the environment names; None: none is named."""
    named = os.environ.get(KEY_FILE)
    return SecretKey.read(Path(named)) if named else None


def main(arguments: list[str]) -> int:
    """Run one of the three commands; the exit status."""
    match arguments:
        case ["key", path]:
            SecretKey.make().write(Path(path))
            print(f"{path} and {path}.pub: keep the first one secret, and put the second into resources/updates.json.")
        case ["sign", key, *files] if files:
            secret = SecretKey.read(Path(key))
            for file in files:
                print(secret.sign_file(Path(file)))
        case ["verify", key, *files] if files:
            text = Path(key).read_text("utf-8") if Path(key).is_file() else key
            public = PublicKey.parse(text)
            for file in map(Path, files):
                signature = file.with_name(file.name + ".minisig").read_text("utf-8")
                print(f"{file}: {verify(file.read_bytes(), signature, [public])}")
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except (OSError, ValueError) as error:  # a file that is not there, or no key
        raise SystemExit(str(error)) from None
    raise SystemExit(status)
