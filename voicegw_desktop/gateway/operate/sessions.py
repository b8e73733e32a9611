"""Operations on conversations: the sessions, one of them with its turns, and turns of any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from voicegw_desktop.core.events import StopRequested
from voicegw_desktop.core.typed import records
from voicegw_desktop.gateway.operate.names import check_names, check_project, no_session
from voicegw_desktop.gateway.operate.table import Param, operation
from voicegw_desktop.gateway.operate.usage import (
    PAGE,
    PROJECT,
    limited,
    plain,
    plain_record,
    records_of,
    span,
)
from voicegw_desktop.gateway.quality import MOST, figures
from voicegw_desktop.storage.queries import cursor, session_cursor
from voicegw_desktop.storage.turns import TurnRecord

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

OF = replace(PROJECT, description="Its project; without one, the session of this name that began last.")
NEWEST = Param("limit", "integer", "At most so many of its newest turns and requests.", default=200)
TEXTS = Param("texts", "boolean", "Also what was said, where observability.transcripts kept it.", default=False)


@operation(
    "sessions",
    "GET",
    "/v1/sessions",
    *PAGE,
    tool="list_sessions",
    verb="sessions list",
)
async def sessions(
    gateway: Gateway,
    limit: int = 50,
    before: str | None = None,
    project: str | None = None,
    period: str = "all",
    **limits: str,
) -> dict[str, object]:
    """The latest conversations with their cost, length and failed requests.

    `errors` counts those. `next`, given as `before`, shows older ones.
    """
    storage, when = records_of(gateway), span(gateway, limits, period)
    rows = await storage.list_sessions(limited(limit), project, span=when, before=before)
    check_project(gateway, project, rows or before)
    return {"sessions": plain(rows), "next": session_cursor(rows[-1]) if len(rows) == limit else None}


@operation(
    "session",
    "GET",
    "/v1/sessions/{session_id}",
    Param("session_id", "string", "The session.", required=True),
    OF,
    NEWEST,
    TEXTS,
    tool="get_session",
    verb="sessions show",
)
async def session(
    gateway: Gateway,
    session_id: str,
    project: str | None = None,
    limit: int = 200,
    texts: bool = False,
    only: str | None = None,
) -> dict[str, object]:
    """One conversation: its turns with every stage, and its requests; `logs` and `turns` page through older ones.

    Each project names its own sessions; `other_projects` have one of this name, too.
    """
    storage = records_of(gateway)
    found = await storage.get_session(session_id, limited(limit), project)
    check_project(gateway, project, found)
    if found is None:
        raise no_session(session_id, project, "session_id")
    if only is not None:
        # who sees one project learns nothing of the others
        found["other_projects"] = []
    requests = records(found["requests"])
    turns = await storage.get_turns(limit, str(found["project"]), session_id)
    told = await _told(gateway, turns[::-1], texts)
    return plain_record({**found, "figures": figures(turns, requests), "turns": told, "requests": requests})


@operation(
    "turns",
    "GET",
    "/v1/turns",
    *PAGE,
    Param("session", "string", "Only of this session."),
    TEXTS,
    tool="list_turns",
    verb="turns",
)
async def turns(
    gateway: Gateway,
    limit: int = 50,
    before: str | None = None,
    project: str | None = None,
    session: str | None = None,
    texts: bool = False,
    period: str = "all",
    **limits: str,
) -> dict[str, object]:
    """The latest turns of conversations, stage by stage. `next`, given as `before`, shows older ones."""
    storage, when = records_of(gateway), span(gateway, limits, period)
    found = await storage.get_turns(limited(limit), project, session, span=when, before=before)
    check_project(gateway, project, found or before)
    if not (found or before):
        await check_names(gateway, storage, project, session=session)
    told = await _told(gateway, found, texts)
    answer = {"turns": plain(told), "next": cursor(told[-1], "started_at") if len(told) == limit else None}
    if before is None:
        newest = await storage.get_turns(MOST, project, session, span=when)
        asked = await storage.get_recent_requests(MOST, project, session_id=session, span=when)
        answer["figures"] = figures(newest, asked)
    return answer


@operation(
    "stop_requests",
    "POST",
    "/v1/requests/stop",
    Param("ids", "array", "Of requests that run now.", required=True),
    verb="stop-requests",
    live=True,
    whole=True,
)
async def stop_requests(gateway: Gateway, ids: Sequence[str]) -> dict[str, object]:
    """End requests that run now: clients get the error `request_stopped`; a WebSocket session ends with its request."""
    gateway.bus.publish(StopRequested(tuple(ids)))
    return {"asked_to_stop": list(ids)}


async def _told(gateway: Gateway, turns: list[TurnRecord], texts: bool) -> list[dict[str, object]]:
    told = [turn.to_dict() for turn in turns]
    if texts and told:
        sealed = await records_of(gateway).get_transcripts([turn.id for turn in turns])
        said = await gateway.transcripts.opened(sealed)
        for turn in told:
            turn |= said.get(str(turn["id"]), {})
    return told
