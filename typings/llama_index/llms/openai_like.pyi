from collections.abc import AsyncIterator, Sequence

from llama_index.core.llms import ChatMessage

class _Chat:
    message: ChatMessage
    delta: str | None

class _Completion:
    text: str

class OpenAILike:
    def __init__(
        self, *, model: str, api_base: str, api_key: str, is_chat_model: bool, max_tokens: int, max_retries: int
    ) -> None: ...
    async def achat(self, messages: Sequence[ChatMessage]) -> _Chat: ...
    async def astream_chat(self, messages: Sequence[ChatMessage]) -> AsyncIterator[_Chat]: ...
    async def acomplete(self, prompt: str) -> _Completion: ...
