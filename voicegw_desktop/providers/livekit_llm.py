"""A LiveKit LLM over anything that answers OpenAI's chat form by bytes: a local worker, Ollama, the running app."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError, APITimeoutError, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import is_given

from voicegw_desktop.core.counted import count, usage_of
from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.ports import ChatOptions, ChatReply
from voicegw_desktop.core.typed import Record, is_record, record, records
from voicegw_desktop.providers.failures import as_api_error

Post = Callable[[str, Mapping[str, Any], ChatOptions], Awaitable[ChatReply]]
"""(path, body, options) → the answer."""


class PortLLM(llm.LLM[str]):
    """`post` sends a chat request; everything LiveKit asks of an LLM is here. `options` go into each request's body."""

    def __init__(
        self,
        post: Post,
        *,
        provider: str,
        model: str,
        options: Mapping[str, Any] | None = None,
        warm: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__()
        self._post, self._provider, self._model = post, provider, model
        self._options = dict(options or {})
        self._warm = warm

    @property
    def model(self) -> str:
        return self._model

    @property
    def provider(self) -> str:
        return self._provider

    def update_options(self, **options: Any) -> None:
        """Change what goes into the bodies of requests made from now on; None takes an option out."""
        merged = {**self._options, **options}
        self._options = {k: v for k, v in merged.items() if v is not None}

    async def _prewarm_impl(self) -> None:
        if self._warm is not None:
            await self._warm()

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        response_format: NotGivenOr[Any] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> PortLLMStream:
        body = dict(self._options)
        if is_given(extra_kwargs):
            body.update(extra_kwargs)
        if is_given(parallel_tool_calls):
            body["parallel_tool_calls"] = parallel_tool_calls
        if is_given(tool_choice):
            body["tool_choice"] = (
                {"type": "function", "function": {"name": tool_choice["function"]["name"]}}
                if isinstance(tool_choice, dict)
                else tool_choice
            )
        if is_given(response_format):
            body["response_format"] = llm.utils.to_openai_response_format(response_format)
        return PortLLMStream(self, body, chat_ctx, tools or [], conn_options)


class PortLLMStream(llm.LLMStream):
    """One answer."""

    def __init__(
        self,
        owner: PortLLM,
        body: dict[str, Any],
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
    ) -> None:
        super().__init__(owner, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)
        self._owner, self._body = owner, body
        # a second attempt after words were heard would say them twice
        self._retry_on_chunk_sent = False

    async def _run(self) -> None:
        self._id, self._calls = "", dict[int, dict[str, str]]()
        messages, _ = self._chat_ctx.to_provider_format(format="openai")
        schemas = llm.ToolContext(self._tools).parse_function_tools("openai", strict=False)
        body = {**self._body, "model": self._owner.model, "messages": messages, "stream": True}
        body["stream_options"] = {"include_usage": True}
        if schemas:
            body["tools"] = schemas
        else:
            body.pop("tool_choice", None)
        try:
            stay: object = body.pop("keep_alive", None)
            options = ChatOptions(None if stay is None else str(stay))
            reply = await self._owner._post("/chat/completions", body, options)
            try:
                if reply.status >= 300:
                    raise _refused(reply.status, await reply.read())
                async for chunk in _chunks(reply):
                    self._take(chunk)
                self._flush_calls()
            finally:
                await reply.close()
        except VoiceGatewayError as error:
            raise as_api_error(error) from error
        except TimeoutError as error:
            raise APITimeoutError() from error

    def _take(self, chunk: Record) -> None:
        self._id = str(chunk.get("id") or "")
        if is_record(error := chunk.get("error")):
            raise APIConnectionError(str(error.get("message") or "the model broke off"))
        for choice in records(chunk.get("choices")):
            delta = record(choice.get("delta"))
            for call in records(delta.get("tool_calls")):
                self._collect(call)
            if content := delta.get("content"):
                self._send(llm.ChoiceDelta(role="assistant", content=str(content)))
            if choice.get("finish_reason"):
                self._flush_calls()
        if usage := _usage(chunk.get("usage")):
            self._event_ch.send_nowait(llm.ChatChunk(id=self._id, usage=usage))

    def _collect(self, call: Record) -> None:
        function = record(call.get("function"))
        held = self._calls.setdefault(count(call.get("index")) or 0, {"id": "", "name": "", "arguments": ""})
        held["id"] = str(call.get("id") or held["id"])
        held["name"] = str(function.get("name") or held["name"])
        held["arguments"] += str(function.get("arguments") or "")

    def _flush_calls(self) -> None:
        calls = [
            llm.FunctionToolCall(name=c["name"], arguments=c["arguments"] or "{}", call_id=c["id"])
            for _, c in sorted(self._calls.items())
        ]
        self._calls = {}
        if calls:
            self._send(llm.ChoiceDelta(role="assistant", tool_calls=calls))

    def _send(self, delta: llm.ChoiceDelta) -> None:
        self._event_ch.send_nowait(llm.ChatChunk(id=self._id, delta=delta))


async def _chunks(reply: ChatReply) -> AsyncIterator[Record]:
    held = b""
    done = False
    async for data in reply:
        held += data
        *lines, held = held.split(b"\n")
        for line in lines:
            line = line.strip()
            if not line.startswith(b"data:"):
                continue
            payload = line[5:].strip()
            if payload == b"[DONE]":
                done = True
                continue
            try:
                chunk = record(json.loads(payload))
            except ValueError:
                raise APIConnectionError("The model's stream holds something that is not JSON.") from None
            done = done or any(c.get("finish_reason") for c in records(chunk.get("choices")))
            yield chunk
    if not done:
        raise APIConnectionError("The model's answer broke off.")


def _refused(status: int, body: bytes) -> APIStatusError:
    try:
        raw: object = json.loads(body)
    except ValueError:
        raw = None
    if not is_record(raw):
        return APIStatusError(body[:200].decode(errors="replace"), status_code=status, body=None)
    inner = raw.get("error", raw)
    return APIStatusError(str(record(inner).get("message", inner)), status_code=status, body=raw)


def _usage(told: object) -> llm.CompletionUsage | None:
    """None when the numbers cannot be true."""
    usage = usage_of(told) if isinstance(told, Mapping) else None
    if usage is None:
        return None
    return llm.CompletionUsage(
        completion_tokens=usage.completion_tokens,
        prompt_tokens=usage.prompt_tokens,
        prompt_cached_tokens=usage.cached_tokens,
        cache_creation_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
    )
