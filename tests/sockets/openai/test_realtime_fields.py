"""A field that no published type of the Realtime API has is refused by its path; each that one has is taken."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest
from openai.types.beta.realtime import response_create_event as beta_response
from openai.types.beta.realtime import session_update_event as beta_session
from openai.types.beta.realtime import transcription_session_update as beta_transcription
from openai.types.beta.realtime.conversation_item import ConversationItem
from openai.types.beta.realtime.conversation_item_content import ConversationItemContent
from openai.types.realtime import (
    ConversationItemCreateEvent,
    RealtimeResponseCreateParams,
    RealtimeSessionCreateRequest,
    RealtimeTranscriptionSessionCreateRequest,
)

from tests.support.realtime_client import USER, Client
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets.openai.realtime import beta, fields, items

pytestmark = pytest.mark.socket

TOOL = {"type": "function", "name": "weather"}


@pytest.mark.parametrize(
    ("session", "path"),
    [
        ({"zz": 1}, "session.zz"),
        ({"zz": None}, "session.zz"),
        ({"audio": {"zz": 1}}, "session.audio.zz"),
        ({"audio": {"input": {"zz": 1}}}, "session.audio.input.zz"),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "zz": 1}}}}, "session.audio.input.format.zz"),
        ({"audio": {"input": {"transcription": {"zz": 1}}}}, "session.audio.input.transcription.zz"),
        ({"audio": {"input": {"noise_reduction": {"zz": 1}}}}, "session.audio.input.noise_reduction.zz"),
        (
            {"audio": {"input": {"turn_detection": {"type": "server_vad", "zz": 1}}}},
            "session.audio.input.turn_detection.zz",
        ),
        ({"audio": {"output": {"zz": 1}}}, "session.audio.output.zz"),
        ({"audio": {"output": {"voice": {"id": "alloy", "zz": 1}}}}, "session.audio.output.voice.zz"),
        ({"tools": [TOOL, {**TOOL, "zz": 1}]}, "session.tools[1].zz"),
        ({"reasoning": {"zz": 1}}, "session.reasoning.zz"),
        ({"truncation": {"type": "retention_ratio", "retention_ratio": 0.5, "zz": 1}}, "session.truncation.zz"),
        ({"type": "transcription", "instructions": "Be kind."}, "session.instructions"),
    ],
)
async def test_an_unknown_setting_changes_nothing(client: Client, session: dict[str, Any], path: str) -> None:
    await client.send("session.update", session={"type": "realtime", "instructions": "New.", **session}, event_id="e")
    error = (await client.until("error"))[-1]["error"]
    assert (error["code"], error["param"], error["event_id"]) == ("unknown_parameter", path, "e")
    await client.send("session.update", session={"type": "realtime"})
    assert (await client.until("session.updated"))[-1]["session"]["instructions"] == ""


@pytest.mark.parametrize(
    ("kind", "event", "path"),
    [
        ("response.create", {"response": {"zz": 1}}, "response.zz"),
        ("response.create", {"zz": 1}, "zz"),
        ("response.create", {"response": {"audio": {"output": {"zz": 1}}}}, "response.audio.output.zz"),
        ("response.create", {"response": {"tools": [{**TOOL, "strict": True}]}}, "response.tools[0].strict"),
        ("response.create", {"response": {"input": [{**USER, "zz": 1}]}}, "response.input[0].zz"),
        ("conversation.item.create", {"item": {**USER, "zz": 1}}, "item.zz"),
        ("conversation.item.create", {"item": USER, "after": "root"}, "after"),
        (
            "conversation.item.create",
            {"item": {**USER, "content": [{"type": "input_text", "text": "Hi.", "zz": 1}]}},
            "item.content[0].zz",
        ),
        ("conversation.item.create", {"item": {**USER, "output": "x"}}, "item.output"),
        ("conversation.item.delete", {"item_id": "a", "zz": 1}, "zz"),
        ("input_audio_buffer.append", {"audio": "", "zz": 1}, "zz"),
        ("response.cancel", {"zz": 1}, "zz"),
    ],
)
async def test_an_unknown_field_is_refused(client: Client, kind: str, event: dict[str, Any], path: str) -> None:
    await client.send(kind, **event)
    error = (await client.until("error"))[-1]["error"]
    assert (error["code"], error["param"]) == ("unknown_parameter", path)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("truncation", "zz"),
        ("truncation", {"type": "retention_ratio", "retention_ratio": 2}),
        ("tool_choice", {"type": "mcp", "server_label": "x"}),
        ("tool_choice", {"type": "function"}),
    ],
)
async def test_a_setting_that_cannot_be_kept_is_refused(client: Client, setting: str, value: object) -> None:
    await client.send("session.update", session={"type": "realtime", setting: value})
    assert (await client.until("error"))[-1]["error"]["param"] == f"session.{setting}"


@pytest.mark.parametrize("audio", [{"output": None}, {"input": None}, None])
async def test_sound_that_is_set_to_null_is_refused(client: Client, audio: object) -> None:
    """The session went on without the format of its own voice, which ended the connection."""
    await client.send("session.update", session={"type": "realtime", "audio": audio})
    assert (await client.until("error"))[-1]["error"]["param"].startswith("session.audio")


async def test_what_clients_of_both_versions_send_is_taken(client: Client) -> None:
    flat = {
        "id": "sess_1", "object": "realtime.session", "expires_at": 1, "client_secret": None,
        "modalities": ["text", "audio"], "instructions": "Be kind.", "voice": "verse", "speed": 1.0,
        "input_audio_format": "pcm16", "output_audio_format": "pcm16", "input_audio_noise_reduction": None,
        "input_audio_transcription": {"model": "whisper-1", "language": "en", "prompt": ""},
        "turn_detection": {"type": "semantic_vad", "eagerness": "auto", "threshold": None},
        "temperature": 0.8, "max_response_output_tokens": "inf", "tools": [], "tool_choice": "auto", "tracing": "auto",
    }  # fmt: skip
    await client.send("session.update", session=flat)
    shown = (await client.until("session.updated"))[-1]["session"]
    assert shown["audio"]["output"]["voice"] == "verse"
    # a client may send back what it was told
    await client.send("session.update", session=shown)
    assert (await client.until("session.updated"))[-1]["session"] == shown
    await client.send("conversation.item.create", item={**USER, "call_id": None, "name": None, "output": None})
    item = (await client.until("conversation.item.done"))[-1]["item"]
    await client.send("conversation.item.create", item={**item, "id": "again"})
    await client.until("conversation.item.done")
    asked = {"modalities": ["text"], "temperature": 0.8, "conversation": "none", "metadata": {"a": "b"}}
    await client.send("response.create", response=asked)
    assert (await client.until("response.done"))[-1]["response"]["status"] == "completed"


def written(kind: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Every field of a type, with null for a value."""
    return dict.fromkeys(kind.model_fields)


@pytest.mark.parametrize(
    ("session", "kind"),
    [
        (RealtimeSessionCreateRequest, "realtime"),
        (RealtimeTranscriptionSessionCreateRequest, "transcription"),
        (beta_session.Session, "realtime"),
        (beta_transcription.Session, "transcription"),
    ],
)
def test_every_setting_of_the_published_types_is_known(session: type[pydantic.BaseModel], kind: str) -> None:
    fields.check_session(beta.settings(written(session)), kind)


@pytest.mark.parametrize("answer", [RealtimeResponseCreateParams, beta_response.Response])
def test_every_setting_of_an_answer_is_known(answer: type[pydantic.BaseModel]) -> None:
    fields.check_answer_fields(beta.settings(written(answer), "response"))


def test_every_field_of_an_item_is_known() -> None:
    fields.check_event(written(ConversationItemCreateEvent) | {"type": "conversation.item.create"})
    for kind in fields.ITEMS:
        item = written(ConversationItem) | {"type": kind, "content": [written(ConversationItemContent)]}
        if kind != "message":
            item["content"] = None
        fields.check_item(item, "item")
    with pytest.raises(BadRequest):
        fields.check_item({"type": "message", "zz": None}, "item")


def test_the_items_of_a_conversation_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MOST_CHARACTERS", 1000)

    def item(id: str, *parts: dict[str, object]) -> dict[str, object]:
        return {"id": id, "type": "message", "role": "user", "content": list(parts)}

    def words(count: int) -> dict[str, object]:
        return {"type": "input_text", "text": "a" * count}

    conversation = items.Conversation()
    conversation.add(item("1", words(400)))
    conversation.add(item("2", {"type": "input_image", "image_url": "b" * 400}, words(10)), "root")
    with pytest.raises(BadRequest) as refused:
        conversation.add(item("3", words(200)))
    assert refused.value.code == "conversation_too_long"
    # what is deleted, and pictures that no model here looks at, leave room
    conversation.without_images()
    conversation.add(item("3", words(450)))
    with pytest.raises(BadRequest):
        conversation.add(item("4", words(500)), "1")
    conversation.delete("1")
    conversation.add(item("4", words(400)), "3")
    assert len(conversation) == 3
