from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal, overload

_Messages = Sequence[Mapping[str, str]]
_Options = Mapping[str, object]

class ResponseError(Exception):
    error: str
    status_code: int

class _Function:
    name: str
    arguments: Mapping[str, object]

class _ToolCall:
    function: _Function

class _Message:
    content: str | None
    tool_calls: Sequence[_ToolCall] | None

class ChatResponse:
    message: _Message
    done: bool | None
    total_duration: int
    eval_count: int | None

class GenerateResponse:
    response: str
    eval_count: int | None

class _Model:
    model: str | None

class ListResponse:
    models: Sequence[_Model]

class ShowResponse:
    capabilities: list[str] | None

class AsyncClient:
    def __init__(self, host: str, *, headers: Mapping[str, str]) -> None: ...
    async def list(self) -> ListResponse: ...
    async def ps(self) -> ListResponse: ...
    async def show(self, model: str) -> ShowResponse: ...
    async def embed(self, model: str, input: str) -> object: ...
    async def generate(
        self, model: str, prompt: str, *, raw: bool = False, options: _Options | None = None
    ) -> GenerateResponse: ...
    @overload
    async def chat(
        self, model: str, messages: _Messages, *, stream: Literal[True], options: _Options | None = None
    ) -> AsyncIterator[ChatResponse]: ...
    @overload
    async def chat(
        self,
        model: str,
        messages: _Messages,
        *,
        tools: Sequence[Mapping[str, object]] | None = None,
        format: str | Mapping[str, object] | None = None,
        options: _Options | None = None,
    ) -> ChatResponse: ...
