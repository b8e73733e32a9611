"""What every local engine can be told in its section `engines.<name>`."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from voicegw_desktop.config.section import Section
from voicegw_desktop.config.units import KeepAlive

DEFAULT_KEEP_ALIVE = "5m"


class EngineConfig(Section):
    """How one local engine runs; keys beyond these go to the engine as options."""

    model_config = ConfigDict(extra="allow")

    enabled: bool = True
    """False: it is never started."""
    keep_alive: KeepAlive | None = None
    """How long it stays when idle; none: `engines.keep_alive`."""
    threads: int | None = Field(default=None, gt=0, le=1024)
    """None: the arbiter assigns."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda`, `metal`"""
    compute_type: str = "auto"
    """`auto`, `int8`, `float16`, `float32`, ... as the engine knows them."""
    preload: list[str] = Field(default=[])
    """Models to load when the program starts."""
