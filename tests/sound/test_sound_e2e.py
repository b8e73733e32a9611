"""Microphone and speaker over a real sound server: recorded speech is transcribed, and spoken text can be transcribed
again."""

from __future__ import annotations

import asyncio
import json
import math
import re
import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desktop import wait_for
from tests.support.pulse import Pulse, pulse
from tests.support.served import CONFIG, Served, served
from tests.support.speech import word_errors
from voicegw_desktop.sound import wire
from voicegw_desktop.sound.devices import Sound, SoundError
from voicegw_desktop.sound.playing import play
from voicegw_desktop.sound.settings import SoundSettings

pytestmark = [pytest.mark.e2e, pytest.mark.process, pytest.mark.socket]

JFK = Path(__file__).resolve().parents[1] / "data" / "jfk.wav"
SAID = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
SENTENCE = "The weather in London is fine today, and tomorrow it will rain."


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    with pulse(tmp_path) as it:
        for name, value in it.env.items():
            monkeypatch.setenv(name, value)
        yield it


def tone(seconds: float) -> bytes:
    return array("h", [int(8000 * math.sin(i / 10)) for i in range(round(seconds * wire.RATE))]).tobytes()


async def test_a_tone_is_played_to_its_end_and_the_device_says_so(server: Pulse, tmp_path: Path) -> None:
    async with Sound() as sound:
        found = await sound.devices()
        assert found.default_microphone in found.microphones
        assert found.default_speaker in found.speakers
        opened = await sound.open(speaker=None)
        assert (opened.speaker, opened.microphone) == (found.default_speaker, None)
        with server.recorded(tmp_path / "heard.wav"):
            sound.play(tone(0.5))
            assert await sound.drain() == pytest.approx(500, abs=1)
        heard = array("h", (tmp_path / "heard.raw").read_bytes())
        assert sum(abs(s) > 4000 for s in heard) > 0.2 * wire.RATE
        sound.play(tone(0.2))
        async with asyncio.timeout(20):
            # each that waits for the end is told of it
            assert await asyncio.gather(sound.drain(), sound.drain()) == [pytest.approx(200, abs=1)] * 2
        sound.play(tone(30))
        assert 0 <= await sound.flush() < 5000
        await sound.close()
        wait_for("the device's end", lambda: server.streams("sink-inputs") == 0)


async def test_the_microphone_is_open_only_between_open_and_close(server: Pulse) -> None:
    levels: list[float] = []
    octets: list[int] = []
    loud = asyncio.Event()

    def level(value: float) -> None:
        levels.append(value)
        if value > 0.05:
            loud.set()

    async with Sound() as sound:
        sound.on_level, sound.on_samples = level, lambda pcm: octets.append(len(pcm))
        await sound.devices()
        assert server.streams("source-outputs") == 0
        assert (await sound.open(microphone=None, gain=0.5)).cleaned
        wait_for("the open microphone", lambda: server.streams("source-outputs") == 1)
        speaking = server.say(JFK)
        await asyncio.wait_for(loud.wait(), 20)
        await sound.close()
        wait_for("the closed microphone", lambda: server.streams("source-outputs") == 0)
        speaking.kill()
        speaking.wait()
    assert octets
    assert all(n % wire.BLOCK == 0 for n in octets)


@pytest.mark.fault
async def test_a_device_that_goes_away_is_told_in_one_sentence(server: Pulse) -> None:
    gone: asyncio.Future[SoundError] = asyncio.get_running_loop().create_future()
    async with Sound() as sound:
        sound.on_gone = gone.set_result
        await sound.open(microphone=None, speaker=None)
        sound.play(tone(30))
        draining = asyncio.ensure_future(sound.drain())
        # answered only after `drain` was taken
        await sound.set_gain(2.0)
        server.process.kill()
        error = await asyncio.wait_for(gone, 20)
        assert "is gone. Connect it again, or choose another one." in error.message
        with pytest.raises(SoundError, match="is gone"):
            await draining
        with pytest.raises(SoundError) as caught:
            await sound.open(microphone=None)
        assert caught.value.code in ("no_microphone", "microphone_refused")


async def test_a_device_that_is_not_there_is_named_with_those_that_are(server: Pulse) -> None:
    async with Sound() as sound:
        with pytest.raises(SoundError, match=r'There is no microphone "Studio" now; there are: .*default'):
            await sound.open(microphone="Studio")


async def test_nothing_is_called_played_without_a_device(server: Pulse, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await play(JFK, SoundSettings()) == "default"
    server.process.kill()
    server.process.wait()
    with pytest.raises(SoundError, match="speaker"):
        await play(JFK, SoundSettings())


@pytest.fixture
def serving(server: Pulse, models_dir: Path) -> Iterator[Served]:
    # a small model may repeat itself to the end of its context, and all of it is spoken: about a minute here
    with served(models_dir, config=CONFIG.replace('"-1"}', '"-1", llamacpp: {context_size: 256}}')) as it:
        yield it


def command(it: Served, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "voicegw_desktop", *arguments],
        env=it.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def transcribed(it: Served, clip: Path) -> str:
    """The words of a recording, by the gateway."""
    done = subprocess.run(
        ["curl", "-s", f"{it.v1}/audio/transcriptions", "-H", f"Authorization: Bearer {it.key}",
         "-F", "model=whisper/tiny.en", "-F", f"file=@{clip}"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return str(json.loads(done.stdout)["text"])


@pytest.mark.real_engine
def test_listen_hears_the_words(serving: Served, server: Pulse) -> None:
    # the seconds below are for listening, not for a busy machine that loads the model
    assert transcribed(serving, JFK)
    listening = command(serving, "--json", "listen", "--seconds", "15")
    assert listening.stderr is not None
    # told when the microphone is open
    assert listening.stderr.readline() == "Listening; Ctrl-C ends it.\n"
    speaking = server.say(JFK)
    out, err = listening.communicate(timeout=60)
    speaking.wait(20)
    assert listening.returncode == 0, err
    heard = " ".join(u["text"] for u in json.loads(out)["utterances"])
    wrong, of = word_errors(SAID, heard)
    assert wrong <= of * 0.1, heard
    assert server.streams("source-outputs") == 0


@pytest.mark.real_engine
def test_what_say_speaks_can_be_transcribed_again(serving: Served, server: Pulse, tmp_path: Path) -> None:
    # the voice is loaded first: a long silence ahead of the words is not what is tested
    assert serving.voicegw("say", "One.", "--target", "piper/en_US-joe-medium").returncode == 0
    with server.recorded(tmp_path / "spoken.wav"):
        done = serving.voicegw("--json", "say", SENTENCE, "--target", "piper/en_US-joe-medium")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["served_by"] == "piper/en_US-joe-medium"
    assert told["played_s"] == pytest.approx(told["seconds"], rel=0.02)
    heard = transcribed(serving, tmp_path / "spoken.wav")
    wrong, of = word_errors(SENTENCE, heard)
    assert wrong <= of * 0.1, heard


@pytest.mark.real_engine
def test_a_talk_is_answered_aloud_and_timed(serving: Served, server: Pulse, tmp_path: Path) -> None:
    # loaded first: a backlog of words makes other turns of them, and an answer may be spoken over the rest
    assert serving.voicegw("say", "One.", "--target", "piper/en_US-joe-medium").returncode == 0
    assert transcribed(serving, JFK)
    with server.recorded(tmp_path / "answer.wav"):
        talking = command(serving, "talk", "--turns", "1", "--seconds", "120", "--tts", "piper/en_US-joe-medium")
        wait_for("the open microphone", lambda: server.streams("source-outputs") == 1)
        speaking = server.say(JFK)
        out, err = talking.communicate(timeout=140)
        speaking.wait(20)
    assert talking.returncode == 0, err
    # an answer of several lines goes on indented, and may begin a line with any word
    lines = {line.split()[0]: line for line in out.splitlines() if line[:1].strip()}
    # which of the parts between the pauses is answered to the end depends on the load of the machine
    assert len({*re.findall("[a-z]+", lines["You"].lower())} & {*re.findall("[a-z]+", SAID.lower())}) > 1, out
    assert len(lines["Answer"].split()) > 1
    for stage in ("pause", "words", "first token", "first sound"):
        assert stage in lines["Times"], out
    assert max(array("h", (tmp_path / "answer.raw").read_bytes())) > 1000


@pytest.mark.real_engine
def test_an_agent_that_was_allowed_asks_the_person_aloud_and_gets_the_words(serving: Served, server: Pulse) -> None:
    question = {"text": "What shall I do?", "target": "piper/en_US-joe-medium", "seconds": 50}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "converse", "arguments": question}}
    asked = ["curl", "-s", "--unix-socket", str(serving.socket), "http://localhost/mcp", "-d", json.dumps(call)]
    asked += ["-H", "Content-Type: application/json"]
    refused = json.loads(subprocess.run(asked, capture_output=True, check=True, timeout=60).stdout)["result"]
    assert refused["isError"]
    assert "A person allows it" in refused["content"][0]["text"]
    assert server.streams("source-outputs") == 0
    assert serving.voicegw("sound", "set", "--agents", "allow").returncode == 0
    asking = subprocess.Popen(asked, stdout=subprocess.PIPE)
    wait_for("the open microphone", lambda: server.streams("source-outputs") == 1)
    assert json.loads(serving.voicegw("--json", "sound").stdout)["open"] == "converse"
    speaking = server.say(JFK)
    out, _ = asking.communicate(timeout=90)
    speaking.kill()
    speaking.wait()
    answer = json.loads(out)["result"]["structuredContent"]
    # a busy machine loses samples of the recording: a word of it is enough
    assert "fellow" in answer["text"].lower()
    assert server.streams("source-outputs") == 0
    assert json.loads(serving.voicegw("--json", "sound").stdout)["open"] == ""
