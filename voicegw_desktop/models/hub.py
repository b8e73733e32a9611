"""Fetches one file over https into a `.part` file, and resumes it where the last attempt ended.

By hand: `huggingface_hub` follows redirects into other zones and keeps a cache of its own beside the model store.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from voicegw_desktop.models.errors import SourceFailed
from voicegw_desktop.models.files import read_json, write_all, write_json
from voicegw_desktop.models.job import Job

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from voicegw_desktop.core.outgoing import Outgoing
    from voicegw_desktop.core.ports import Zone

CONNECT_TIMEOUT = 10  # s
SILENCE_TIMEOUT = 30  # s without a byte
MAX_REDIRECTS = 6
MAX_RETRIES = 5  # in a row without a byte gained
WRITE_SIZE = 1 << 20  # bytes gathered before a thread writes them
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

Sleep = Callable[[float], Awaitable[None]]
Connects = Callable[[str, "Zone", bool], None]
"""Called before each connection with its host and zone; True: a redirect named that host and was refused."""


def open_session() -> Outgoing:
    """A client that keeps the rules of `core.outgoing`: proxies for the cloud only, addresses within their zone."""
    from aiohttp import ClientTimeout

    from voicegw_desktop.core.outgoing import Outgoing

    timeout = ClientTimeout(total=None, connect=None, sock_connect=CONNECT_TIMEOUT, sock_read=SILENCE_TIMEOUT)
    return Outgoing(None, timeout=timeout, auto_decompress=False)


def state_file(part: Path) -> Path:
    """Where the validator of a `.part` file is kept."""
    return part.with_name(part.name + ".json")


def discard(part: Path) -> None:
    """Forget a partial download."""
    part.unlink(missing_ok=True)
    state_file(part).unlink(missing_ok=True)


class HubFile:
    """One download. `digest` is what the hub itself says the SHA-256 is, when it says so."""

    def __init__(
        self,
        session: Outgoing,
        url: str,
        part: Path,
        name: str,
        size: int | None,
        job: Job,
        *,
        check_room: Callable[[int], None],
        offline: Callable[[], None],
        connects: Connects,
        sleep: Sleep = asyncio.sleep,
        most: int | None = None,
    ) -> None:
        """`most`: bytes after which the download is refused; default: `size`."""
        self._session, self._url, self._part, self._name = session, url, part, name
        self._size, self._job, self._check_room, self._offline = size, job, check_room, offline
        self._sleep, self._connects = sleep, connects
        self._most = size if most is None else most
        self.digest: str | None = None
        self.resumed = False
        self._received = 0

    async def fetch(self) -> None:
        """Bring the `.part` file to its full length; SourceFailed, DiskFull or Offline when that cannot be."""
        from aiohttp import ClientConnectorError, ClientError

        from voicegw_desktop.core.outgoing import reason

        host = urlsplit(self._url).hostname
        failures = 0
        while True:
            before = self._received
            self._offline()
            try:
                if await self._attempt():
                    return
                problem = "the connection closed early"
            except ClientConnectorError as e:
                # another source is tried at once; for a connection that broke half-way it is better to wait
                if not self._received:
                    raise SourceFailed(f"{host} cannot be reached ({reason(e) or e}).") from e
                problem = str(e)
            except (ClientError, TimeoutError) as e:
                problem = str(e) or type(e).__name__
            failures = 0 if self._received > before else failures + 1
            if failures >= MAX_RETRIES:
                raise SourceFailed(f"{host} did not deliver {self._name}: {problem}.")
            await self._sleep(min(8.0, 0.5 * 2**failures))

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    async def _attempt(self) -> bool:
        """One request; True when the file is complete."""
        have = self._have()
        state = read_json(state_file(self._part))
        if have and state.get("url") != self._url:
            # bytes of another source; they stay until this one answers
            have, state = 0, {}
        if have and state.get("total") == have:
            return True
        headers = {"Accept-Encoding": "identity"}
        if have and (validator := state.get("validator")):
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        async with await self._open(headers) as response:
            if response.status == 416:
                discard(self._part)
                return False
            if response.status not in (200, 206):
                raise SourceFailed(f"{urlsplit(self._url).hostname} answered {response.status} for {self._name}.")
            start, total = _extent(response)
            if response.status == 206 and start != have:
                discard(self._part)
                return False
            self.resumed = response.status == 206
            if total is not None and self._size is not None and total != self._size:
                discard(self._part)
                raise SourceFailed(
                    f"{urlsplit(self._url).hostname} offers {total} bytes for {self._name}; "
                    f"the catalogue says {self._size}."
                )
            total = total if total is not None else self._size
            if total is not None:
                self._job.totals[self._name] = total
                self._check_room(total - (start if self.resumed else 0))
            validator = _validator(response)
            if not self.resumed:
                # the state goes first: bytes without it are thrown away by the next attempt
                self._part.unlink(missing_ok=True)
                write_json(state_file(self._part), {"url": self._url, "validator": validator, "total": total})
            await self._receive(response, start if self.resumed else 0)
        return total is None or self._have() == total

    async def _receive(self, response: ClientResponse, position: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        fd = os.open(self._part, flags, 0o644)
        buffer = bytearray()
        too_long = False
        try:
            try:
                async for block in response.content.iter_any():
                    buffer += block
                    self._received += len(block)
                    if self._most is not None and position + len(buffer) > self._most:
                        # an answer without a length could fill the disk
                        too_long = True
                        break
                    if len(buffer) >= WRITE_SIZE:
                        self._offline()
                        # taken out first: a cancelled wait must not write them a second time
                        data = bytes(buffer)
                        buffer.clear()
                        await self._job.in_thread(write_all, fd, data)
                        position += len(data)
                        self._job.moved(self._name, position)
            finally:
                # also when the connection broke: these bytes need not be fetched again
                if buffer:
                    write_all(fd, bytes(buffer))
                    position += len(buffer)
                    self._job.moved(self._name, position)
        finally:
            os.close(fd)
        if too_long:
            discard(self._part)
            host = urlsplit(self._url).hostname
            raise SourceFailed(f"{host} sends more than the {self._most} bytes that {self._name} may have.")

    async def _open(self, headers: dict[str, str]) -> ClientResponse:
        """Follow redirects one by one: each must be https and in one zone; the first may name the digest."""
        from voicegw_desktop.core.outgoing import REDIRECTS
        from voicegw_desktop.core.zones import zone_of_url

        url, zone = self._url, zone_of_url(self._url)
        for _ in range(MAX_REDIRECTS):
            parts = urlsplit(url)
            if (now := zone_of_url(url)) is not zone:
                self._connects(parts.netloc, now, True)
                raise SourceFailed(
                    f"{urlsplit(self._url).hostname} ({zone}) redirects {self._name} to {parts.hostname} ({now}). A "
                    "download stays in one zone; name another source."
                )
            if parts.scheme != "https" and parts.hostname not in LOOPBACK:
                raise SourceFailed(f"{self._name} would come over {parts.scheme}://, which anyone can alter.")
            self._connects(parts.netloc, now, False)
            response: ClientResponse = await self._session.get(url, headers=headers, allow_redirects=False)
            linked = response.headers.get("X-Linked-Etag", "").strip('"')
            if len(linked) == 64:
                self.digest = linked.lower()
            if response.status not in REDIRECTS:
                return response
            url = urljoin(url, response.headers.get("Location", ""))
            response.release()
        raise SourceFailed(f"{urlsplit(self._url).hostname} redirects {self._name} in circles.")


def _validator(response: ClientResponse) -> str | None:
    """A strong validator for If-Range (RFC 9110, 13.1.5); a weak one would join two versions."""
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        return etag
    return None if etag else response.headers.get("Last-Modified")


def _extent(response: ClientResponse) -> tuple[int, int | None]:
    """(first byte, length of the whole file) that this answer speaks of."""
    if response.status == 206:
        unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
        span, _, total = rest.partition("/")
        first = span.partition("-")[0]
        if unit == "bytes" and first.isdigit():
            return int(first), int(total) if total.isdigit() else None
        return -1, None
    return 0, response.content_length
