"""LiveKit's end-of-turn WebSocket in protobuf, answered by Smart Turn; see livekit.protocol.agent_pb.agent_inference.

The model runs on this machine only and costs nothing, so no route, budget or egress rule applies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.protobuf import block, fields, moment, nanoseconds, single, table, whole
from voicegw_desktop.engines.turn import LONGEST_S, TurnStream

THRESHOLD = 0.5
"""Probability from which on Smart Turn takes a speaker to have finished."""
LANGUAGES = (
    "ar", "bn", "da", "de", "en", "es", "fi", "fr", "hi", "id", "it", "ja", "ko", "mr", "nl", "no", "pl", "pt", "ru",
    "tr", "uk", "vi", "zh",
)  # fmt: skip
"""Languages that Smart Turn v3.2 was trained on; every other one gets THRESHOLD too."""
THRESHOLDS: Mapping[str, float] = dict.fromkeys(LANGUAGES, THRESHOLD)
RATES = range(4_000, 384_001)  # samples per second
PCM_S16LE = 0  # AudioEncoding
LONGEST_ID = 256  # bytes of a question's name, which its answer repeats

# fields of ClientMessage
CREATED_AT, SESSION_CREATE, INPUT_AUDIO, SESSION_FLUSH, SESSION_CLOSE, INFERENCE_START = 1, 2, 3, 4, 5, 6
# fields of ServerMessage
SERVER_CREATED_AT, REQUEST_ID, CLIENT_CREATED_AT, SESSION_CREATED, SESSION_CLOSED, ERROR, EOT_PREDICTION = (
    1, 2, 3, 4, 7, 8, 9,
)  # fmt: skip

Send = Callable[[bytes], Awaitable[None]]


class EotSession:
    """One conversation: audio in, and for each pause that the client asks about, how likely the turn is over."""

    def __init__(self, turn: TurnStream, clock: Clock, send: Send) -> None:
        self._turn, self._clock, self._send = turn, clock, send
        self._rate = 0
        self._heard = bytearray()
        self._first_at = self._last_at = 0
        """When the client made the first and last audio of this turn, by its clock."""
        self.over = False

    async def receive(self, data: bytes) -> None:
        """One message of the client's. Raises BadRequest for what is none, EngineError when the model fails."""
        try:
            await self._take(dict(fields(data)))
        except (ValueError, TypeError) as error:
            if isinstance(error, VoiceGatewayError):
                raise
            raise BadRequest(f"The message is no ClientMessage: {error}.", code="bad_message") from None

    async def _take(self, message: dict[int, int | bytes]) -> None:
        created = nanoseconds(_bytes(message.get(CREATED_AT, b"")))
        if SESSION_CREATE in message:
            self._settings(_bytes(message[SESSION_CREATE]))
            told = table(1, THRESHOLDS) + single(2, THRESHOLD)
            await self._tell(SESSION_CREATED, told, created)
        elif INPUT_AUDIO in message:
            self._listen(_bytes(message[INPUT_AUDIO]))
        elif SESSION_FLUSH in message:
            self._forget()
        elif INFERENCE_START in message:
            asked = dict(fields(_bytes(message[INFERENCE_START])))
            await self._answer(_name(_bytes(asked.get(1, b""))), created)
        elif SESSION_CLOSE in message:
            await self._tell(SESSION_CLOSED, b"", created)
            self.over = True
        # what else there is (context, interruption windows) changes nothing for a model that only hears

    async def fail(self, error: VoiceGatewayError) -> None:
        """Tell the client why this ends; it then uses its own model or silence."""
        await self._tell(ERROR, block(1, error.message.encode("utf-8", "replace")) + whole(2, error.status), 0)
        self.over = True

    def _settings(self, data: bytes) -> None:
        settings = dict(fields(_bytes(dict(fields(data)).get(1, b""))))
        rate, encoding = settings.get(1, 0), settings.get(2, PCM_S16LE)
        if not isinstance(rate, int) or rate not in RATES:
            raise BadRequest(f"sample_rate is {rate!r:.20}; send 16000.", param="sample_rate")
        if encoding != PCM_S16LE:
            raise BadRequest("encoding must be PCM_S16LE; opus is not decoded here.", param="encoding")
        if rate != self._rate:
            # what was heard at another rate is other audio, and may be longer than LONGEST_S now
            self._forget()
        self._rate = rate

    def _forget(self) -> None:
        self._heard.clear()
        self._first_at = self._last_at = 0

    def _listen(self, data: bytes) -> None:
        if not self._rate:
            raise BadRequest("session_create must come before audio.", code="no_session")
        audio = dict(fields(data))
        self._heard += _bytes(audio.get(1, b""))
        if (most := LONGEST_S * self._rate * 2) < len(self._heard):
            del self._heard[: len(self._heard) - most & ~1]
        self._last_at = nanoseconds(_bytes(audio.get(2, b""))) or self._last_at
        self._first_at = self._first_at or self._last_at

    async def _answer(self, request: bytes, created: int) -> None:
        if not self._rate:
            raise BadRequest("session_create must come before inference_start.", code="no_session")
        began = self._clock.monotonic_ns()
        judged = await self._turn.judge(bytes(self._heard[: len(self._heard) & ~1]), self._rate)
        now, wall = self._clock.monotonic_ns(), round(self._clock.time() * 1e9)
        stats = (
            moment(1, self._first_at or created)
            + moment(2, created)
            + moment(3, max(0, wall - created))
            + moment(4, now - began)
            + moment(6, round(judged.spent_s * 1e9))
        )
        await self._tell(EOT_PREDICTION, single(1, judged.finished) + block(2, stats) + whole(3, 1), created, request)

    async def _tell(self, kind: int, data: bytes, created: int, request: bytes = b"") -> None:
        head = moment(SERVER_CREATED_AT, round(self._clock.time() * 1e9))
        if request:
            head += block(REQUEST_ID, request)
        if created:
            head += moment(CLIENT_CREATED_AT, created)
        await self._send(head + block(kind, data))


def _name(data: bytes) -> bytes:
    if len(data) > LONGEST_ID:
        raise BadRequest(f"request_id has {len(data)} bytes; at most {LONGEST_ID} are taken.", param="request_id")
    # a text that is no UTF-8 would make the answer unreadable for the client
    data.decode()
    return data


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a field that holds a message holds a number")
    return value
