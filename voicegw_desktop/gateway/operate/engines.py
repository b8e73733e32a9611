"""Operations on the local engines' processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest, NotFound, did_you_mean
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.text import counted
from voicegw_desktop.core.typed import Record, record, records, whole
from voicegw_desktop.engines.status import ALIVE, State
from voicegw_desktop.gateway.operate.table import Param, operation, preview
from voicegw_desktop.gateway.operate.usage import plain_record

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

MODALITIES = ("stt", "llm", "tts")
"""The store also holds models that other engines use, such as Smart Turn: no engine of their own."""
NAME = Param("name", "string", "provider/model, as in whisper/base.", required=True)


@operation("list_engines", "GET", "/v1/engines", verb="engines list")
async def list_engines(gateway: Gateway, only: str | None = None) -> Record:
    """Engines here and elsewhere: state, memory, threads; and how the cores are shared."""
    found = await gateway.engines.survey()
    seen = {status.name: plain_record(status) for status in found if only is None or status.project in (None, only)}
    for model in await asyncio.to_thread(gateway.models.list):
        if model.installed and model.modality in MODALITIES:
            seen.setdefault(model.id, {"name": model.id, "state": "stopped"})
    return {
        "engines": [seen[name] for name in sorted(seen)],
        "threads": gateway.engines.assignment(),
        "memory_limit": gateway.engines.memory_limit,
    }


@operation("start_engine", "POST", "/v1/engines/start", NAME, verb="engines start", live=True)
async def start_engine(gateway: Gateway, name: str) -> Record:
    """Load an engine now."""
    _check_ours(gateway, name)
    await gateway.engines.start(name)
    return {"engine": _one(gateway, name)}


@operation("stop_engine", "POST", "/v1/engines/stop", NAME, verb="engines stop", destructive=True, live=True)
async def stop_engine(gateway: Gateway, name: str, confirm: bool = False, only: str | None = None) -> Record:
    """Unload an engine and give its memory back."""
    _check_ours(gateway, name)
    known = {str(engine["name"]): engine for engine in records((await list_engines(gateway, only))["engines"])}
    if name not in known:
        hint = did_you_mean(name, known)
        raise NotFound(f'No engine "{name}" runs or is installed here.{hint} `voicegw engines list` shows them.')
    if not confirm:
        return preview(_would_stop(name, known[name]), engine=_one(gateway, name))
    await gateway.engines.stop(name)
    return {"engine": _one(gateway, name)}


def _would_stop(name: str, engine: Record) -> str:
    """What stopping it does now; `engine` as lists show it."""
    state, streams = str(engine["state"]), whole(engine.get("streams")) or 0
    if state not in ALIVE:
        return f"do nothing: {name} is not loaded"
    if record(engine.get("info")).get("owned") is False:
        return f"do nothing: {name} was not started by this program; end it where it runs"
    if streams:
        return f"stop {name}; {counted(streams, 'request')} that it serves now would fail"
    if state in (State.STARTING, State.LOADING):
        return f"stop {name}, which is loading; requests that wait for it would fail"
    if PROVIDERS[name.partition("/")[0]].server:
        # what such a server does for others is not known here
        return f"stop {name}; requests that it serves now would fail"
    return f"stop {name}, which serves nothing now"


def _check_ours(gateway: Gateway, name: str) -> None:
    provider = name.partition("/")[0]
    # the file may give a server the name of an engine
    if gateway.engines.is_remote(name) or (gateway.engines.is_remote(provider) and not _is_engine(provider)):
        raise BadRequest(f'"{provider}" is a server of your own: start or stop it where it runs.', param="name")


def _is_engine(name: str) -> bool:
    entry = PROVIDERS.get(name)
    return entry is not None and entry.engine


def _one(gateway: Gateway, name: str) -> Record:
    running = (plain_record(status) for status in gateway.engines.status() if status.name == name)
    return next(running, {"name": name, "state": "stopped"})
