"""Gives an error the form of the wire that its path belongs to, whether the gate, a handler or the end raised it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from voicegw_desktop.core.registry import resolve

Form = Callable[[int, Mapping[str, Any]], dict[str, Any]]
"""Takes a status and the one error shape; gives the body in one wire's form."""
_FORM = web.RequestKey("voicegw.error_form", str)


def choose(request: web.Request, forms: Mapping[str, str]) -> None:
    """Remember the form of this request's errors; `forms`: beginning of a path → `module:function` of a Form."""
    request[_FORM] = next((form for start, form in forms.items() if request.path.startswith(start)), "")


def in_form(request: web.BaseRequest, status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """The one error shape in the form of this request's wire."""
    if not (reference := request.get(_FORM)):
        return dict(body)
    form: Form = resolve(reference)
    return form(status, body)


def reworded(request: web.BaseRequest, response: web.StreamResponse) -> web.StreamResponse:
    """An answer of the gate: its error in the form of this request's wire."""
    if isinstance(response, web.Response) and response.status >= 400 and response.text:
        response.text = json.dumps(in_form(request, response.status, json.loads(response.text)))
    return response
