"""The backend of local models keeps to the order of chats: an answer is computed before the passes of its session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from voicegw_desktop.core.errors import EngineCrashed
from voicegw_desktop.core.ports import ChatOptions, ChatReply, Target
from voicegw_desktop.engines.lease import Lease
from voicegw_desktop.engines.local import LocalLlm

ROOM = ChatOptions(session=("default", "room"))
MESSAGES = [{"role": "user", "content": "Hello?"}]
ANSWER: dict[str, Any] = {"messages": MESSAGES, "stream": True}
TOOL = {"type": "function", "function": {"name": "terms", "parameters": {"type": "object"}}}
PASSES: list[dict[str, Any]] = [
    {"messages": MESSAGES},
    {**ANSWER, "tools": [TOOL], "tool_choice": "required"},
    {**ANSWER, "service_tier": "flex"},
]


class Reply:
    """What the model answers: one event; ended when it was read or closed, as `HttpReply`."""

    status = 200
    headers: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.on_first: Callable[[], None] | None = None
        self.on_close: Callable[[], None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'data: {"choices": []}\n\n'
        await self.close()

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def close(self) -> None:
        then, self.on_close = self.on_close, None
        if then:
            then()


class Model:
    """A pool with one model, which answers when the test says so."""

    def __init__(self) -> None:
        self.http: Any = self
        self.asked: list[tuple[Mapping[str, Any], asyncio.Future[Reply]]] = []
        self.given_up: list[Mapping[str, Any]] = []

    def check(self, provider: str, model: str) -> None:
        pass

    async def acquire(self, provider: str, model: str, keep_alive: str | None = None) -> Lease:
        lease: Any = SimpleNamespace(info={}, address="http://model")
        return lease  # type: ignore[no-any-return]

    async def post(self, url: str, body: Mapping[str, Any], *_: object, **__: object) -> Reply:
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.asked.append((body, answer))
        try:
            return await answer
        except asyncio.CancelledError:
            self.given_up.append(body)
            raise


class Chats:
    """The backend, and what it asked of the model so far."""

    def __init__(self) -> None:
        self.model = Model()
        self._llm = LocalLlm(self.model)

    async def ask(self, body: Mapping[str, Any], options: ChatOptions = ROOM) -> asyncio.Task[ChatReply]:
        """Ask, up to the point at which nothing goes on without the model."""
        chat = asyncio.create_task(self._llm.post(Target("llamacpp", "one"), "/chat/completions", body, options))
        await self.settle()
        return chat

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.mark.parametrize("body", PASSES)
async def test_an_answer_comes_before_a_pass_of_its_session(body: dict[str, Any]) -> None:
    chats = Chats()
    side = await chats.ask(body)
    answer = await chats.ask(ANSWER)
    assert len(chats.model.given_up) == 1
    assert len(chats.model.asked) == 2
    chats.model.asked[1][1].set_result(Reply())
    reply = await answer
    await chats.settle()
    assert len(chats.model.asked) == 2, "the pass waits until the answer was read"
    await reply.read()
    await chats.settle()
    chats.model.asked[2][1].set_result(Reply())
    assert (await side).status == 200
    # for llama.cpp sees only at an event that the client left
    for sent, _ in (chats.model.asked[0], chats.model.asked[2]):
        assert bool(sent.get("return_progress")) == bool(body.get("stream"))
    assert "return_progress" not in chats.model.asked[1][0]


async def test_a_pass_waits_for_an_answer_under_way() -> None:
    chats = Chats()
    answer = await chats.ask(ANSWER)
    side = await chats.ask(PASSES[0])
    assert len(chats.model.asked) == 1
    # the answer fails
    chats.model.asked[0][1].set_exception(EngineCrashed("The engine ended."))
    with pytest.raises(EngineCrashed):
        await answer
    await chats.settle()
    chats.model.asked[1][1].set_result(Reply())
    assert (await side).status == 200


async def test_chats_of_other_sessions_go_on() -> None:
    chats = Chats()
    sides = [await chats.ask(PASSES[0]), await chats.ask(PASSES[0], ChatOptions())]
    answers = [
        await chats.ask(ANSWER, ChatOptions(session=session)) for session in (("default", "hall"), ("shop", "room"))
    ]
    assert not chats.model.given_up
    for _, future in chats.model.asked:
        future.set_result(Reply())
    for chat in (*sides, *answers):
        assert (await (await chat).read()).startswith(b"data: ")
