"""What the page Talk does: opens sound and conversation when they are needed, and closes them when the page is left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.comparing import Comparing, ask, recorded_question, session_requests
from voicegw_desktop.app.language import tr
from voicegw_desktop.app.taped import Taped
from voicegw_desktop.app.viewmodels.sentences import reason
from voicegw_desktop.app.viewmodels.snippets import Access
from voicegw_desktop.app.viewmodels.talk import Pick, TalkModel, Told, account, choice_of
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.core.typed import record
from voicegw_desktop.sound.conversation import NOTHING_HEARD, Choice, Line, Turn
from voicegw_desktop.sound.devices import Devices, Sound, SoundError
from voicegw_desktop.sound.settings import SoundSettings
from voicegw_desktop.sound.speech import Live

log = logging.getLogger(__name__)


class Talking:
    """One for the page. Each public method may be called at any time; errors end in `model.problem`."""

    def __init__(self, model: TalkModel, actions: Actions, sound: Callable[[], Sound] = Sound) -> None:
        self.model = model
        self._do, self._make_sound = actions, sound
        actions.at_end(self._close)
        self.pick, self.prompt, self.voice = Pick(), "", ""
        self.stacks: Mapping[str, Mapping[str, Any]] = {}
        self.settings = SoundSettings()
        self._settings_read = False
        self.devices: Devices | None = None
        self._sound: Sound | None = None
        self._http: Any = None
        self._line: Line | None = None
        self._live: Live | None = None
        self._running: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._comparing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._taped = bytearray()
        self._held = self._taping = False
        self._heard = False  # whether a speaker is open

    @property
    def engaged(self) -> bool:
        """True while something is open that has to be closed."""
        return self._sound is not None or self._http is not None

    # -- what the person does -----------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read which devices there are and which stacks."""
        self._start(self._look())

    def press(self) -> None:
        """The button went down: listen."""
        if not self._held and not self.model.free:
            self._held = True
            self._start(self._press())

    def release(self) -> None:
        """The button came up: the turn is over."""
        if self._held:
            self._held = False
            self._start(self._release())

    def set_free(self, on: bool) -> None:
        """Listen all the time, or only while the button is held."""
        self.model.free = on
        self._start(self._set_free(on))

    def write(self, text: str) -> None:
        """A typed turn."""
        self._start(self._write(text))

    def ask_recorded(self) -> None:
        """Ask the recorded question: no microphone is needed."""
        if self.model.side_by_side:
            self.model.utterance = b""
            self.compare()
        else:
            self._start(self._ask_recorded())

    @property
    def answering(self) -> bool:
        """An answer is thought of or spoken, and can be stopped."""
        thinks = self.model.state == "thinking" and self._line is not None and self._line.talk.answering
        return thinks or self.model.state == "speaking"

    def hush(self) -> None:
        """Stop the answer."""
        self._start(self._hush())

    def compare(self) -> None:
        """Send the last utterance, or the recorded question, through every column, one after the other."""
        if not self.model.comparing:
            self.model.comparing = True
            self._comparing = asyncio.ensure_future(self._comparison().run())

    def keep(self, number: int) -> None:
        """Make the targets of a column the routes."""
        for modality, target in self.model.winner(number, self.stacks).items():
            self._do.run("set_route", self._do.overview.set_routes, modality=modality, target=target)
        self._do.said(tr("Kept as the routes"))

    def set_devices(self, **changes: Any) -> None:
        """Choose microphone, speaker, gain or the agents' permission; kept, and used from the next time on."""
        self.settings = replace(self.settings, **changes)
        told: dict[str, Any] = dict(changes)
        if "agents" in told:
            told["agents"] = "allow" if told["agents"] else "refuse"
        elif not self._do.host.own:
            # the gateway may be on another machine: these devices are of this one
            self.settings.save(system_paths().config)
            return
        self._do.run("set_sound", **told)
        if "gain" in changes and self._sound is not None and self._live is not None:
            self._start(self._sound.set_gain(self.settings.gain))

    def close(self) -> None:
        """The page is left: microphone, speaker and conversation are closed."""
        self._held = self._taping = False
        if self.engaged:
            self._start(self._close())

    # -- how ----------------------------------------------------------------------------------------------------------

    def _start(self, work: Any) -> None:
        self._do.start(self._told(work))

    async def _told(self, work: Awaitable[None]) -> None:
        async with self._lock:
            self.model.problem = ""
            try:
                await work
            except Exception as error:
                self._broke(error)
        self.model.touch()

    def _broke(self, error: BaseException) -> None:
        if isinstance(error, SoundError):
            self.model.no_microphone = tr("{error} You can type, or ask the recorded question.", error=reason(error))
        elif isinstance(error, VoiceGatewayError | OSError):
            self.model.problem = reason(error)
        else:
            log.error("A conversation of the page Talk failed", exc_info=error)
            self.model.problem = tr(
                "Talk was stopped by a fault in this program. Try again; the log on the page Help tells more."
            )
        self.model.state, self.model.level = "idle", 0.0
        self._live, self._heard, self._taping = None, False, False
        self.model.touch()

    async def _look(self) -> None:
        stacks = record((await self._do.host.call("show_routes"))["stacks"])
        self.stacks = {name: record(stack) for name, stack in stacks.items()}
        if not self._settings_read:
            self.settings = await asyncio.to_thread(SoundSettings.load, system_paths().config)
            self._settings_read = True
        if self._live is None:
            sound = await self._sound_process()
            self.devices = await sound.devices()
            self.model.no_microphone = (
                "" if self.devices.microphones else tr("No microphone was found. Connect one, or type.")
            )

    async def _sound_process(self) -> Sound:
        if self._sound is None:
            self._sound = await self._make_sound().__aenter__()
        return self._sound

    async def _conversation(self, *, free: bool) -> Line:
        choice = choice_of(self.pick, self.stacks, self.prompt, self.voice, free=free)
        if self._line is not None and self._line.choice == choice and self._running and not self._running.done():
            return self._line
        await self._hang_up()
        self._line = await Line(await self._session(), choice, self._changed, **self._outlet()).__aenter__()
        self._running = asyncio.ensure_future(self._run(self._line))
        return self._line

    async def _session(self) -> Any:
        import aiohttp

        from voicegw_desktop.core.outgoing import gateway_session

        if self._http is None:
            access = Access.of(self._do.overview.endpoint, await self._do.host.call("show_key", key_id="first"))
            headers = {"Authorization": f"Bearer {access.api_key}"}
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
            self._http = gateway_session(
                access.endpoint, base_url=f"{access.endpoint}/", headers=headers, timeout=timeout
            )
        return self._http

    def _outlet(self) -> dict[str, Any]:
        """Open the speaker for answers; where none can be opened, answers are only shown."""
        return {"play": self._play, "hush": self._fall_silent}

    def _play(self, pcm: bytes) -> None:
        self.model.state = "speaking"
        if self._sound is not None:
            with contextlib.suppress(SoundError):
                self._sound.play(pcm)

    async def _fall_silent(self) -> float:
        if self._sound is not None and self._heard:
            with contextlib.suppress(SoundError):
                return await self._sound.flush()
        # an answer that is only shown is complete at once
        return math.inf

    async def _run(self, line: Line) -> None:
        try:
            await line.run()
        except Exception as error:
            if self._line is line:
                self._broke(error)

    def _changed(self, turn: Turn) -> None:
        assert self._line is not None
        talk, model = self._line.talk, self.model
        model.take(talk.turns)
        model.turns = [t for t in model.turns if t.turn.said or t.turn.error or t.turn.answer or t.turn is turn]
        if turn.done_at is not None or turn.error:
            self._do.start(self._quieten())
            for told in (t for t in model.turns if t.turn is turn):
                self._do.start(self._price(talk.session_id, told))
        elif turn.ended_at is not None and turn.audio_at is None and not turn.interrupted:
            model.state = "thinking"
        elif turn.audio_at is None and self._live is not None:
            model.state = "listening"

    async def _quieten(self) -> None:
        """Wait until the answer was played to its end, then say what comes next."""
        line = self._line
        if self._sound is not None and self._heard:
            with contextlib.suppress(SoundError):
                await self._sound.drain()
                if line is not None and not line.talk.answering:
                    line.talk.heard_out()
        if self.model.state in ("speaking", "thinking"):
            self.model.state = "listening" if self._live is not None and self.model.free else "idle"
            self.model.touch()

    async def _price(self, session: str, told: Told) -> None:
        """What the turn cost: the session's requests, less those of the turns before."""
        enough = sum(t.requests for t in self.model.turns if t is not told) + told.requests
        failed = sum(t.turn.error not in ("", NOTHING_HEARD) for t in self.model.turns)
        found = await session_requests(self._do.host, session, enough, failed)
        before = [t.nanos for t in self.model.turns if t is not told and t.priced]
        told.stored = max(0, len(found) - sum(t.requests for t in self.model.turns if t is not told and t.priced))
        nanos, told.served = account(found)
        told.nanos = None if nanos is None or None in before else max(0, nanos - sum(n or 0 for n in before))
        told.priced = bool(found)
        self.model.touch()

    async def _listen(self, line: Line, *, free: bool) -> None:
        sound = await self._sound_process()
        await line.talk.interrupt()
        self.model.state = "opening"
        self.model.touch()
        self._taped.clear()
        sound.on_level = self._level
        live = Taped(line, sound, self._broke, None if free else self._taped)
        await live.open(self.settings)
        self._live, self._heard = live, True
        self._hearing = asyncio.ensure_future(self._hear(live))
        self.model.no_microphone = ""
        self.model.state = "listening"

    async def _tape_only(self) -> None:
        sound = await self._sound_process()
        self.model.state = "opening"
        self.model.touch()
        self._taped.clear()
        sound.on_level, sound.on_gone, sound.on_samples = self._level, self._broke, self._taped.extend
        await sound.open(microphone=self.settings.microphone, gain=self.settings.gain)
        self._taping = True
        self.model.state = "listening"

    def _level(self, level: float) -> None:
        # what was measured before the microphone was closed may come after
        self.model.level = level if self._live is not None or self._taping else 0.0
        self.model.touch()

    async def _hear(self, live: Live) -> None:
        try:
            await live.hear()
        except Exception as error:
            self._broke(error)

    async def _press(self) -> None:
        if self.model.side_by_side:
            await self._tape_only()
        else:
            await self._listen(await self._conversation(free=False), free=False)

    async def _release(self) -> None:
        live = self._live
        if self._taping and self._sound is not None:
            self._taping = False
            await self._sound.close()
            self.model.utterance, self.model.state, self.model.level = bytes(self._taped), "idle", 0.0
            self.compare()
            return
        if live is None or self._sound is None:
            return
        live.commit()
        self.model.utterance = bytes(self._taped)
        self.model.state, self.model.level = "thinking", 0.0
        await self._speaker()

    async def _speaker(self) -> None:
        """Close the microphone, keep the speaker."""
        self._live = None
        sound = await self._sound_process()
        self._heard = False
        try:
            await sound.open(speaker=self.settings.speaker)
            self._heard = True
        except SoundError as error:
            self.model.no_microphone = tr("{error} The answer is shown, not heard.", error=reason(error))

    async def _set_free(self, on: bool) -> None:
        if on:
            await self._listen(await self._conversation(free=True), free=True)
        else:
            self.model.state, self.model.level = "idle", 0.0
            await self._hang_up()
            await self._speaker()

    async def _write(self, text: str) -> None:
        line = await self._conversation(free=self.model.free and self._live is not None)
        if self._live is None:
            await line.talk.interrupt()
            await self._speaker()
        self.model.state = "thinking"
        await line.talk.write(text)

    async def _ask_recorded(self) -> None:
        line = await self._conversation(free=False)
        await line.talk.interrupt()
        await self._speaker()
        pcm = await recorded_question()
        self.model.utterance, self.model.state = pcm, "thinking"
        await ask(line, pcm)

    async def _hush(self) -> None:
        if self._line is not None:
            await self._line.talk.interrupt()
        self.model.state = "listening" if self._live is not None else "idle"

    def _comparison(self) -> Comparing:
        def choice(pick: Pick) -> Choice:
            return choice_of(pick, self.stacks, self.prompt, self.voice, free=False)

        return Comparing(self.model, self._do.host, self._session, choice)

    async def _hang_up(self) -> None:
        line, self._line, self._live = self._line, None, None
        tasks = [task for task in (self._running, self._hearing) if task is not None]
        self._running = self._hearing = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if line is not None:
            await line.__aexit__()

    async def _close(self) -> None:
        self.model.state, self.model.level, self.model.free = "idle", 0.0, False
        if self._comparing is not None:
            self._comparing.cancel()
            await asyncio.gather(self._comparing, return_exceptions=True)
        await self._hang_up()
        if self._http is not None:
            await self._http.close()
            self._http = None
        sound, self._sound = self._sound, None
        if sound is not None:
            await sound.__aexit__()
