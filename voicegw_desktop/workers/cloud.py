"""The cloud worker: one process that hosts LiveKit's plugins and serves their speech on the workers' wire."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from typing import Any

from voicegw_desktop.core.errors import (
    BadRequest,
)
from voicegw_desktop.core.outgoing import Outgoing
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.core.registry import create_provider
from voicegw_desktop.engines.wire import Event
from voicegw_desktop.providers.cloud import close
from voicegw_desktop.workers.cloud_answers import WatchedSocket, tracing, watch
from voicegw_desktop.workers.cloud_order import Order
from voicegw_desktop.workers.harness import Connection, Job

log = logging.getLogger(__name__)

KEPT = 16  # plugins kept with their open connections


class CloudWorker:
    """The worker that the harness runs."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._plugins: OrderedDict[str, Any] = OrderedDict()
        self._serving: dict[asyncio.Task[Any] | None, str] = {}
        """The plugin that each stream under way uses."""
        self._http: dict[Zone, Outgoing] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    def load(self) -> Mapping[str, Any]:
        """Nothing to load: a plugin is imported by its first use."""
        return {"device": "network", "compute_type": "", "why": "the models run at their providers"}

    def http(self, zone: Zone) -> Outgoing:
        """The connection pool for all plugins that take one and whose provider lies in `zone`."""
        if zone not in self._http:
            self._http[zone] = Outgoing(zone, traces=[tracing()], ws_response_class=WatchedSocket)
        return self._http[zone]

    def plugin(self, order: Order, modality: str, **options: Any) -> Any:
        """A plugin for this order, shared with orders like it so that its connections are reused."""
        at = order.identity(modality, options)
        found = self._plugins.pop(at, None)
        if found is None:
            provider = create_provider(order.name, {**order.settings, "type": order.kind, "api_key": order.key})
            make = provider.create_stt if modality == "stt" else provider.create_tts
            found = make(order.model, http_session=self.http(provider.zone), **options)
            watch(found)
        self._plugins[at] = found
        self._serving[asyncio.current_task()] = at
        return found

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that outlives the stream it belongs to."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Close the plugins used longest ago, but none that a stream uses: that would end the stream."""
        idle = [at for at in self._plugins if at not in self._serving.values()]
        for at in idle[: max(0, len(self._plugins) - KEPT)]:
            if at in self._plugins and at not in self._serving.values():
                await close(self._plugins.pop(at))

    def work(self) -> tuple[int, int]:
        """None: nothing is computed here, so a stream without events waits for its provider and is ended alone."""
        return 0, 0

    async def handle(self, first: Event, conn: Connection) -> None:
        """Serve one stream."""
        order = Order(first.data)
        try:
            if first.type == "transcribe":
                # numpy and LiveKit's speech classes are loaded for the first stream that needs them
                from voicegw_desktop.workers.cloud_stt import transcribe

                await transcribe(self, order, first, conn)
            elif first.type in ("synthesize", "synthesize-start"):
                from voicegw_desktop.workers.cloud_tts import speak

                await speak(self, order, first, conn)
            else:
                raise BadRequest(f'The cloud worker does not know "{first.type}".', code="bad_wire")
        except ConnectionError:
            raise
        except Exception as error:
            log.info("%s/%s failed: %s", order.name, order.model, type(error).__name__)
            raise order.failed(error) from None
        finally:
            self._serving.pop(asyncio.current_task(), None)
        await self.settle()


def create(job: Job) -> CloudWorker:
    """The worker for `job`; called in the main thread, where LiveKit wants its plugins imported."""
    return CloudWorker(job)
