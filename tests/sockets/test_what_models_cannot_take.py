"""What a model cannot take is the client's mistake at every chat door, and does not stay in a conversation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import pytest

from tests.support.fake_backends import FakeTts, Script, answer
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, Sent, Target
from voicegw_desktop.engines.content import check_text
from voicegw_desktop.sockets.http.server import Server

pytestmark = pytest.mark.socket

Real = tuple[Server, aiohttp.ClientSession]
IMAGE = "data:image/png;base64,iVBORw0KGgo="
Refuses = Callable[[list[Any]], tuple[int, str] | None]


class Reply:
    """A whole answer with a status."""

    def __init__(self, status: int, body: list[bytes]) -> None:
        self.status, self._body = status, body
        self.headers: Mapping[str, str] = {"content-type": "text/event-stream" if status < 400 else "application/json"}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._body:
            yield piece

    async def read(self) -> bytes:
        return b"".join(self._body)

    async def close(self) -> None:
        return None


class Model:
    """Answers "one two", or refuses as its server would."""

    def __init__(self, refuses: Refuses) -> None:
        self.refuses = refuses
        self.asked: list[list[Any]] = []

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> Reply:
        self.asked.append(list(body.get("messages") or [body.get("prompt")]))
        if (refused := self.refuses(self.asked[-1])) is not None:
            status, words = refused
            return Reply(status, [json.dumps({"error": {"message": words, "code": status}}).encode()])
        return Reply(200, answer(["one", " two"]))


class BlindModel(Model):
    """A target whose backend knows beforehand that it reads text only."""

    async def check(self, target: Target, body: Mapping[str, Any]) -> None:
        check_text(body, target.name)


def serving(server: Server, model: Model) -> Model:
    backends = server.gateway.backends
    backends.register("llamacpp", llm=model)
    backends.register("piper", tts=FakeTts(Script()))
    return model


def chats(parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One request at each door."""
    text = "What is this?"
    body = {"role": "user", "content": [{"type": "text", "text": text}, parts["chat"]]}
    return {
        "/v1/chat/completions": {"messages": [body]},
        "/v1/responses": {
            "input": [{"role": "user", "content": [{"type": "input_text", "text": text}, parts["responses"]]}]
        },
        "/v1/messages": {
            "max_tokens": 9,
            "messages": [{"role": "user", "content": [{"type": "text", "text": text}, parts["messages"]]}],
        },
    }


PICTURE = {
    "chat": {"type": "image_url", "image_url": {"url": IMAGE}},
    "responses": {"type": "input_image", "image_url": IMAGE},
    "messages": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
}
WORDS = {kind: {"type": "input_text" if kind == "responses" else "text", "text": "?"} for kind in PICTURE}


@pytest.mark.parametrize(
    ("parts", "status", "words", "code", "param"),
    [
        (
            PICTURE,
            500,
            "image input is not supported - hint: you may need to provide the mmproj",
            "content",
            "messages",
        ),
        (PICTURE, 400, "model does not support images", "content", "messages"),
        (PICTURE, 500, "this model is missing data required for image input", "content", "messages"),
        (WORDS, 400, "This model's maximum context length is 4096 tokens.", "context", "messages"),
        (WORDS, 500, "request (9000 tokens) exceeds the available context size (4096 tokens)", "context", "messages"),
        (WORDS, 400, "registry.ollama.ai/library/x:1b does not support tools", "tools", "tools"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_refusals_of_servers_carry_the_codes_that_clients_know(
    real: Real, parts: dict[str, Any], status: int, words: str, code: str, param: str, streamed: bool
) -> None:
    server, http = real
    serving(server, Model(lambda messages: (status, words)))
    known = {
        "content": "unsupported_content",
        "context": "context_length_exceeded",
        "tools": "unsupported_parameter",
    }[code]
    for path, body in chats(parts).items():
        async with http.post(path, json={"model": "llamacpp/x", "stream": streamed, **body}) as reply:
            said = await reply.json()
            error = said["error"]
            assert (reply.status, error["code"], error["param"]) == (400, known, param), (path, said)
            assert error["type"] == "invalid_request_error"
            assert words in error["message"]
    assert server.gateway.router.breaker.health("llamacpp/x").name == "CLOSED"


async def test_other_words_of_a_failing_server_stay_its_failure(real: Real) -> None:
    server, http = real
    serving(server, Model(lambda messages: (500, "out of memory while reading the file cache")))
    for path, body in chats(WORDS).items():
        async with http.post(path, json={"model": "llamacpp/x", **body}) as reply:
            assert reply.status == 502, path


class Conversation:
    """A Realtime session."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def until(self, *kinds: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while not found or found[-1]["type"] not in kinds:
            found.append(await self._ws.receive_json(timeout=60))
        return found

    async def say(self, *content: dict[str, Any], id: str | None = None) -> list[dict[str, Any]]:
        item = {"type": "message", "role": "user", "content": list(content), **({"id": id} if id else {})}
        await self._ws.send_json({"type": "conversation.item.create", "item": item})
        return await self.until("conversation.item.done", "error")

    async def answer(self, **response: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        response = {"output_modalities": ["text"], **response}
        await self._ws.send_json({"type": "response.create", "response": response})
        events = await self.until("response.done", "error")
        return events, events[-1].get("response") or events[-1]


TEXT = {"type": "input_text", "text": "What is this?"}
IMAGE_PART = {"type": "input_image", "image_url": IMAGE}


async def test_realtime_refuses_an_image_at_entry(real: Real) -> None:
    server, http = real
    model = serving(server, BlindModel(lambda messages: None))
    async with http.ws_connect("/v1/realtime?model=llamacpp/x") as ws:
        session = Conversation(ws)
        refused = (await session.say(TEXT, IMAGE_PART))[-1]["error"]
        assert (refused["type"], refused["code"]) == ("invalid_request_error", "unsupported_content")
        assert "images" in refused["message"]
        _, failed = await session.answer(input=[{"type": "message", "role": "user", "content": [IMAGE_PART]}])
        assert failed["error"]["code"] == "unsupported_content"
        await session.say(TEXT)
        _, response = await session.answer()
        assert response["status"] == "completed"
    assert model.asked == [[{"role": "user", "content": "What is this?"}]]


async def test_realtime_drops_the_image_that_a_server_refused(real: Real) -> None:
    server, http = real

    def blind(messages: list[Any]) -> tuple[int, str] | None:
        held = any(not isinstance(message["content"], str) for message in messages)
        return (500, "image input is not supported") if held else None

    serving(server, Model(blind))
    async with http.ws_connect("/v1/realtime?model=llamacpp/x") as ws:
        session = Conversation(ws)
        assert (await session.say(TEXT, IMAGE_PART, id="both"))[-1]["type"] == "conversation.item.done"
        assert (await session.say(IMAGE_PART, id="only"))[-1]["type"] == "conversation.item.done"
        events, failed = await session.answer()
        assert failed["status_details"]["error"]["code"] == "unsupported_content"
        assert [e["item_id"] for e in events if e["type"] == "conversation.item.deleted"] == ["only"]
        _, response = await session.answer()
        assert response["status"] == "completed"


@pytest.mark.parametrize(("truncation", "status"), [("auto", "completed"), ("disabled", "failed")])
async def test_a_realtime_conversation_that_became_too_long_goes_on(real: Real, truncation: str, status: str) -> None:
    server, http = real

    def small(messages: list[Any]) -> tuple[int, str] | None:
        return (400, "the request exceeds the available context size") if len(messages) > 3 else None

    model = serving(server, Model(small))
    async with http.ws_connect("/v1/realtime?model=llamacpp/x") as ws:
        session = Conversation(ws)
        await ws.send_json({"type": "session.update", "session": {"truncation": truncation}})
        for number in range(9):
            await session.say({"type": "input_text", "text": str(number)})
        _, response = await session.answer()
        assert response["status"] == status
        if status == "failed":
            assert response["status_details"]["error"]["code"] == "context_length_exceeded"
            return
        assert [m["content"] for m in model.asked[-1]] == ["7", "8"]
        # what was left out stays out: the next answer is asked for once
        asked = len(model.asked)
        _, response = await session.answer()
        assert (response["status"], len(model.asked)) == ("completed", asked + 1)


async def test_one_realtime_item_too_long_for_the_model_does_not_block_the_next(real: Real) -> None:
    server, http = real

    def small(messages: list[Any]) -> tuple[int, str] | None:
        too_long = sum(len(message["content"]) for message in messages) > 100
        return (400, "the request exceeds the available context size") if too_long else None

    serving(server, Model(small))
    async with http.ws_connect("/v1/realtime?model=llamacpp/x") as ws:
        session = Conversation(ws)
        await session.say({"type": "input_text", "text": "x" * 101})
        _, response = await session.answer()
        assert response["status_details"]["error"]["code"] == "context_length_exceeded"
        await session.say(TEXT)
        _, response = await session.answer()
        assert response["status"] == "completed"
