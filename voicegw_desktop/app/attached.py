"""A gateway that runs already, here or elsewhere, reached over its operations API."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from voicegw_desktop.app.host import Feed
from voicegw_desktop.core.control import Channel, query_text
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.preferences import DesktopPreferences
from voicegw_desktop.core.typed import record, records, text
from voicegw_desktop.core.unanswered import why

if TYPE_CHECKING:
    import aiohttp

ANSWER_WITHIN = 3.0  # s
RETRY = 2.0  # s between two tries to hear events again
KEY_VARIABLE = "VOICEGW_API_KEY"


class AttachedHost:
    """A gateway in another process: `voicegw serve` here, or one at an address with a key."""

    own = False

    def __init__(self, address: str, key: str | None = None, origin: str = "") -> None:
        """`address`: `unix:/path/to/voicegw.sock` (on Windows: of `voicegw.port`), or `http://host:port`
        with `key`, else VOICEGW_API_KEY; `origin`: a sentence about it for the person. Needs no Qt.
        """
        self._address = address
        self._key = key or os.environ.get(KEY_VARIABLE)
        self._session: aiohttp.ClientSession | None = None
        self._channel: Channel | None = None
        self._base = ""
        self._listening: asyncio.Task[None] | None = None
        self.endpoint = ""
        self.origin = origin
        self.preferences = DesktopPreferences()

    def _open(self) -> None:
        import aiohttp

        from voicegw_desktop.core.outgoing import gateway_session

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        # no limit as a whole: a pull answers when the model is here
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        if self._address.startswith("unix:"):
            self._channel = Channel(Path(self._address.removeprefix("unix:")), timeout=timeout)
        else:
            self._base = self._address.rstrip("/").removesuffix("/v1")
            self._session = gateway_session(self._base, headers=headers, timeout=timeout)

    async def answers(self, config: str | None = None) -> bool:
        """Whether a gateway is there; with `config`, one that serves by this file."""
        self._open()
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                status = await self.call("status")
        except (VoiceGatewayError, TimeoutError):
            return False
        finally:
            await self.stop()
        return config is None or _same_file(config, text(record(status.get("config")).get("path")))

    async def start(self, feed: Feed) -> None:
        self._open()
        try:
            status = await self.call("status")
            if self._channel is not None:
                self.preferences = _preferences(await self.call("settings"))
        except BaseException:
            await self.stop()
            raise
        self.endpoint = str(status.get("endpoint") or f"{self._base or self._address}/v1")
        self._listening = asyncio.create_task(self._listen(feed))

    async def _listen(self, feed: Feed) -> None:
        import aiohttp

        from voicegw_desktop.app.viewmodels.remote import event_of
        from voicegw_desktop.core.events import Notice

        told = False
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError, VoiceGatewayError):
                async with self._http().ws_connect(f"{self._base}/v1/events") as ws:
                    if told:
                        feed(Notice("info", f"The gateway at {self._address} answers again.", "attached"))
                        told = False
                        if self._channel is not None:
                            # it may have been started with another configuration
                            feed(_preferences(await self.call("settings")))
                    async for message in ws:
                        event = event_of(message.json())
                        # a gateway of another machine does not say how windows look here
                        if event is not None and (
                            self._channel is not None or not isinstance(event, DesktopPreferences)
                        ):
                            feed(event)
            if not told:
                feed(Notice("warning", f"The gateway at {self._address} does not answer; trying again.", "detached"))
                told = True
            await asyncio.sleep(RETRY)

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._channel is not None:
            await self._channel.aclose()
            self._channel = None
        self.endpoint = ""

    def _http(self) -> aiohttp.ClientSession:
        """The session to ask with; VoiceGatewayError while not attached."""
        if self._channel is not None:
            return self._channel.http()
        if self._session is None:
            raise VoiceGatewayError(f"Not attached to {self._address}: quit, and start again with --attach.")
        return self._session

    async def call(self, operation: str, **params: object) -> Mapping[str, object]:
        import aiohttp

        from voicegw_desktop.gateway.operations import find

        found = find(operation)
        path = found.path
        for name in tuple(params):
            for form in (f"{{{name}}}", f"{{{name}:.+}}"):
                if form in path:
                    path = path.replace(form, quote(str(params.pop(name)), safe="/"))
        in_query = found.method in ("GET", "DELETE")
        query = {k: query_text(v) for k, v in params.items() if v is not None} if in_query else None
        try:
            async with self._http().request(
                found.method, self._base + path, params=query, json=None if in_query else params
            ) as answer:
                body = record(await answer.json(content_type=None))
        except (aiohttp.ClientError, OSError, TimeoutError) as e:
            raise VoiceGatewayError(
                f"The gateway at {self._address} does not answer: {why(e)}. Start it there, or check the address."
            ) from e
        except ValueError as e:
            raise VoiceGatewayError(f"What answers at {self._address} is no VoiceGateway.") from e
        if answer.status >= 400:
            error = record(body.get("error"))
            if answer.status == 401:
                raise VoiceGatewayError(
                    f"The gateway at {self._address} requires a key: set {KEY_VARIABLE} to one of `voicegw keys show`."
                )
            message = str(error.get("message") or f"It answered with status {answer.status}.")
            raise VoiceGatewayError(message, code=text(error.get("code")) or None)
        return body

    def watch_lag(self, on: bool) -> None:
        # the loop that serves is in another process, which measures its own lag
        return


def _preferences(answer: Mapping[str, object]) -> DesktopPreferences:
    """What `settings` says about tray and window."""
    told = {text(row.get("path")): row.get("value") for row in records(answer.get("settings"))}
    found = DesktopPreferences()
    for field in dataclasses.fields(found):
        value = told.get(f"desktop.{field.name}")
        if type(value) is type(field.default):
            found = dataclasses.replace(found, **{field.name: value})  # type: ignore[arg-type]
    return found


def _same_file(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
