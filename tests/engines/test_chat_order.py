"""Which of two chats on one model is computed first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.engines.chat_order import (
    ALL,
    INTERRUPTIONS,
    LONGEST_SILENCE,
    LONGEST_WAIT,
    Begun,
    ChatOrder,
    gives_way_to,
)


@pytest.mark.parametrize(
    ("body", "headers", "before_it"),
    [
        ({"stream": True}, {}, None),
        ({"stream": True, "tools": [{}], "tool_choice": "auto"}, {}, None),
        ({}, {}, "room"),
        ({"stream": True, "tool_choice": "required"}, {}, "room"),
        ({"stream": True, "tool_choice": {"type": "function"}}, {}, "room"),
        ({"stream": True, "service_tier": "flex"}, {}, ALL),
        ({"stream": True}, {"X-LiveKit-Inference-Priority": "low"}, ALL),
        ({"stream": True, "tool_choice": "required"}, {"x-livekit-inference-priority": "priority"}, None),
        ({"service_tier": "priority"}, {}, None),
    ],
)
def test_whose_answers_come_first(body: dict[str, Any], headers: Mapping[str, str], before_it: str | None) -> None:
    assert gives_way_to(body, headers, "room") == before_it
    # without a session nothing tells that another answer is more urgent, streamed or not
    assert gives_way_to(body, headers, None) == (before_it if before_it == ALL else None)


class Asked:
    """A request to a scripted engine."""

    def __init__(self) -> None:
        self.answers: list[asyncio.Future[str]] = []
        self.hung_up = 0

    async def __call__(self) -> str:
        self.answers.append(asyncio.get_running_loop().create_future())
        try:
            return await self.answers[-1]
        except asyncio.CancelledError:
            self.hung_up += 1
            raise


class Scripted:
    """An upstream's answer."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.status = pieces, 200
        self.headers: Mapping[str, str] = {}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    async def read(self) -> bytes:
        return b"".join(self.pieces)

    async def close(self) -> None:
        """No connection is open: nothing to close."""


async def settle() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


class Late:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        await self.over.wait()


async def test_a_pass_is_put_off_for_an_answer_and_asked_again_after_it() -> None:
    order, asked = ChatOrder(Late()), Asked()
    side = asyncio.create_task(order.side_pass(asked))
    await settle()
    assert len(asked.answers) == 1
    over = order.begin()
    await settle()
    assert (asked.hung_up, len(asked.answers)) == (1, 1)
    over.over()
    over.over()
    await settle()
    asked.answers[1].set_result("terms")
    assert await side == "terms"


async def test_a_pass_waits_for_an_answer_under_way_but_not_for_ever() -> None:
    late = Late()
    order, asked = ChatOrder(late), Asked()
    over, other = order.begin(), order.begin()
    side = asyncio.create_task(order.side_pass(asked))
    await settle()
    over.over()
    await settle()
    assert asked.answers == []
    other.begun()
    late.over.set()
    await settle()
    asked.answers[0].set_result("terms")
    assert await side == "terms"
    other.over()


async def test_a_pass_of_one_session_does_not_wait_for_the_answer_of_another() -> None:
    order, asked = ChatOrder(Late()), Asked()
    order.begin("kitchen")
    order.begin()
    side = asyncio.create_task(order.side_pass(asked, "hall"))
    await settle()
    assert len(asked.answers) == 1
    order.begin("kitchen")
    await settle()
    assert asked.hung_up == 0
    own = order.begin("hall")
    await settle()
    assert (asked.hung_up, len(asked.answers)) == (1, 1)
    own.over()
    await settle()
    asked.answers[1].set_result("terms")
    assert await side == "terms"


async def test_a_pass_does_not_join_an_answer_that_has_not_begun() -> None:
    waits: list[float] = []
    gates = [asyncio.Event(), asyncio.Event()]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await gates[len(waits) - 1].wait()

    order, asked = ChatOrder(sleep), Asked()
    answer = order.begin()
    side = asyncio.create_task(order.side_pass(asked))
    await settle()
    gates[0].set()
    await settle()
    assert (waits, asked.answers) == ([LONGEST_WAIT, LONGEST_SILENCE], [])
    answer.begun()
    await settle()
    asked.answers[0].set_result("terms")
    assert await side == "terms"


async def test_a_pass_is_not_put_off_again_and_again() -> None:
    order, asked = ChatOrder(Late()), Asked()
    side = asyncio.create_task(order.side_pass(asked))
    for _ in range(INTERRUPTIONS + 2):
        await settle()
        order.begin().over()
    await settle()
    assert asked.hung_up == INTERRUPTIONS
    asked.answers[-1].set_result("terms")
    assert await side == "terms"


async def test_a_pass_that_fails_or_is_given_up_ends_at_once() -> None:
    order, asked = ChatOrder(Late()), Asked()
    side = asyncio.create_task(order.side_pass(asked))
    await settle()
    asked.answers[0].set_exception(BadRequest("no"))
    with pytest.raises(BadRequest):
        await side
    side = asyncio.create_task(order.side_pass(asked))
    await settle()
    side.cancel()
    with pytest.raises(asyncio.CancelledError):
        await side
    assert asked.hung_up == 1
    order.begin().over()
    await settle()
    assert asked.hung_up == 1


@pytest.mark.parametrize("size", [1, 50, 1000])
async def test_the_progress_of_a_prompt_is_not_part_of_the_answer(size: int) -> None:
    progress = b'data: {"choices":[],"prompt_progress":{"processed":64}}\n\n'
    answer = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
    data = progress * 3 + answer
    reply = await Begun.of(Scripted([data[i : i + size] for i in range(0, len(data), size)]))
    assert await reply.read() == answer


async def test_an_answer_in_one_piece_is_passed_on() -> None:
    assert await (await Begun.of(Scripted([b'{"choices": []}']))).read() == b'{"choices": []}'
    assert await (await Begun.of(Scripted([]))).read() == b""


async def test_a_reply_that_comes_as_the_caller_gives_up_is_closed() -> None:
    order, asked, closed = ChatOrder(Late()), Asked(), list[str]()

    async def close(reply: str) -> None:
        closed.append(reply)

    side = asyncio.create_task(order.side_pass(asked, ALL, close))
    await settle()
    # both in one step
    asked.answers[0].set_result("terms")
    await asyncio.sleep(0)
    side.cancel()
    with pytest.raises(asyncio.CancelledError):
        await side
    assert closed == ["terms"]
    assert asked.hung_up == 0
