from collections.abc import AsyncIterator, Sequence
from typing import BinaryIO, Literal, overload

class _Message:
    content: str | None

class _Choice:
    message: _Message
    delta: _Message

class _Answer:
    choices: list[_Choice]

class _Responses:
    output: list[object]

class _Transcription:
    text: str

class _Speech:
    content: bytes

@overload
async def acompletion(
    *, model: str, messages: Sequence[dict[str, str]], max_tokens: int, api_base: str, api_key: str
) -> _Answer: ...
@overload
async def acompletion(
    *,
    model: str,
    messages: Sequence[dict[str, str]],
    max_tokens: int,
    api_base: str,
    api_key: str,
    stream: Literal[True],
) -> AsyncIterator[_Answer]: ...
async def aresponses(*, model: str, input: str, max_output_tokens: int, api_base: str, api_key: str) -> _Responses: ...
async def atranscription(*, model: str, file: BinaryIO, api_base: str, api_key: str) -> _Transcription: ...
async def aspeech(
    *, model: str, voice: str, input: str, response_format: str, api_base: str, api_key: str
) -> _Speech: ...
