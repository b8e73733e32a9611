"""One connection of a Wyoming client: what its events ask for, and the end of one that dawdles or is refused."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from wyoming.asr import Transcribe
from wyoming.audio import AudioStart
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import SelectProgram
from wyoming.ping import Pong

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import Caller
from voicegw_desktop.core.text import check_texts
from voicegw_desktop.engines import wire
from voicegw_desktop.sockets.turns import Turns
from voicegw_desktop.sockets.wyoming_answering import Answering, Talks
from voicegw_desktop.sockets.wyoming_descriptor import DOOR
from voicegw_desktop.sockets.wyoming_hearing import Hearing
from voicegw_desktop.sockets.wyoming_info import Offers
from voicegw_desktop.sockets.wyoming_places import Place, Places
from voicegw_desktop.sockets.wyoming_speaking import Speaking

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

IDLE = 600.0  # s without an event after which a connection ends
STALL = 60.0  # s in which a client must take something of what is written to it
FIRST = 10.0  # s in which the first event must have come
EVENT = 20.0  # s in which an event must be whole once its header has come
LINGER = 10.0  # s in which a client reads why it is refused before its connection is cut
DATA_LIMIT = 256 * 1024  # bytes of one event's JSON beside the header


class Connections:
    """Makes the connections of one server, which share what was said in conversations."""

    def __init__(self, gateway: SocketGateway, places: Places) -> None:
        self._gateway, self._places = gateway, places
        self._talks = Talks()
        self._offers = Offers(gateway)

    def make(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: Place) -> Connection:
        """The connection that has this place."""
        return Connection(self._gateway, reader, writer, self._places, place, self._talks, self._offers)

    def close(self) -> None:
        """The server stops."""
        self._offers.close()


class Connection:
    """One client: any number of requests, one after the other, until one is refused or fails.

    Clients such as Home Assistant skip `error` and wait for the event that ends their request; they take the end of
    the connection for its failure. So a failure is told once, and then the connection ends.
    """

    def __init__(
        self,
        gateway: SocketGateway,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        places: Places,
        place: Place,
        talks: Talks,
        offers: Offers,
    ) -> None:
        self._gateway = gateway
        self._places, self._place = places, place
        self._offers = offers
        self._reader = reader
        self._writer = writer
        address = writer.get_extra_info("peername")
        peer = str(address[0]) if isinstance(address, tuple) else None
        self._caller = Caller(project=gateway.config.default_project, wire=DOOR.name, agent=DOOR.name, peer=peer)
        self._hearing = Hearing(gateway, self._caller, self._write, self._fail)
        self._speaking = Speaking(gateway, self._caller, self._write, self._send, self._fail)
        self._answering = Answering(gateway, self._caller, talks, self._write)
        self._turns = Turns()
        self._refused = False
        self._cut: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """Answer events until the client leaves, or sends what is no event."""
        try:
            await self._events()
        except wire.WireError as e:
            await self._fail(BadRequest(f"This is no Wyoming event: {e}.", code="bad_event"))
            # with bytes unread the system resets the connection, and the client loses the error
            while await self._reader.read(wire.PIECE):
                pass

    async def _events(self) -> None:
        while (event := await self._next()) is not None:
            try:
                if self._refused:
                    # events that were on their way when the client was told
                    continue
                if event.type != "audio-chunk":
                    check_texts(event.data)
                await self._handle(event)
            except VoiceGatewayError as e:
                await self._fail(e)
            except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError):
                wrong = f'"{event.type[:40]}" lacks a field or has one of a wrong type.'
                await self._fail(BadRequest(wrong, code="bad_event"))
            finally:
                self._places.free(self._place)

    async def _next(self) -> Event | None:
        """The next event, None at the end. Raises WireError, and TimeoutError when it does not come or not whole."""
        place, loop = self._place, asyncio.get_running_loop()
        answering = self._answering.task
        if self._hearing.run is None and self._speaking.run is None and (answering is None or answering.done()):
            place.waiting_since = loop.time()
        async with asyncio.timeout(IDLE if place.heard else FIRST) as limit:

            def arrived(count: int) -> None:
                if not place.held:
                    limit.reschedule(loop.time() + EVENT)
                self._places.arrived(place, count)

            self._turns.begin()
            event = await wire.read_event(self._reader, data_limit=DATA_LIMIT, arrived=arrived)
        await self._turns.end()
        place.heard, place.waiting_since = True, None
        return event

    async def close(self) -> None:
        """Stop what still runs and close the connection."""
        if self._cut is not None:
            self._cut.cancel()
        await self._hearing.drop()
        await self._speaking.drop()
        await self._answering.drop()
        self._writer.close()
        try:
            async with asyncio.timeout(STALL):
                await self._writer.wait_closed()
        except TimeoutError:
            self._writer.transport.abort()

    async def _handle(self, event: Event) -> None:
        match event.type:
            case "describe":
                await self._send(await self._offers.told(self._caller))
            case "select-program":
                self._answering.select(SelectProgram.from_event(event).name)
            case "transcript":
                await self._answering.take(event)
            case "ping":
                text = event.data.get("text")
                # NaN, for one, is no JSON, and other clients could not read it
                await self._write(Pong(text=text if isinstance(text, str) else None).event())
            case "transcribe":
                self._hearing.asked = Transcribe.from_event(event)
            case "audio-start":
                start = AudioStart.from_event(event)
                await self._hearing.start(start.rate, start.width, start.channels)
            case "audio-chunk":
                await self._hearing.take(event)
            case "audio-stop":
                await self._hearing.end()
            case "synthesize":
                await self._speaking.whole(event)
            case "synthesize-start":
                await self._speaking.start(event)
            case "synthesize-chunk":
                await self._speaking.more(event)
            case "synthesize-stop":
                await self._speaking.end()
            case _:
                # Wyoming servers drop what they do not know
                pass

    async def _fail(self, error: VoiceGatewayError) -> None:
        """Tell the client, once, and end: our half of the connection now, the whole when it has read that."""
        if self._refused:
            return
        self._refused = True
        self._cut = asyncio.get_running_loop().call_later(LINGER, self._writer.transport.abort)
        await self._put(wire.encode(Error(text=error.message, code=error.code).event()))
        if self._writer.can_write_eof():
            # a peer that reset the connection meanwhile has no other half to wait for
            with contextlib.suppress(OSError):
                self._writer.write_eof()
        await self._hearing.drop()
        await self._speaking.drop()
        await self._answering.drop()

    async def _write(self, event: Event) -> None:
        await self._send(wire.encode(event))

    async def _send(self, data: bytes) -> None:
        if not self._refused:
            await self._put(data)

    async def _put(self, data: bytes) -> None:
        """Raises TimeoutError when the client takes nothing, which then has no connection any more."""
        self._writer.write(data)
        try:
            async with asyncio.timeout(STALL):
                await self._writer.drain()
        except TimeoutError:
            self._writer.transport.abort()
            raise
