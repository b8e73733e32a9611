from collections.abc import AsyncIterator, Mapping, Sequence

from langchain_core.messages import AIMessage, BaseMessage

class _Structured:
    async def ainvoke(self, input: str) -> dict[str, AIMessage]: ...

class ChatOllama:
    def __init__(
        self,
        *,
        model: str,
        base_url: str,
        client_kwargs: Mapping[str, object],
        temperature: float,
        num_predict: int,
        validate_model_on_init: bool = False,
    ) -> None: ...
    async def ainvoke(self, input: str | Sequence[BaseMessage]) -> AIMessage: ...
    def astream(self, input: str) -> AsyncIterator[AIMessage]: ...
    def with_structured_output(
        self, schema: Mapping[str, object], *, method: str, include_raw: bool
    ) -> _Structured: ...
