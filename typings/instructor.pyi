from collections.abc import Sequence
from enum import Enum

from openai import AsyncOpenAI

class Mode(Enum): ...

class AsyncInstructor:
    async def create(
        self, *, model: str, response_model: type[object], messages: Sequence[dict[str, str]], max_retries: int
    ) -> object: ...

def from_openai(client: AsyncOpenAI, *, mode: Mode) -> AsyncInstructor: ...
