"""Rate limits and budgets as a client of the socket sees them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.support.records import record
from voicegw_desktop.core.errors import UNREACHED, NotFound, UpstreamError
from voicegw_desktop.core.events import Notice
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.routing.breaker import Health
from voicegw_desktop.sockets.audio.wav import wav_header
from voicegw_desktop.sockets.http.server import Server
from voicegw_desktop.testing import KEY, fakes

pytestmark = pytest.mark.socket

BUDGET = 0.001  # US dollars; some answers of the fake
CHAT = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "Hello."}]}
Start = Callable[..., Awaitable[tuple[Gateway, aiohttp.ClientSession]]]


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """`await start(**config sections)`: a served gateway with one paid provider and one here, and its client."""
    monkeypatch.setenv("VOICEGW_SECRET", "a test's own secret")
    for name in ("VOICEGW_CONFIG", "VOICEGW_DB_PATH", "VOICEGW_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    async with AsyncExitStack() as stack:

        async def begin(**sections: Any) -> tuple[Gateway, aiohttp.ClientSession]:
            fake = fakes()["openai"]
            paid = await stack.enter_async_context(fake(key=KEY))
            here = await stack.enter_async_context(fake(key=KEY))
            providers = {
                "openai": {"api_key": KEY, "base_url": paid.base_url, "zone": "cloud"},
                "house": {"type": "openai_compatible", "api_key": KEY, "base_url": here.base_url},
            }
            path = tmp_path / "voicegw.yaml"
            path.write_text(yaml.safe_dump({"providers": providers, **sections}))
            gateway = await stack.enter_async_context(Gateway(path, paths=paths_below(tmp_path)))
            server = Server(gateway, serve=gateway.config.serve.model_copy(update={"port": 0}))
            await server.start()
            stack.push_async_callback(server.stop)
            key = (await gateway.keys.mint("default", "everything")).bearer
            headers = {"Authorization": f"Bearer {key}"}
            http = await stack.enter_async_context(aiohttp.ClientSession(server.url, headers=headers))
            return gateway, http

        yield begin


async def chat(http: aiohttp.ClientSession, **more: Any) -> tuple[int, Any, Any]:
    async with http.post("/v1/chat/completions", json={**CHAT, **more}) as answer:
        return answer.status, answer.headers, await answer.json()


def spend(gateway: Gateway, usd: float = BUDGET, project: str = "default") -> None:
    """Record a request of `project` that cost `usd` US dollars."""
    assert gateway.cost_tracker is not None
    assert gateway.budget_enforcer is not None
    nanos = round(usd * 1e9)
    gateway.cost_tracker.record(record(project=project, cost_nanos=nanos, timestamp=gateway.clock.time()))
    gateway.budget_enforcer.settle(project, [], nanos)


@pytest.mark.parametrize("name", ["openai", "default/openai", "default/*"])
async def test_one_request_too_many_is_429_and_says_when_to_come_back(start: Start, name: str) -> None:
    _, http = await start(rate_limits={name: {"requests_per_minute": 2}})
    assert [(await chat(http))[0] for _ in range(2)] == [200, 200]
    status, headers, body = await chat(http)
    assert status == 429
    assert 1 <= int(headers["Retry-After"]) <= 60
    assert body["error"]["code"] == "rate_limit_exceeded"
    assert name in body["error"]["message"]


async def test_our_own_limit_trips_no_target(start: Start) -> None:
    gateway, http = await start(rate_limits={"openai": {"requests_per_minute": 1}})
    assert [(await chat(http))[0] for _ in range(6)] == [200, 429, 429, 429, 429, 429]
    assert gateway.router.breaker.health("openai/gpt-4o-mini") is Health.CLOSED


@pytest.mark.parametrize("action", ["block", "throttle"])
async def test_eight_at_once_cannot_pass_a_cap_of_one_answer(start: Start, action: str) -> None:
    # about 310 microdollars are set aside for a chat of this model: one fits, two do not
    gateway, http = await start(projects={"default": {"daily_budget": 0.0004, "budget_action": action}})
    answers = await asyncio.gather(*(chat(http, max_tokens=512) for _ in range(8)))
    assert sorted(status for status, _, _ in answers) == [200] + [429] * 7
    refused = next(answer for answer in answers if answer[0] == 429)
    assert int(refused[1]["Retry-After"]) >= 1
    assert "requests that run now" in refused[2]["error"]["message"]
    # what was set aside came back
    assert gateway.budget_enforcer is not None
    assert gateway.budget_enforcer.get_budget_status("default").reserved_nanos == 0
    assert (await chat(http))[0] == 200


async def test_a_cloud_target_that_takes_over_from_one_here_asks_the_budget_too(start: Start) -> None:
    gateway, http = await start(
        projects={"default": {"daily_budget": BUDGET, "budget_action": "block", "allow_local_to_cloud": True}},
        fallbacks={"llm": ["openai/gpt-4o-mini"]},
    )
    assert (await chat(http))[0] == 200
    spend(gateway)
    assert (await chat(http))[0] == 429
    status, _, body = await chat(http, model="ollama/not-here")
    assert status == 429
    assert "projects.default.daily_budget" in body["error"]["message"]


async def test_a_spent_budget_blocks(start: Start) -> None:
    gateway, http = await start(projects={"default": {"daily_budget": BUDGET, "budget_action": "block"}})
    assert (await chat(http))[0] == 200
    spend(gateway)
    status, headers, body = await chat(http)
    assert status == 429
    assert int(headers["Retry-After"]) >= 1
    assert body["error"]["type"] == "insufficient_quota"
    assert "projects.default.daily_budget" in body["error"]["message"]
    # what costs nothing is still served
    status, headers, _ = await chat(http, model="house/small")
    assert (status, headers["X-VoiceGW-Served-By"]) == (200, "house/small")


async def test_a_spent_budget_throttles_to_what_costs_nothing(start: Start) -> None:
    gateway, http = await start(
        projects={"default": {"daily_budget": BUDGET, "budget_action": "throttle"}},
        fallbacks={"llm": ["house/small"]},
    )
    served = [(await chat(http))[1]["X-VoiceGW-Served-By"]]
    spend(gateway)
    served.append((await chat(http))[1]["X-VoiceGW-Served-By"])
    assert served == ["openai/gpt-4o-mini", "house/small"]


async def test_a_spent_budget_throttles_to_429_when_everything_costs(start: Start) -> None:
    gateway, http = await start(projects={"default": {"daily_budget": BUDGET, "budget_action": "throttle"}})
    assert (await chat(http))[0] == 200
    spend(gateway)
    status, headers, _ = await chat(http)
    assert status == 429
    assert "Retry-After" in headers


async def test_a_warning_budget_lets_everything_pass(start: Start) -> None:
    gateway, http = await start(projects={"default": {"daily_budget": BUDGET, "budget_action": "warn"}})
    spend(gateway)
    assert [(await chat(http))[0] for _ in range(3)] == [200, 200, 200]


async def test_what_left_is_told(start: Start) -> None:
    gateway, http = await start(projects={"another": {}})
    await chat(http, model="house/small")
    await chat(http)
    async with http.get("/v1/egress") as answer:
        told = await answer.json()
    (entry,) = told["egress"]
    assert (entry["target"], entry["zone"], entry["project"]) == ("openai/gpt-4o-mini", "cloud", "default")
    assert entry["host"].startswith("127.0.0.1:")
    assert entry["sent_bytes"] > 0
    assert entry["at"] >= gateway.started_at
    assert (await run(gateway, "egress", {"project": "another"}))["egress"] == []
    with pytest.raises(NotFound, match=r'"anoter"\. Did you mean "another"'):
        await run(gateway, "egress", {"project": "anoter"})


@pytest.mark.parametrize("logging", [True, False])
async def test_without_request_logging_only_sums_are_kept(start: Start, logging: bool) -> None:
    gateway, http = await start(observability={"request_logging": logging})
    async with http.post("/v1/chat/completions", json=CHAT, headers={"X-VoiceGW-Session": "call-1"}) as answer:
        assert answer.status == 200
    (row,) = (await run(gateway, "logs"))["logs"]
    assert row["cost_nanos"] > 0
    assert (row["wanted"] == CHAT["model"]) is logging
    assert (row["key_id"] is not None) is logging
    details = ("wanted", "key_id", "session_id", "wire", "error_message")
    assert logging or [row[name] for name in details] == [None] * len(details)
    assert logging or row["metadata"] == {}
    assert (await run(gateway, "costs"))["requests"] == 1
    assert (await run(gateway, "audit_books"))["ok"]


def bytes_below(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_what_is_said_is_in_no_log_and_no_table(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    gateway, http = await start()
    words = "saffron heptagon"
    status, _, body = await chat(http, messages=[{"role": "user", "content": words}])
    answer = body["choices"][0]["message"]["content"]
    assert status == 200
    async with http.post("/v1/audio/speech", json={"model": "ollama/none", "input": words, "voice": "x"}) as response:
        assert response.status >= 400
    async with http.post("/v1/chat/completions", json={**CHAT, "messages": words}) as response:
        assert response.status >= 400
    assert (await run(gateway, "logs"))["logs"][-1]["model_id"] == "openai/gpt-4o-mini"
    kept = bytes_below(tmp_path)
    for said in (words, answer):
        assert said not in caplog.text
        assert said.encode() not in kept


async def test_what_is_wrong_with_money_and_targets_stands_in_the_status(start: Start) -> None:
    gateway, http = await start(projects={"default": {"daily_budget": BUDGET, "budget_action": "block"}})
    notices: list[Notice] = []
    gateway.bus.subscribe(notices.append, Notice)
    assert (await run(gateway, "status"))["troubles"] == []
    await _stop_answering(gateway)
    for _ in range(3):
        assert (await chat(http, model="house/small"))[0] == 502
    (failing,) = (await run(gateway, "status"))["troubles"]
    assert failing.startswith("3 of the last 3 failed: house/small")
    spend(gateway)
    async with http.get("/v1/status") as answer:
        told = (await answer.json())["troubles"]
    assert told[0] == failing
    assert 'Project "default" has spent $0.001' in told[1]
    assert {"target_failing", "budget_spent"} <= {notice.code for notice in notices}


async def _stop_answering(gateway: Gateway) -> None:
    async def refused(*args: Any) -> Any:
        raise UpstreamError(f"{args[0].target} cannot be reached.", code=UNREACHED)

    assert gateway.backends is not None
    gateway.backends.post = refused  # type: ignore[method-assign]


@pytest.mark.parametrize("action", ["block", "throttle"])
async def test_a_spent_budget_refuses_speech_and_recordings_at_every_http_door(start: Start, action: str) -> None:
    gateway, http = await start(projects={"default": {"daily_budget": BUDGET, "budget_action": action}})
    spend(gateway)
    text = {"text": "Hello there."}
    asked = [
        http.post("/v1/audio/speech", json={"model": "openai/tts-1", "voice": "alloy", "input": "Hello there."}),
        http.post("/v1/speak?model=openai/tts-1", json=text),
        http.post("/v1/text-to-speech/alloy", json={**text, "model_id": "openai/tts-1"}),
    ]
    for one in asked:
        async with one as answer:
            assert answer.status == 429, answer.url
            assert "projects.default.daily_budget" in await answer.text()
    form = aiohttp.FormData({"model": "openai/whisper-1"})
    form.add_field("file", wav_header(16_000, 32_000) + bytes(32_000), filename="a.wav")
    async with http.post("/v1/audio/transcriptions", data=form) as answer:
        assert answer.status == 429
    assert (await run(gateway, "costs"))["total"] == pytest.approx(BUDGET)
    assert gateway.engines.status() == []
