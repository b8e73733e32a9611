"""One utterance through several picks, one after the other, and the stored requests that tell what each cost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from voicegw_desktop.app.host import Host
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.viewmodels.sentences import reason
from voicegw_desktop.app.viewmodels.talk import Column, Pick, TalkModel, Told, account
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import resources_dir
from voicegw_desktop.core.typed import Record, records
from voicegw_desktop.sound import wire
from voicegw_desktop.sound.conversation import Choice, Line, Turn
from voicegw_desktop.sound.playing import samples

PIECE = wire.BLOCK * 20  # bytes of a recorded question sent at a time
RECORDED_LIMIT = 90.0  # s for one comparison; a big model may have to load first
RECORDS = 20  # tries to find a session's stored requests, which are written a moment after the answer
LOOK = 0.1  # s between them
WRONG = ("error", "refused")
"""How a stored request ended that was not answered."""


async def recorded_question() -> bytes:
    """The recorded question: int16 mono samples at the rate of a conversation."""
    return await asyncio.to_thread(samples, resources_dir() / "demo" / "jfk.wav")


async def ask(line: Line, pcm: bytes) -> None:
    """Send a whole utterance and end it."""
    for at in range(0, len(pcm), PIECE):
        await line.talk.hear(pcm[at : at + PIECE])
    await line.talk.commit()


async def session_requests(host: Host, session: str, enough: int, failed: int = 0) -> list[Record]:
    """The session's stored requests, once there are `enough`, and among them `failed` that were not answered; after
    two seconds, those there are."""
    requests: list[Record] = []
    for _ in range(RECORDS):
        with contextlib.suppress(VoiceGatewayError):
            requests = records((await host.call("session", session_id=session))["requests"])
        if len(requests) >= enough and sum(request.get("status") in WRONG for request in requests) >= failed:
            break
        await asyncio.sleep(LOOK)
    return requests


class Comparing:
    """One comparison. Its progress stands in the model's columns, an error in `model.problem`."""

    def __init__(
        self, model: TalkModel, host: Host, session: Callable[[], Awaitable[Any]], choice: Callable[[Pick], Choice]
    ) -> None:
        """`session` gives the HTTP client of the gateway; `choice` says what to ask for a pick."""
        self._model, self._host, self._session, self._choice = model, host, session, choice

    async def run(self) -> None:
        """Send the last utterance, or the recorded question, through every column."""
        model = self._model
        for column in model.columns:
            column.told, column.state = None, "waiting"
        try:
            pcm = model.utterance or await recorded_question()
            http = await self._session()
            # one after the other: side by side they would take the processor from each other
            for column in model.columns:
                column.state = "running"
                model.touch()
                await self._through(http, self._choice(column.pick), pcm, column)
                column.state = "done"
        except (VoiceGatewayError, OSError) as error:
            model.problem = reason(error)
        finally:
            for column in model.columns:
                column.state = "done" if column.told is not None else ""
            model.comparing = False
            model.touch()

    async def _through(self, http: Any, choice: Choice, pcm: bytes, column: Column) -> None:
        def changed(turn: Turn) -> None:
            if column.told is None:
                column.told = Told(turn)
            self._model.touch()

        async with Line(http, choice, changed) as line:
            await ask(line, pcm)

            def over() -> bool:
                turn = line.talk.turn
                return turn.done_at is not None or bool(turn.error)

            try:
                async with asyncio.timeout(RECORDED_LIMIT):
                    await line.run(over)
            except TimeoutError:
                line.talk.turn.error = tr(
                    "The answer did not finish within {RECORDED_LIMIT} s.", RECORDED_LIMIT=f"{RECORDED_LIMIT:.0f}"
                )
        if column.told is not None:
            requests = await session_requests(self._host, line.talk.session_id, 3)
            column.told.nanos, column.told.served = account(requests)
            column.told.priced = bool(requests)
