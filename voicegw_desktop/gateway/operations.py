"""Every operation of the gateway, once: CLI, HTTP, MCP and tray all go through `run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from voicegw_desktop.gateway.operate import (
    baselines,
    budgets,
    config,
    engines,
    invoices,
    keys,
    migration,
    models,
    packs,
    prices,
    projects,
    providers,
    routes,
    secrets,
    sessions,
    settings,
    sound,
    storage,
    updates,
    usage,
)
from voicegw_desktop.gateway.operate.table import OPERATIONS, Answer, Operation, Param, find

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

__all__ = ["OPERATIONS", "Answer", "Operation", "Param", "find", "run"]

_SUBJECTS = (
    baselines,
    budgets,
    config,
    engines,
    invoices,
    keys,
    migration,
    models,
    packs,
    prices,
    projects,
    providers,
    routes,
    secrets,
    sessions,
    settings,
    sound,
    storage,
    updates,
    usage,
)


async def run(
    gateway: Gateway,
    name: str,
    params: Mapping[str, object] | None = None,
    *,
    source: str = "api",
    only: str | None = None,
) -> Answer:
    """Check the parameters, do it, note changes in the audit log; raises VoiceGatewayError with a sentence.

    `source` says who asked: `cli`, `api`, `mcp` or `app`. `only` is the project a caller is limited to: it sees and
    changes that project and the machine's settings, and no other project; None: no limit.
    """
    operation = find(name)
    taken = operation.take(params or {})
    answer = await operation.call(gateway, **(taken if only is None else operation.narrowed(taken, only)))
    changed = not operation.read_only and not answer.get("preview")
    if changed and gateway.storage is not None:
        secret = {p.name for p in operation.params if p.secret}
        shown = {k: v for k, v in taken.items() if k not in secret and k != "confirm"}
        entity = next((str(v) for k, v in taken.items() if f"{{{k}" in operation.path), "")
        await gateway.storage.log_audit_event(
            entity_type=operation.verb.split()[0],
            entity_id=entity,
            action=operation.name,
            changes=shown,
            source=source,
        )
    return answer
