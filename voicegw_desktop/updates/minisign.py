"""Signatures in minisign's format: Ed25519 over the BLAKE2b-512 hash of a file, and over a comment that is trusted.

Written by hand over `cryptography`: the packages that speak the format are bindings of another signature library.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from voicegw_desktop.core.errors import VoiceGatewayError

HASHED, LEGACY, PLAIN = b"ED", b"Ed", b"Ed"
"""First two bytes of a signature over a hash, of one over the file itself, and of a public key."""
UNTRUSTED, TRUSTED = "untrusted comment: ", "trusted comment: "
LARGEST = 4096  # bytes of a signature file; minisign's own comments are far shorter


class BadSignature(VoiceGatewayError):
    """A signature is malformed, or was not made with a trusted key."""

    status = 502
    type = "update_error"
    default_code = "bad_signature"


@dataclass(frozen=True)
class PublicKey:
    """A public key as minisign writes it: 8 bytes of identity, 32 bytes of Ed25519."""

    id: bytes
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read the last line of a `.pub` file, or the whole file. Raises ValueError for anything else."""
        lines = [line for line in text.strip().splitlines() if not line.startswith(UNTRUSTED)]
        data = _decode(lines[-1] if lines else "")
        if len(data) != 42 or data[:2] != PLAIN:
            raise ValueError(f'"{text.strip()[:60]}" is no public key of minisign (one line that begins with RW).')
        return cls(data[2:10], data[10:])

    def __str__(self) -> str:
        return base64.b64encode(PLAIN + self.id + self.raw).decode()


@dataclass(frozen=True)
class Signature:
    """The parts of a `.minisig` file."""

    algorithm: bytes
    id: bytes
    signature: bytes
    comment: str
    """The trusted comment; it is covered by `over_all`."""
    over_all: bytes

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read a `.minisig` file. Raises BadSignature for anything else."""
        lines = text.splitlines()
        if len(text) > LARGEST or len(lines) < 4 or not lines[2].startswith(TRUSTED):
            raise BadSignature("The signature is no file of minisign: it has no four lines, the third a comment.")
        try:
            data, over_all = _decode(lines[1]), _decode(lines[3])
        except ValueError as error:
            raise BadSignature(f"The signature is no file of minisign: {error}") from error
        if len(data) != 74 or len(over_all) != 64:
            raise BadSignature("The signature is no file of minisign: its lines have other lengths.")
        return cls(data[:2], data[2:10], data[10:], lines[2].removeprefix(TRUSTED), over_all)

    def __str__(self) -> str:
        head = base64.b64encode(self.algorithm + self.id + self.signature).decode()
        tail = base64.b64encode(self.over_all).decode()
        return f"{UNTRUSTED}signature of VoiceGateway Desktop\n{head}\n{TRUSTED}{self.comment}\n{tail}\n"


def verify(data: bytes, signature: str, keys: list[PublicKey]) -> str:
    """Check `data` and return the trusted comment. Raises BadSignature when no key of `keys` made the signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    found = Signature.parse(signature)
    if found.algorithm not in (HASHED, LEGACY):
        raise BadSignature("The signature uses a method that is not known here.")
    signer = next((key for key in keys if key.id == found.id), None)
    if signer is None:
        # minisign shows the identity as a number, the last byte first
        raise BadSignature(f"The signature was made with the key {found.id[::-1].hex().upper()}, which is not trusted.")
    signed = hashlib.blake2b(data).digest() if found.algorithm == HASHED else data
    key = Ed25519PublicKey.from_public_bytes(signer.raw)
    try:
        key.verify(found.signature, signed)
        key.verify(found.over_all, found.signature + found.comment.encode())
    except InvalidSignature as error:
        raise BadSignature("The signature does not belong to this file: one of them was changed.") from error
    return found.comment


def _decode(line: str) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f'"{line[:60]}" is not base64.') from error
