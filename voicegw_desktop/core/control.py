"""The control channel: how programs of the user who runs the gateway reach it without a key.

It is the unix socket where there is one. Elsewhere (Windows, or a path too long for a unix socket) it is a port on
127.0.0.1, and a file beside the socket's path holds the port and a token that every request must carry. The folder and
the file are the user's own (mode 0700 and 0600; on Windows rights for this user). The gateway keeps the file
locked while it runs: a client sends the token to no port that a killed gateway has left to another program.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from voicegw_desktop.core.locks import try_lock, unlock
from voicegw_desktop.core.paths import private_dir

if TYPE_CHECKING:
    import aiohttp

LOOPBACK = "127.0.0.1"
PATH_LIMIT = 103 if sys.platform == "darwin" else 107  # bytes of a unix socket's path
LARGEST = 4096  # bytes of the file
LOCK_TRIES = 50  # a client that looks holds the lock for some microseconds
LOCK_WAIT = 0.02  # s between two tries


def has_unix_socket(path: Path) -> bool:
    """Whether this platform can make a unix socket at `path`."""
    return sys.platform != "win32" and len(os.fsencode(path)) <= PATH_LIMIT


def token_file(socket: Path) -> Path:
    """The file with port and token that stands for the unix socket at `socket`."""
    return socket.with_suffix(".port")


@dataclass(frozen=True)
class Address:
    """Where the gateway answers at this moment."""

    shown: str
    """For people: the socket's path, or host and port."""
    base: str
    """URL without a path."""
    unix: str | None = None
    """Path of the unix socket; None: `base` is reached by TCP."""
    token: str | None = None

    def __repr__(self) -> str:
        return f"Address({self.shown})"


def find(socket: Path) -> Address | None:
    """Where the gateway of this profile answers; None when none is there. `socket`: `Paths.socket`."""
    if has_unix_socket(socket):
        return Address(str(socket), "http://localhost", unix=str(socket)) if socket.exists() else None
    try:
        fd = os.open(token_file(socket), os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        if try_lock(fd):
            unlock(fd)
            return None
        told = json.loads(os.read(fd, LARGEST))
        base = f"http://{LOOPBACK}:{int(told['port'])}"
        return Address(base.removeprefix("http://"), base, token=str(told["token"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    finally:
        os.close(fd)


class Channel:
    """HTTP to the gateway of one profile. A gateway that was started again, at another port, is found again."""

    def __init__(self, socket: Path, **options: Any) -> None:
        """`options` go to `aiohttp.ClientSession`; `limit` is the most connections at a time, 0 for any number."""
        self.path = socket
        self._limit = int(options.pop("limit", 100))
        self._options = options
        self._http: aiohttp.ClientSession | None = None
        self._address: Address | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def http(self) -> aiohttp.ClientSession:
        """The session of the running loop; its relative URLs begin at `/v1/`.

        Raises ConnectionRefusedError when no gateway is there.
        """
        import aiohttp

        from voicegw_desktop.core.outgoing import gateway_session

        address = find(self.path)
        if address is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "No gateway answers there", str(self.path))
        loop = asyncio.get_running_loop()
        if self._http is None or self._http.closed or self._loop is not loop or self._address != address:
            connector = (
                aiohttp.UnixConnector(address.unix, limit=self._limit)
                if address.unix
                else aiohttp.TCPConnector(limit=self._limit)
            )
            headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
            if self._http is not None and self._loop is loop:
                closing = loop.create_task(self._http.close())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
            self._loop, self._address = loop, address
            self._http = gateway_session(
                address.base, base_url=f"{address.base}/v1/", connector=connector, headers=headers, **self._options
            )
        return self._http

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
        await asyncio.gather(*self._closing)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


class TokenDoor:
    """The gateway's side of the channel without a unix socket: a fresh token, and the file that tells it."""

    def __init__(self, socket: Path) -> None:
        self.path = token_file(socket)
        self.port: int | None = None
        self._token = secrets.token_urlsafe(32)
        self._fd = -1

    async def claim(self) -> None:
        """Lock the file. Raises FileExistsError when another gateway has it, OSError when it cannot be made."""
        private_dir(self.path.parent)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        for _ in range(LOCK_TRIES):
            if try_lock(fd):
                self._fd = fd
                os.ftruncate(fd, 0)
                if sys.platform == "win32":
                    from voicegw_desktop.core.windows import keep_private

                    keep_private(self.path)
                return
            await asyncio.sleep(LOCK_WAIT)
        os.close(fd)
        raise FileExistsError(errno.EEXIST, "Another gateway has locked it", str(self.path))

    def open(self, port: int) -> None:
        """Write where the gateway listens."""
        if sys.platform != "win32":
            os.fchmod(self._fd, 0o600)
        self.port = port
        os.write(self._fd, json.dumps({"port": port, "token": self._token}).encode())

    def lets_in(self, port: int | None, token: str | None) -> bool:
        """Whether a request to this `port` with this `token` comes from the gateway's own user."""
        if self.port is None or port != self.port or token is None:
            return False
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token.encode())

    def close(self) -> None:
        """Take the token back, before the port is free for another program."""
        fd, self._fd, self.port = self._fd, -1, None
        if fd < 0:
            return
        # emptied but not removed: the next gateway may have opened it already
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
        unlock(fd)
        os.close(fd)


def query_text(value: object) -> str:
    """An operation's parameter as it stands in an address: true or false, and a list with commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
