"""A changed configuration reaches loaded engines: at once where nothing has to be loaded again, else when idle next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.engines.lease import EngineSpec
from voicegw_desktop.engines.specs import Specs
from voicegw_desktop.engines.status import ALIVE
from voicegw_desktop.engines.supervisor import Engine

Given = Mapping[str, tuple[Mapping[str, Any], Mapping[str, str]]]
"""Engine → the options and secrets that a caller gave it."""


def follow(engines: Iterable[Engine], specs: Specs, given: Given, load_again: Callable[[str], None]) -> None:
    """Give each engine the spec that holds now; `load_again` is called for one that stays for ever, once it is free."""
    quiet = replace(specs, bus=EventBus())
    for engine in engines:
        if engine.state not in ALIVE:
            continue
        old = engine.spec
        try:
            new = quiet.make(old.provider, old.model, *given.get(old.name, ({}, {})))
        except VoiceGatewayError:
            # disabled, or its model is gone: the next request is told so
            new = None
        if new is None:
            engine.retire(None)
        elif _loaded_alike(old, new):
            engine.adopt(new)
        else:
            stays = engine.keep_alive is None or old.model in specs.preloaded(old.provider)
            engine.retire(new, partial(load_again, old.name) if stays else None)


def _loaded_alike(old: EngineSpec, new: EngineSpec) -> bool:
    """Whether only settings that the supervisor itself reads have changed."""
    same = {name: getattr(old, name) for name in ("keep_alive", "load_timeout", "hang_timeout")}
    return replace(new, **same) == old
