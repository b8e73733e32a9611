"""`voicegw say`, `listen` and `talk`: microphone and speaker with the gateway that runs, or a temporary one."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING

from voicegw_desktop.cli.options import Options
from voicegw_desktop.cli.terminal import say as tell
from voicegw_desktop.cli.terminal import say_error, say_json
from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.core.unanswered import why

if TYPE_CHECKING:
    import aiohttp

    from voicegw_desktop.sound.conversation import Turn

LONGEST = 5000  # characters that `say` takes from standard input
STAGES = {"pause": "pause", "words": "words", "token": "first token", "audio": "first sound"}


@contextlib.asynccontextmanager
async def gateway() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP session at `/v1/` of the gateway that serves here, else of a temporary one."""
    import aiohttp

    socket = system_paths().socket
    from voicegw_desktop.cli.operate import attached
    from voicegw_desktop.core.control import Channel
    from voicegw_desktop.gateway.operations import OPERATIONS

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    if await attached(socket, OPERATIONS["status"], {}) is not None:
        async with Channel(socket, timeout=timeout) as channel:
            yield channel.http()
        return
    from voicegw_desktop.cli.serve import serving
    from voicegw_desktop.core.outgoing import gateway_session
    from voicegw_desktop.gateway.gateway import Gateway

    async with Gateway() as own, serving(own, port=0) as server:
        headers = {"Authorization": f"Bearer {await own.keys.bearer(await own.first_key())}"}
        async with gateway_session(server.url, base_url=f"{server.url}/v1/", headers=headers, timeout=timeout) as http:
            yield http


def say(options: Options) -> int:
    """Speak a text; 0 when a device played all of it."""
    text = " ".join(options.text) if options.text else sys.stdin.read(LONGEST + 1)
    if not text.strip() or len(text) > LONGEST:
        raise BadRequest(f"`voicegw say` takes 1 to {LONGEST} characters: as arguments, or on standard input.")

    async def work() -> int:
        from voicegw_desktop.sound import speech
        from voicegw_desktop.sound.devices import Sound
        from voicegw_desktop.sound.settings import SoundSettings

        settings = SoundSettings.load(system_paths().config)
        async with gateway() as http, Sound() as sound:
            said = await speech.say(http, sound, text.strip(), settings, target=options.target, voice=options.voice)
        if options.json:
            say_json(
                {"seconds": said.seconds, "played_s": said.played_s, "speaker": said.speaker,
                 "first_ms": said.first_ms, "served_by": said.served_by, "cost_usd": said.cost_usd}
            )  # fmt: skip
        elif said.whole:
            tell(f"{said.seconds:.1f} s by {said.served_by}, played on {said.speaker}.")
        else:
            tell(f"{said.seconds:.1f} s by {said.served_by}; {said.speaker} played only {said.played_s:.1f} s of it.")
        return 0 if said.whole else 1

    return _until_stopped(work())


def say_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", help="what to say; none: standard input")
    parser.add_argument("--target", metavar="TARGET", help="provider/model; none: as routed")
    parser.add_argument("--voice", help="a voice of the target")


def listen(options: Options) -> int:
    """Print what is said, a line an utterance; 0 when there were words."""

    async def work() -> int:
        from voicegw_desktop.sound import speech
        from voicegw_desktop.sound.devices import Sound
        from voicegw_desktop.sound.settings import SoundSettings

        settings = SoundSettings.load(system_paths().config)
        shown: set[int] = set()

        def changed(turn: Turn) -> None:
            if turn.words_at is not None and turn.said and id(turn) not in shown:
                shown.add(id(turn))
                if not options.json:
                    tell(turn.said, flush=True)

        def opened() -> None:
            say_error("Listening for one sentence." if options.once else "Listening; Ctrl-C ends it.")

        async with gateway() as http, Sound() as sound:
            turns = await speech.listen(
                http, sound, settings, target=options.target, language=options.language, limit_s=options.seconds,
                changed=changed, once=options.once, opened=opened,
            )  # fmt: skip
        if options.json:
            say_json({"utterances": [{"text": t.said, "stages_ms": dict(t.stages)} for t in turns]})
        return 0 if turns else 1

    return _until_stopped(work())


def listen_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", metavar="TARGET", help="provider/model; none: as routed")
    parser.add_argument("--language", help="as in en; none: found out")
    parser.add_argument("--once", action="store_true", help="end after the first utterance")
    parser.add_argument("--seconds", type=_seconds, help="end after this long")


def talk(options: Options) -> int:
    """Talk with the gateway's models, hands-free, until Ctrl-C."""

    async def work() -> int:
        from voicegw_desktop.sound.conversation import ASSISTANT, Choice
        from voicegw_desktop.sound.devices import Sound
        from voicegw_desktop.sound.settings import SoundSettings
        from voicegw_desktop.sound.speech import live

        settings = SoundSettings.load(system_paths().config)
        choice = Choice(options.stt, options.llm, options.tts, options.voice, options.instructions or ASSISTANT)
        printed = Printed()
        async with gateway() as http, Sound() as sound, live(http, sound, choice, settings, printed.take) as it:
            clean = "" if it.opened.cleaned else " Without echo cancellation: use headphones."
            say_error(f"Talk; speak over the answer to interrupt it, Ctrl-C ends.{clean}")
            try:
                async with asyncio.timeout(options.seconds):
                    turns = options.turns
                    await it.run(lambda: turns is not None and printed.over >= turns > 0)
                await sound.drain()
            except TimeoutError:
                pass
        return 0 if printed.answered else 1

    return _until_stopped(work())


def talk_arguments(parser: argparse.ArgumentParser) -> None:
    for modality in ("stt", "llm", "tts"):
        parser.add_argument(f"--{modality}", metavar="TARGET", help="provider/model; none: as routed")
    parser.add_argument("--voice", help="a voice of the --tts target")
    parser.add_argument("--instructions", help="what the model is told to be")
    parser.add_argument("--turns", type=int, help="end after so many turns, answered or failed")
    parser.add_argument("--seconds", type=_seconds, help="end after this long")


class Printed:
    """Prints each turn once it is over."""

    def __init__(self) -> None:
        self.over = 0
        """Turns that were answered or failed."""
        self.answered = 0
        self._told: set[int] = set()

    def take(self, turn: Turn) -> None:
        """A turn changed."""
        if turn.error and id(turn) not in self._told:
            self._told.add(id(turn))
            self.over += 1
            say_error(f"voicegw: {turn.error}")
        if turn.done_at is None or id(turn) in self._told:
            return
        self._told.add(id(turn))
        self.over += 1
        self.answered += 1
        tell(f"You       {turn.said}")
        tell(f"Answer    {turn.answer.strip()}" + (" (interrupted)" if turn.interrupted else ""))
        tell(f"Times     {', '.join(f'{STAGES[name]} {ms:.0f} ms' for name, ms in turn.stages)}", flush=True)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of seconds from 0 to 86400')
    return value


def _until_stopped(work: Coroutine[object, None, int]) -> int:
    """The work's exit status; Ctrl-C and SIGTERM end it, with the microphone closed."""

    async def run() -> int:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        stopped: list[bool] = []

        def stop() -> None:
            stopped.append(True)
            task.cancel()

        ends: list[Callable[[], object]] = []
        for name in (signal.SIGINT, signal.SIGTERM):
            # Windows: Ctrl-C raises KeyboardInterrupt out of asyncio.run
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(name, stop)
                ends.append(partial(loop.remove_signal_handler, name))
        try:
            return await task
        except asyncio.CancelledError:
            if stopped:
                return 0
            raise
        finally:
            for end in ends:
                end()

    try:
        return asyncio.run(run())
    except OSError as e:
        raise VoiceGatewayError(f"The gateway does not answer: {why(e)}.") from e
