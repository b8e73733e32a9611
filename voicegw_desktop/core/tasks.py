"""Ending the tasks that work for a client."""

from __future__ import annotations

import asyncio


async def stop_task(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait for its end; nothing for None, for a task that is over, or for the calling task."""
    if task is not None and task is not asyncio.current_task():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def finished(task: asyncio.Task[None]) -> None:
    """Wait for a task that another one may cancel, and raise its error: its cancellation is not the waiting task's."""
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
