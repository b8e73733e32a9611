"""The gateway's own access keys: minted once, kept as a hash, verified in constant time, revoked at once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import secrets
import sqlite3
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from voicegw_desktop.core.clock import Clock, SystemClock
from voicegw_desktop.core.database import readable, unavailable
from voicegw_desktop.core.errors import BadRequest, DatabaseUnavailable, NotFound, SecretsLocked
from voicegw_desktop.core.events import EventBus, KeyRevoked
from voicegw_desktop.core.paths import private_dir
from voicegw_desktop.secrets.crypto import SecretStore

BEARER_PREFIX = "vgw-"
KEY_ID_PREFIX = "APIvg"
SCOPES = ("read", "inference", "write", "admin")
FOR_AGENTS = ("inference", "read")
"""Scopes of keys that are given to agents: they ask, and read what their own project did."""
BUSY_TIMEOUT = 5.0  # s another writer may hold the database

_TABLE = Path(__file__).parent.parent / "storage/migrations/0002_access_keys.sql"
"""The table of keys, made also while cost tracking is off, without the rest of the schema."""

_INSERT = "INSERT INTO access_keys (key_id, name, project, scopes, bearer_hash, created_at) VALUES (?,?,?,?,?,?)"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key without its secrets."""

    id: str
    name: str
    project: str | None
    """None: the caller may name one."""
    scopes: tuple[str, ...]
    """Empty: everything."""
    created_at: float
    """Unix seconds."""
    revoked_at: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MintedKey:
    """What minting gives, once."""

    id: str
    """The key's id, which is also LiveKit's API key."""
    bearer: str
    """For `Authorization: Bearer`."""
    livekit_secret: str
    """LiveKit's API secret."""


class AccessKeys:
    """Mints, verifies and revokes keys. Verification reads memory only; `load()` fills it."""

    def __init__(
        self, database: Path, vault: SecretStore, bus: EventBus | None = None, clock: Clock | None = None
    ) -> None:
        self._database = database
        self._vault = vault
        self._bus = bus or EventBus()
        self._clock = clock or SystemClock()
        self._by_id: dict[str, KeyInfo] = {}
        self._hashes: dict[str, str] = {}
        self._livekit: dict[str, str] = {}
        self._ensuring = asyncio.Lock()

    async def load(self) -> None:
        """Read the table; call once at the start, and again when another process changed it."""
        await asyncio.to_thread(self.load_now)

    def load_now(self) -> None:
        """Read the keys from the database; blocks."""
        rows = self._rows()
        by_id, hashes = {}, {}
        for key_id, name, project, scopes, created, revoked, bearer_hash in rows:
            by_id[key_id] = KeyInfo(key_id, name, project, tuple(scopes.split()), created, revoked)
            if revoked is None:
                hashes[bearer_hash] = key_id
        gone = [
            k for k, info in by_id.items() if info.revoked_at and k in self._by_id and not self._by_id[k].revoked_at
        ]
        self._by_id, self._hashes = by_id, hashes
        for key_id in gone:
            self._livekit.pop(key_id, None)
            self._bus.publish(KeyRevoked(key_id))

    def _rows(self) -> list[Any]:
        def read(db: sqlite3.Connection) -> list[Any]:
            return db.execute(
                "SELECT key_id, name, project, scopes, created_at, revoked_at, bearer_hash FROM access_keys"
            ).fetchall()

        try:
            return self._run(read)
        except DatabaseUnavailable:
            # keys must also open a gateway whose disk is full or read-only
            try:
                with contextlib.closing(readable(self._database)) as db:
                    return read(db)
            except sqlite3.Error:
                pass
            raise

    async def keep(self) -> None:
        """Write the working keys that are in memory into the table again, after the database was mended."""
        hashes = {key_id: known for known, key_id in self._hashes.items()}
        rows = [
            (i.id, i.name, i.project, " ".join(i.scopes), hashes[i.id], i.created_at)
            for i in self.list()
            if i.id in hashes
        ]
        await asyncio.to_thread(
            self._run, lambda db: db.executemany(_INSERT.replace("INSERT", "INSERT OR IGNORE"), rows)
        )

    async def mint(self, project: str | None, name: str = "", scopes: Iterable[str] = ()) -> MintedKey:
        """Make a key for `project`; the bearer is shown once here and kept sealed for `bearer()`."""
        wanted = tuple(dict.fromkeys(scopes))
        for scope in wanted:
            if scope not in SCOPES:
                raise BadRequest(f'There is no scope "{scope}"; known: {", ".join(SCOPES)}.', param="scopes")
        minted = MintedKey(
            KEY_ID_PREFIX + secrets.token_hex(6),
            BEARER_PREFIX + secrets.token_urlsafe(32),
            secrets.token_urlsafe(36),
        )
        info = KeyInfo(minted.id, name, project, wanted, self._clock.time())
        await asyncio.to_thread(self._store, info, minted)
        self._by_id[info.id] = info
        self._hashes[_hash(minted.bearer)] = info.id
        self._livekit[info.id] = minted.livekit_secret
        return minted

    def _store(self, info: KeyInfo, minted: MintedKey) -> None:
        # secrets first: a row without its secrets would be a key that cannot be copied
        self._vault.set(f"key/{info.id}/bearer", minted.bearer)
        self._vault.set(f"key/{info.id}/livekit", minted.livekit_secret)
        row = (info.id, info.name, info.project, " ".join(info.scopes), _hash(minted.bearer), info.created_at)
        self._run(lambda db: db.execute(_INSERT, row))

    async def ensure(self, project: str) -> str:
        """The id of the oldest working key for agents of `project`, minted now if there is none."""
        async with self._ensuring:
            for info in self.list():
                # "copy key" hands this one to agents: it may never change things
                if info.project == project and set(info.scopes) <= set(FOR_AGENTS) and "inference" in info.scopes:
                    return info.id
            return (await self.mint(project, name="for agents", scopes=FOR_AGENTS)).id

    def verify_bearer(self, token: str) -> KeyInfo | None:
        """The key that `token` is, or None; every hash is compared, so time tells nothing about a near miss."""
        given = _hash(token)
        found: str | None = None
        for known, key_id in self._hashes.items():
            if hmac.compare_digest(known, given):
                found = key_id
        return self._by_id.get(found) if found else None

    async def livekit_secret(self, key_id: str) -> str | None:
        """The secret LiveKit tokens of this key are signed with; None when unknown or revoked. SecretsLocked."""
        info = self._by_id.get(key_id)
        if info is None or info.revoked_at is not None:
            return None
        if key_id not in self._livekit:
            value = await asyncio.to_thread(self._vault.get, f"key/{key_id}/livekit")
            if value is None:
                return None
            self._livekit[key_id] = value
        return self._livekit[key_id]

    async def bearer(self, key_id: str) -> str:
        """The bearer again, for "copy key"; NotFound when it is gone."""
        self.working(key_id)
        value = await asyncio.to_thread(self._vault.get, f"key/{key_id}/bearer")
        if value is None:
            where = self._vault.vault.kind
            raise NotFound(
                f'The key "{key_id}" works, but its text is not in the {where} of this profile: `voicegw keys rotate'
                f" {key_id}` makes a new one, and `voicegw secrets` tells whether another vault has it.",
                param="key_id",
            )
        return value

    def working(self, key_id: str) -> KeyInfo:
        """The key, when it opens anything; NotFound otherwise."""
        info = self._by_id.get(key_id)
        if info is None or info.revoked_at is not None:
            raise NotFound(f'There is no working key "{key_id}"; `voicegw keys list` shows them.', param="key_id")
        return info

    def info(self, key_id: str) -> KeyInfo | None:
        """One key, revoked ones too."""
        return self._by_id.get(key_id)

    def list(self, *, revoked: bool = False) -> list[KeyInfo]:
        """Working keys, oldest first; with `revoked` the others too."""
        keys = (info for info in self._by_id.values() if revoked or info.revoked_at is None)
        return sorted(keys, key=lambda info: info.created_at)

    async def revoke(self, key_id: str) -> KeyInfo:
        """End a key; whatever it has open is closed through KeyRevoked. NotFound when there is none."""
        info = self._by_id.get(key_id)
        if info is None:
            raise NotFound(f'There is no key "{key_id}"; `voicegw keys list` shows them.', param="key_id")
        if info.revoked_at is not None:
            return info
        ended = KeyInfo(info.id, info.name, info.project, info.scopes, info.created_at, self._clock.time())
        # memory first: from here on the key opens nothing
        self._by_id[key_id] = ended
        self._hashes = {known: k for known, k in self._hashes.items() if k != key_id}
        self._livekit.pop(key_id, None)
        self._bus.publish(KeyRevoked(key_id))
        await asyncio.to_thread(self._forget, ended)
        return ended

    async def rotate(self, key_id: str) -> MintedKey:
        """A new key in place of one that exists: same project, name and scopes; the old one ends."""
        info = self.working(key_id)
        minted = await self.mint(info.project, info.name, info.scopes)
        await self.revoke(key_id)
        return minted

    def _forget(self, info: KeyInfo) -> None:
        self._run(
            lambda db: db.execute("UPDATE access_keys SET revoked_at = ? WHERE key_id = ?", (info.revoked_at, info.id))
        )
        # the key has ended; its secrets are worth nothing, and are deleted when the keychain can be reached again
        with contextlib.suppress(SecretsLocked):
            self._vault.delete(f"key/{info.id}/bearer")
            self._vault.delete(f"key/{info.id}/livekit")

    async def forget_revoked(self, names: Iterable[str]) -> None:
        """Delete the secrets of revoked keys that are among `names`: those revoked while the keychain was locked."""
        for name in names:
            room, _, rest = name.partition("/")
            info = self._by_id.get(rest.partition("/")[0])
            if room == "key" and info is not None and info.revoked_at is not None:
                await asyncio.to_thread(self._vault.delete, name)

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            private_dir(self._database.parent) if not self._database.parent.exists() else None
            if not self._database.exists() and sys.platform != "win32":
                os.close(os.open(self._database, os.O_CREAT | os.O_RDWR, 0o600))
            with contextlib.closing(sqlite3.connect(self._database, timeout=BUSY_TIMEOUT)) as db, db:
                db.execute(_TABLE.read_text("utf-8"))
                return work(db)
        except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
            raise unavailable(self._database, error) from error


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
