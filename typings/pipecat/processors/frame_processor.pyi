from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeVar

from pipecat.frames.frames import Frame

_F = TypeVar("_F", bound=Callable[..., Awaitable[None]])

class FrameDirection(Enum):
    DOWNSTREAM = 1
    UPSTREAM = 2

class FrameProcessor:
    name: str
    def __init__(self, *, name: str | None = None) -> None: ...
    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None: ...
    async def push_frame(self, frame: Frame, direction: FrameDirection) -> None: ...
    def event_handler(self, event_name: str) -> Callable[[_F], _F]: ...
