from typing import TypeVar

from homeassistant.config_entries import ConfigEntries

_T = TypeVar("_T")

class _Data:
    def __getitem__(self, key: type[_T]) -> _T: ...

class Config:
    config_dir: str
    language: str
    skip_pip: bool

class Context: ...

class HomeAssistant:
    config: Config
    config_entries: ConfigEntries
    data: _Data
    def __init__(self, config_dir: str) -> None: ...
    async def async_start(self) -> None: ...
    async def async_stop(self, *, force: bool = False) -> None: ...
    async def async_block_till_done(self) -> None: ...
