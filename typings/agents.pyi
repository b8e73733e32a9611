from collections.abc import AsyncIterator, Callable, Sequence

from openai import AsyncOpenAI

class _Model:
    def __init__(self, *, model: str, openai_client: AsyncOpenAI) -> None: ...

class OpenAIChatCompletionsModel(_Model): ...
class OpenAIResponsesModel(_Model): ...

class ModelSettings:
    def __init__(self, *, max_tokens: int, tool_choice: str | None = None) -> None: ...

class _Tool: ...

def function_tool(function: Callable[[str], str]) -> _Tool: ...
def set_tracing_disabled(disabled: bool) -> None: ...

class Agent:
    model: _Model
    def __init__(
        self,
        *,
        name: str,
        instructions: str,
        model: _Model,
        model_settings: ModelSettings,
        tools: Sequence[_Tool] = ...,
        tool_use_behavior: str = ...,
    ) -> None: ...

class _Event:
    type: str

class _Result:
    final_output: object
    def stream_events(self) -> AsyncIterator[_Event]: ...

class Runner:
    @staticmethod
    async def run(agent: Agent, input: str) -> _Result: ...
    @staticmethod
    def run_streamed(agent: Agent, input: str) -> _Result: ...
