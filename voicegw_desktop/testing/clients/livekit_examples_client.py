"""Unmodified agent files, such as LiveKit's examples, as calls: `--examples FOLDER` of `voicegw conformance`.

Each file with an AgentSession runs by LiveKit's own console: it may greet, is spoken to, and has to hear and to answer
aloud. With a gateway of the checks' own, a server on this machine that answers at once and calls tools is the chat
model; a gateway that runs already (`--url`) answers by its own routes.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import importlib.util
import re
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients import console_host, own_gateway, quick_chat
    from voicegw_desktop.testing.clients.__main__ import Check, Where
else:
    # neighbours in this folder, which is no package where these scripts run
    console_host = importlib.import_module("console_host")
    own_gateway = importlib.import_module("own_gateway")
    quick_chat = importlib.import_module("quick_chat")

PACKAGES = ("livekit-agents",)
LIMIT = 600.0  # s for one call
CONNECT = 150.0  # s for an agent to import what it needs
GREETING = 12.0  # s in which an agent that greets has begun to
ANSWER = 60.0  # s
SENTENCE = 3.5  # s: the end of the recording is a sentence without a pause in it
SENTENCES = 4  # some agents have tools that are to be silent; the sentence after them is answered in words
SECTIONS: dict[str, object] = {
    # a stack of the project would serve before any route
    "projects": {"default": {"egress": "local"}},
    "routing": {
        "stt": {"aliases": {"*": "whisper/tiny.en"}},
        "llm": {"aliases": {"*": "quick/chat"}},
        "tts": {"aliases": {"*": "piper/en_US-joe-medium"}},
    },
}
NEEDS = (
    (re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'"), "needs the package {0}"),
    (re.compile(r"cannot import name '(\w+)' from 'livekit.plugins'"), "needs livekit-plugins-{0}"),
    (re.compile(r"cannot import name '(\w+)' from '([\w.]+)'"), "needs {1} with {0}"),
    (re.compile(r"API key is required.{0,60}\bset (\w+)", re.IGNORECASE), "needs {0}"),
    (re.compile(r"API key is required.{0,80}\b(\w+_API_KEY) environment variable"), "needs {0}"),
    (re.compile(r"ImportError: (\w+) is required to run this example"), "needs the package {0}"),
    (
        re.compile(r"Plugins must be registered on the main thread"),
        "loads a plugin where LiveKit's console allows none",
    ),
    (
        re.compile(r"(\w*(?:API_KEY|_URL|TOKEN))\b.{0,60}(?:must be set|is required|not set|missing)", re.IGNORECASE),
        "needs {0}",
    ),
    (re.compile(r"KeyError: '([A-Z_]+)'"), "needs {0}"),
    (
        re.compile(r"Mock object has no attribute|room_io is unavailable|Cannot connect to host 127\.0\.0\.1:9\b"),
        "needs a LiveKit room, which the console has not",
    ),
    (re.compile(r"Could not find AgentServer in module"), "makes its server where LiveKit's console does not find it"),
    (re.compile(r"no TTS node is available"), "has no voice, and LiveKit's console always plays audio"),
    (re.compile(r"Cannot connect to host ([\w.-]+)"), "asks {0}"),
)
"""What an agent prints when it cannot run here, and what that means; the first that is found is told."""
NO_ROOM = re.compile(r"register_rpc_method|create_sip_participant")
"""Agents that a person's program or a telephone line has to call, in a room."""
NO_ANSWER = re.compile(r"raise StopResponse|audio_output=False")
"""Agents that do not answer what they hear by a model and a voice."""
SPEAKS = re.compile(r"\.(?:say|generate_reply)\(")
"""Agents that speak all the same, in words of their own."""
ERROR = re.compile(r"^(\w*(?:Error|Exception)\b.*)$", re.MULTILINE)
_OPEN = contextlib.AsyncExitStack()
_KEPT: dict[str, Path] = {}


def checks(where: Where) -> tuple[tuple[str, Check], ...]:
    """A call for each agent file of the folders, a name in several of which is tried once."""
    package = importlib.util.find_spec("livekit.agents")
    if package is not None and not Path(package.origin or "").with_name("__main__.py").exists():
        return (("agent files as calls", _too_old),)
    wanted: dict[str, Path] = {}
    for folder in where.examples:
        for path in agents(folder):
            name = path.name if folder.is_file() else str(path.relative_to(folder))
            wanted.setdefault(name.replace("-", "_"), path)
    return tuple((name, functools.partial(_call, path)) for name, path in wanted.items())


async def prepare(where: Where) -> None:
    """The sentence that is spoken; the quick chat server, behind a gateway of the checks' own."""
    _KEPT["logs"] = Path(_OPEN.enter_context(tempfile.TemporaryDirectory(prefix="vgw-", ignore_cleanup_errors=True)))
    _KEPT["sentence"] = _KEPT["logs"] / "sentence.wav"
    pcm, rate = where.pcm(trailing_s=0.0)
    with wave.open(str(_KEPT["sentence"]), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(pcm[-int(SENTENCE * rate) * 2 :])
    if where.home:
        runner, url = await quick_chat.serve()
        _OPEN.push_async_callback(runner.cleanup)
        quick = {"quick": {"type": "openai_compatible", "base_url": url}}
        await _OPEN.enter_async_context(own_gateway.OwnGateway(where).configured(**SECTIONS, providers=quick))


async def close() -> None:
    await _OPEN.aclose()


def agents(folder: Path) -> Sequence[Path]:
    """The files that make a session and run by LiveKit's command line; one file stands for itself."""
    found = []
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        if "AgentSession" in text and "run_app" in text:
            found.append(path)
    return found


def need(log: str) -> str:
    """Why an agent cannot run here, by what it printed; "" when it says nothing of that kind."""
    for pattern, words in NEEDS:
        if found := pattern.search(log):
            return words.format(*found.groups())[:160]
    return ""


def listens_only(source: str) -> bool:
    """Whether this agent, by its source, is not to answer what it hears."""
    return NO_ANSWER.search(source) is not None and not SPEAKS.search(source) and not NO_ROOM.search(source)


async def _too_old(where: Where) -> str:
    raise NotImplementedError("this version has no console that a program can talk to")


async def _call(path: Path, where: Where) -> str:
    """One agent: what it did; NotImplementedError tells what it needs, AssertionError what failed."""
    env = {
        "LIVEKIT_INFERENCE_URL": where.v1,
        "LIVEKIT_INFERENCE_API_KEY": where.key_id,
        "LIVEKIT_INFERENCE_API_SECRET": where.secret,
        "OPENAI_BASE_URL": where.v1,
        "OPENAI_API_KEY": where.key,
        "LIVEKIT_URL": "ws://127.0.0.1:9",
        "LIVEKIT_API_KEY": "devkey",
        "LIVEKIT_API_SECRET": "secret",
        "HF_HUB_OFFLINE": "1",
    }
    source = await asyncio.to_thread(path.read_text, "utf-8")
    log = _KEPT["logs"] / "agent.log"
    try:
        async with console_host.console(path, env, log, CONNECT) as host:
            return await _conversation(host, listens_only(source))
    except (AssertionError, TimeoutError) as e:
        printed = await asyncio.to_thread(log.read_text, "utf-8", "replace")
        if missing := need(printed):
            raise NotImplementedError(missing) from None
        if NO_ROOM.search(source):
            raise NotImplementedError("needs a LiveKit room with a person's program or a telephone line") from None
        last = ERROR.search(printed)
        failed = str(e).partition(";")[0]
        raise AssertionError(f"{last[1][:160]} ({failed})" if last else failed) from None


async def _conversation(host: console_host.ConsoleHost, silent: bool) -> str:
    """Greeted or not, heard, and answered aloud; AssertionError tells what failed."""
    sentence, heard = _KEPT["sentence"], host.heard
    greeted = False
    with contextlib.suppress(AssertionError):
        await host.until("greeting", lambda heard: heard.audio_s > 0.5, GREETING)
        greeted = True
    # LiveKit ignores audio while its echo canceller warms up, so the caller repeats the sentence
    for last in (False, False, True):
        host.say(sentence)
        try:
            await host.until(
                "final transcript",
                lambda heard: any(t.is_final for t in heard.of("user_input_transcribed")),
                ANSWER if last else ANSWER / 3,
            )
            break
        except AssertionError:
            if last:
                raise
    told = [*(["greeted"] if greeted else []), *(["interrupted"] if heard.cleared else []), "heard"]
    if silent:
        return ", ".join([*told, "is not to answer"])
    before = heard.audio_s
    for again in range(SENTENCES):
        called = len(heard.of("function_tools_executed"))
        try:
            await host.until("spoken answer", lambda heard: heard.audio_s > before + 0.5, ANSWER / 2)
            break
        except AssertionError:
            quiet = len(heard.of("function_tools_executed")) > (called if again else 0)
            if again == SENTENCES - 1 or not quiet:
                raise
            host.say(sentence)
    tools = [call.name for done in heard.of("function_tools_executed") for call in done.function_calls]
    told += [*(f"called {name}" for name in dict.fromkeys(tools)), "answered aloud"]
    if errors := heard.of("error"):
        told.append(f"{len(errors)} errors told to the agent")
    return ", ".join(told)
