from collections.abc import Callable
from typing import TypedDict

# what PortAudio lends is used as a memoryview
_Call = Callable[[memoryview, int, object, object], None]

class PortAudioError(Exception): ...

class DeviceInfo(TypedDict):
    name: str
    index: int
    max_input_channels: int
    max_output_channels: int
    default_samplerate: float

class _Default:
    device: tuple[int, int]

default: _Default

class _RawStream:
    active: bool
    latency: float
    def __init__(
        self,
        *,
        device: int,
        channels: int,
        dtype: str,
        samplerate: int,
        latency: str,
        blocksize: int,
        callback: _Call,
    ) -> None: ...
    def start(self) -> None: ...
    def abort(self, ignore_errors: bool = True) -> None: ...
    def close(self, ignore_errors: bool = True) -> None: ...

class RawInputStream(_RawStream): ...
class RawOutputStream(_RawStream): ...

def query_devices() -> list[DeviceInfo]: ...
def check_input_settings(*, device: int, channels: int, dtype: str, samplerate: int) -> None: ...
def check_output_settings(*, device: int, channels: int, dtype: str, samplerate: int) -> None: ...
def _initialize() -> None: ...
def _terminate() -> None: ...
