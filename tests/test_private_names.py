"""Names that other packages keep private and this program uses: an update that takes one away fails here.

The pins in pyproject.toml keep these packages within the versions that the names were read from.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp.web_protocol import RequestHandler
from livekit.agents import stt, tts
from livekit.agents.utils import ConnectionPool
from livekit.plugins import openai

pytestmark = pytest.mark.unit


def missing(owner: Any, *names: str) -> list[str]:
    """The names that neither the object has nor its class sets on itself."""
    source = inspect.getsource(owner if inspect.isclass(owner) else type(owner))
    return [name for name in names if not hasattr(owner, name) and f"self.{name}" not in source]


def test_names_of_aiohttp() -> None:
    # sockets/http/guards.py: limits for each connection, which aiohttp has no public hook for
    handler = (
        "_current_request",
        "_force_close",
        "_loop",
        "_manager",
        "_messages",
        "_next_keepalive_close_time",
        "_payload_parser",
        "_request_count",
    )
    assert missing(RequestHandler, *handler) == []
    assert missing(web.Server, "_kwargs", "_loop") == []
    assert missing(web.AppRunner, "_make_server") == []
    assert missing(web.AppRunner(web.Application()), "_kwargs") == []
    assert missing(web.Application, "_handle", "_make_request") == []
    # sockets/http/tls.py starts a site whose connections have a place before their handshake is over
    assert missing(web.TCPSite, "_backlog", "_host", "_port", "_reuse_address", "_runner", "_server") == []
    request = make_mocked_request("GET", "/")
    # sockets/http/guards.py reads the address as sent; gate.py routes a request again by its path's meaning
    assert missing(request, "_message", "_match_info") == []
    # sockets/http/websocket.py
    assert missing(web.WebSocketResponse, "_req") == []


def test_names_of_asyncio() -> None:
    # app/loop.py runs handles itself
    assert missing(asyncio.Handle, "_run") == []
    loop = asyncio.new_event_loop()
    try:
        assert missing(loop.call_later(1, print), "_scheduled", "_run") == []
    finally:
        loop.close()


def test_names_of_livekit() -> None:
    # inference/: the sessions of agents call these on what they are given; providers/cloud.py: ending an utterance
    assert missing(stt.RecognizeStream, "_task") == []
    assert missing(tts.ChunkedStream, "_synthesize_task") == []
    assert missing(tts.SynthesizeStream, "_task") == []
    assert missing(stt.STT, "_push_conversation_item", "_update_session_keyterms") == []
    assert missing(tts.TTS, "_set_expressive") == []
    assert missing(ConnectionPool, "_drain_to_close") == []


def test_the_client_of_chat_plugins_takes_hooks() -> None:
    # inference/_accounts.py counts the bytes of a chat's body where the plugin's HTTP client sends them
    plugin = openai.LLM(model="m", api_key="k", base_url="http://127.0.0.1:9/v1")
    assert "request" in plugin._client._client.event_hooks
