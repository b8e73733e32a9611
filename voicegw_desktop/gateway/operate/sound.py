"""Operations on microphone and speaker: devices, what agents may do, and speaking and listening for them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import BadRequest, Forbidden
from voicegw_desktop.core.events import MicrophoneChanged
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operate.table import Param, operation
from voicegw_desktop.sound.settings import LOUDEST, SoundSettings

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway
    from voicegw_desktop.sound.devices import Sound

LONGEST_TEXT = 4000  # characters
LONGEST_WAIT = 120  # s
TEXT = Param("text", "string", f"What to say, at most {LONGEST_TEXT} characters.", required=True)
TARGET = Param("target", "string", "provider/model that speaks; none: as routed.")
VOICE = Param("voice", "string", "A voice of the target.")
WAIT = Param("seconds", "integer", f"How long to wait for words, at most {LONGEST_WAIT}.", default=30)


@operation("sound", "GET", "/v1/sound", verb="sound show", whole=True)
async def sound(gateway: Gateway) -> Record:
    """Microphones and speakers, which are chosen, and whether agents may use them."""
    # imported where they are used: most gateways never touch a microphone
    from voicegw_desktop.sound.devices import Sound, SoundError

    found: dict[str, object] = {}
    problem = ""
    try:
        async with Sound() as process:
            found = asdict(await process.devices())
    except SoundError as error:
        problem = error.message
    settings = SoundSettings.load(gateway.paths.config)
    return {
        **asdict(settings),
        "agents": allowed(gateway),
        "open": gateway.microphone_user,
        **found,
        "problem": problem,
    }


@operation(
    "set_sound",
    "POST",
    "/v1/sound",
    Param("microphone", "string", "Its name; null: the system's default.", nullable=True),
    Param("speaker", "string", "Its name; null: the system's default.", nullable=True),
    Param("gain", "number", f"What the microphone is multiplied by, above 0 and at most {LOUDEST:g}."),
    Param("agents", "string", "May agents speak and listen here through MCP?", choices=("allow", "refuse")),
    verb="sound set",
    whole=True,
    by_people=True,
)
async def set_sound(gateway: Gateway, agents: str | None = None, gain: float | None = None, **devices: Any) -> Record:
    """Choose microphone, speaker and gain, and whether agents may use them."""
    settings = replace(SoundSettings.load(gateway.paths.config), **devices)
    if gain is not None:
        if not 0 < gain <= LOUDEST:
            raise BadRequest(f'"gain" is {gain:g}; it must be above 0 and at most {LOUDEST:g}.', param="gain")
        settings = replace(settings, gain=float(gain))
    if agents is not None:
        settings = replace(settings, agents=agents == "allow")
    settings.save(gateway.paths.config)
    return {**asdict(settings), "agents": allowed(gateway)}


@operation("speak", "POST", "/v1/sound/speak", TEXT, TARGET, VOICE, verb="sound speak", whole=True, live=True)
async def speak(gateway: Gateway, text: str, target: str | None = None, voice: str | None = None) -> Record:
    """Speak a text on this machine's speaker."""
    from voicegw_desktop.sound import speech

    checked = _spoken(text)
    async with _devices(gateway, "") as (http, process, settings):
        said = await speech.say(http, process, checked, settings, target=target, voice=voice)
    return {**asdict(said), "played": said.whole}


@operation("listen", "POST", "/v1/sound/listen", WAIT, verb="sound listen", whole=True, live=True)
async def listen(gateway: Gateway, seconds: int = 30) -> Record:
    """Wait for one utterance at this machine's microphone and give its words."""
    from voicegw_desktop.sound import speech

    wait = _wait(seconds)
    async with _devices(gateway, "listen") as (http, process, settings):
        turns = await speech.listen(http, process, settings, limit_s=wait)
    return _heard(turns)


@operation(
    "converse", "POST", "/v1/sound/converse", TEXT, TARGET, VOICE, WAIT, verb="sound converse", whole=True, live=True
)
async def converse(
    gateway: Gateway, text: str, target: str | None = None, voice: str | None = None, seconds: int = 30
) -> Record:
    """Say something to the person at this machine and give the words of the answer."""
    from voicegw_desktop.sound import speech

    question, wait = _spoken(text), _wait(seconds)
    async with _devices(gateway, "converse") as (http, process, settings):
        await speech.say(http, process, question, settings, target=target, voice=voice)
        _open(gateway, "converse")
        turns = await speech.listen(http, process, settings, limit_s=wait)
    return _heard(turns)


def allowed(gateway: Gateway) -> bool:
    """Whether agents may speak and listen here."""
    return bool(gateway.config.desktop.mcp_microphone) or SoundSettings.load(gateway.paths.config).agents


def _spoken(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise BadRequest(f'"text" has {len(text)} characters; it must have 1 to {LONGEST_TEXT}.', param="text")
    return text.strip()


def _wait(seconds: int) -> int:
    if not 1 <= seconds <= LONGEST_WAIT:
        raise BadRequest(f'"seconds" is {seconds}; it must be 1 to {LONGEST_WAIT}.', param="seconds")
    return seconds


def _heard(turns: list[Any]) -> Record:
    text = " ".join(turn.said for turn in turns)
    return {"text": text, "heard": bool(text), **({} if text else {"why": "No speech before the time was up."})}


def _open(gateway: Gateway, by: str) -> None:
    gateway.microphone_user = by
    gateway.bus.publish(MicrophoneChanged(bool(by), by))


@contextlib.asynccontextmanager
async def _devices(gateway: Gateway, by: str) -> AsyncIterator[tuple[Any, Sound, SoundSettings]]:
    """The gateway's own doors and a sound process, for one caller at a time; events say while it listens."""
    import aiohttp

    from voicegw_desktop.core.outgoing import gateway_session
    from voicegw_desktop.sound.devices import Sound, SoundError

    if not allowed(gateway):
        raise Forbidden(
            "Agents may not use the microphone and speaker of this machine. A person allows it with"
            " `voicegw sound set --agents allow`, on the window's page Talk, or with desktop.mcp_microphone: true.",
            code="microphone_not_allowed",
        )
    if gateway.served_at is None:
        raise SoundError("No gateway serves here; start one with `voicegw serve` or `voicegw app`.", code="not_served")
    if gateway.sound_busy:
        raise SoundError("Another agent speaks or listens here now; try again when it has ended.", code="sound_busy")
    gateway.sound_busy = True
    try:
        headers = {"Authorization": f"Bearer {await gateway.keys.bearer(await gateway.first_key())}"}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        async with (
            gateway_session(
                gateway.served_at, base_url=f"{gateway.served_at}/", headers=headers, timeout=timeout
            ) as http,
            Sound() as it,
        ):
            if by:
                _open(gateway, by)
            yield http, it, SoundSettings.load(gateway.paths.config)
    finally:
        gateway.sound_busy = False
        if gateway.microphone_user:
            _open(gateway, "")
