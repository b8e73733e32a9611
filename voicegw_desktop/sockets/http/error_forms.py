"""Gives an error the form of the wire of its path, else of its client, wherever in the server it was raised."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from voicegw_desktop.core.descriptor import Door
from voicegw_desktop.core.registry import resolve

Form = Callable[[int, Mapping[str, Any]], dict[str, Any]]
"""Takes a status and the one error shape; gives the body in one wire's form."""
_DOORS = web.RequestKey("voicegw.error_forms", Sequence[Door])


def offer(request: web.Request, doors: Sequence[Door]) -> None:
    """Give this request's errors the choice of the forms of these doors."""
    request[_DOORS] = doors


def door_of(request: web.BaseRequest) -> Door | None:
    """The door that the request's path belongs to, else its client; None: one without a form of its own."""
    doors: Sequence[Door] = request.get(_DOORS, ())
    for door in doors:
        if request.path.startswith(door.error_paths):
            return door
    return next((door for door in doors if door.is_asked_by(request.headers)), None)


def in_form(request: web.BaseRequest, status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """The one error shape in the form of this request's wire."""
    door = door_of(request)
    if door is None or door.errors is None:
        return dict(body)
    form: Form = resolve(door.errors)
    return form(status, body)


def reworded(request: web.BaseRequest, response: web.StreamResponse) -> web.StreamResponse:
    """An answer of the gate: its error in the form of this request's wire."""
    if isinstance(response, web.Response) and response.status >= 400 and response.text:
        response.text = json.dumps(in_form(request, response.status, json.loads(response.text)))
    return response
