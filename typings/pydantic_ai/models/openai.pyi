from pydantic_ai.providers.openai import OpenAIProvider

class OpenAIChatModel:
    def __init__(self, name: str, *, provider: OpenAIProvider) -> None: ...

class OpenAIResponsesModel:
    def __init__(self, name: str, *, provider: OpenAIProvider) -> None: ...
