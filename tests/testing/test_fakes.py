"""The shipped fakes: their faults, their keys, what they remember."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from voicegw_desktop.testing import FAULTS, KEY, FakeDeepgram, FakeOpenAI, fakes
from voicegw_desktop.testing.sound import Ear, tone

pytestmark = pytest.mark.socket

CHAT = {"model": "gpt-4o-mini", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
AUTH = {"Authorization": f"Bearer {KEY}"}


async def ask(fake: FakeOpenAI, key: str = KEY) -> tuple[int, bytes, str | None]:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {key}"}
        async with session.post(f"{fake.base_url}/chat/completions", json=CHAT, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers.get("Retry-After")


async def test_an_answer_and_what_was_asked() -> None:
    async with FakeOpenAI(reply="One two three") as fake:
        status, body, _ = await ask(fake)
        assert status == 200
        lines = [line[6:] for line in body.decode().split("\n\n") if line.startswith("data: {")]
        words = [c["choices"][0]["delta"].get("content", "") for c in map(json.loads, lines) if c["choices"]]
        assert "".join(words) == "One two three"
        (seen,) = fake.requests
        assert seen.body == CHAT
        assert seen.path == "/v1/chat/completions"


@pytest.mark.parametrize(("fault", "status"), [("401", 401), ("429", 429), ("500", 500)])
async def test_refusals(fault: str, status: int) -> None:
    async with FakeOpenAI() as fake:
        fake.fault(fault, retry_after=7, times=1)
        code, body, after = await ask(fake)
        assert code == status
        assert json.loads(body)["error"]["message"]
        assert after == ("7" if fault == "429" else None)
        assert (await ask(fake))[0] == 200


async def test_a_wrong_key_is_refused() -> None:
    async with FakeOpenAI() as fake:
        assert (await ask(fake, key="wrong"))[0] == 401


@pytest.mark.parametrize("fault", ["refuse", "drop_mid_stream"])
async def test_broken_connections(fault: str) -> None:
    async with FakeOpenAI() as fake:
        fake.fault(fault)
        with pytest.raises(aiohttp.ClientError):
            await ask(fake)


async def test_garbage_is_no_json() -> None:
    async with FakeOpenAI() as fake:
        fake.fault("garbage")
        _, body, _ = await ask(fake)
        with pytest.raises(ValueError):
            json.loads(body)


async def test_a_stall_ends_with_the_fake() -> None:
    async with FakeOpenAI() as fake:
        fake.fault("stall")
        waiting = asyncio.ensure_future(ask(fake))
        await fake.until(lambda: fake.requests)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait({waiting})
        await fake.until(lambda: fake.hangups == 1)


async def test_speech_at_the_wrong_rate_is_shorter() -> None:
    async with FakeDeepgram() as fake, aiohttp.ClientSession() as session:
        sizes = []
        for wrong in (False, True):
            if wrong:
                fake.fault("wrong_rate", rate=8000)
            headers = {"Authorization": f"Token {KEY}"}
            url = f"{fake.speak_url}?sample_rate=24000"
            async with session.post(url, json={"text": "Hello there"}, headers=headers) as answer:
                sizes.append(len(await answer.read()))
        assert sizes[0] == pytest.approx(3 * sizes[1], rel=0.01)


async def test_an_unknown_fault_is_named() -> None:
    with pytest.raises(ValueError, match="stall"):
        FakeOpenAI().fault("nonsense")
    assert len(FAULTS) == len(set(FAULTS)) == 10


def test_every_cloud_provider_has_one() -> None:
    assert {"openai", "groq", "deepgram", "cartesia", "anthropic", "elevenlabs", "assemblyai"} == set(fakes())


def test_the_ear_hears_starts_and_ends() -> None:
    ear = Ear(16_000)
    heard = [ear.hear(piece) for piece in (bytes(3200), tone(0.1, 16_000), bytes(6400), bytes(6400), bytes(3200))]
    assert heard == [None, "start", "more", "end", None]
    assert ear.start_s == pytest.approx(0.1)
    loud = tone(0.5, 16_000)
    assert [ear.hear(loud) for _ in range(5)] == ["start", "still", "more", "still", "more"]
    assert ear.words == 3
