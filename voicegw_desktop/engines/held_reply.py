"""A chat answer of an engine that is changed before it is passed on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping

from voicegw_desktop.core.ports import ChatReply


class HeldReply(ABC):
    """A `core.ports.ChatReply` over another one; an answer that is no 200 passes unchanged."""

    def __init__(self, reply: ChatReply, stream: bool) -> None:
        self._reply, self._stream = reply, stream
        self.status = reply.status
        self.headers: Mapping[str, str] = {k: v for k, v in reply.headers.items() if k != "content-length"}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.status != 200:
            async for chunk in self._reply:
                yield chunk
        elif self._stream:
            async for chunk in self._streamed():
                yield chunk
        else:
            yield self._whole(await self._reply.read())

    @abstractmethod
    def _whole(self, data: bytes) -> bytes:
        """The answer, changed; `data` is a JSON body."""

    @abstractmethod
    def _streamed(self) -> AsyncIterator[bytes]:
        """The server-sent events of `_reply`, changed."""

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self])

    async def close(self) -> None:
        """Close the connection to the engine."""
        await self._reply.close()
