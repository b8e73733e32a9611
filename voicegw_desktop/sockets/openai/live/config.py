"""What `session.start` and `session.update` of a Live session may say, and what that means for a Realtime session.

The protocol refuses fields that it does not know. What it knows and what cannot be composed of a recogniser, a model
and a voice is refused by its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.typed import Record, is_list, record
from voicegw_desktop.sockets.openai.realtime.fields import only

DEFAULT_VOICE = "marin"
MOST_ITEMS = 128  # messages of startup history
FORMATS = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
"""Format → samples per second."""
SESSION = ("model", "instructions", "input", "audio", "delegation", "safety_identifier", "store")
NOT_COMPOSED = {
    "client": "it belongs to WebRTC sessions",
    "triggers": "nothing here runs decisions",
}
RESPONSES = (
    "model", "instructions", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text", "service_tier",
    "max_output_tokens",
)  # fmt: skip
PASSED = ("tools", "tool_choice", "parallel_tool_calls", "reasoning", "max_output_tokens")
"""Settings of the backend that are the Realtime session's own."""


class LiveConfig:
    """A session's configuration, as it was asked for."""

    def __init__(self, session: object) -> None:
        """Raises BadRequest with the field's path."""
        given = only(session, (*SESSION, *NOT_COMPOSED), "session")
        for name, why in NOT_COMPOSED.items():
            if given.get(name):
                raise _not_composed(f"session.{name}", why)
        if given.get("store"):
            raise _not_composed("session.store", "sessions are not recorded")
        self.model = _text(given, "model", "session")
        if not self.model:
            raise BadRequest("session.model is required.", param="session.model", code="missing_required_parameter")
        self.instructions = _text(given, "instructions", "session")
        self.items = _items(given.get("input"))
        audio = only(given.get("audio") or {}, ("format", "output"), "session.audio")
        self.format = _format(audio.get("format"))
        output = only(audio.get("output") or {}, ("voice",), "session.audio.output")
        voice = output.get("voice") or DEFAULT_VOICE
        self.voice: str | Record = (
            voice if isinstance(voice, str) else only(voice, ("id",), "session.audio.output.voice")
        )
        self.target, self.backend = _delegation(given.get("delegation"))
        self.appended: list[str] = []
        """Instructions that came later."""
        if self.target == "responses" and not self.backend.get("model"):
            path = "session.delegation.responses.model"
            raise BadRequest(f"{path} is required.", param=path, code="missing_required_parameter")

    @property
    def answered_by(self) -> str:
        """The name of the model that answers: the one that work is handed to, where there is one."""
        return str(self.backend.get("model") or self.model)

    @property
    def model_path(self) -> str:
        """The path of that name."""
        return "session.delegation.responses.model" if self.backend.get("model") else "session.model"

    @property
    def spoken_as(self) -> str:
        """The instructions of an answer: those of the voice, of the model behind it, and what was added since."""
        parts = (self.instructions, str(self.backend.get("instructions") or ""), *self.appended)
        return "\n\n".join(part for part in parts if part)

    def update(self, session: object) -> None:
        """Merge a `session.update`; raises BadRequest and changes nothing then."""
        given = only(session, ("delegation", "triggers"), "session")
        if given.get("triggers"):
            raise _not_composed("session.triggers", NOT_COMPOSED["triggers"])
        if given.get("delegation") is None:
            return
        target, backend = _delegation(given["delegation"])
        if target != self.target:
            raise BadRequest(
                f'session.delegation.type is "{self.target}" since the start and cannot become "{target}".',
                param="session.delegation.type",
            )
        self.backend = {**self.backend, **backend}

    def realtime(self) -> Record:
        """The settings of the Realtime session that serves this one."""
        settings: Record = {
            "type": "realtime",
            "instructions": self.spoken_as,
            "audio": {
                "input": {"format": dict(self.format), "transcription": {"model": "whisper-1"}},
                "output": {"format": dict(self.format), "voice": self.voice},
            },
        }
        if self.target == "responses":
            settings |= {name: self.backend[name] for name in PASSED if self.backend.get(name) is not None}
        return settings

    def public(self, session_id: str, expires_at: int) -> Record:
        """The session as events show it."""
        shown: Record = {
            "id": session_id,
            "status": "active",
            "expires_at": expires_at,
            "model": self.model,
            "instructions": self.instructions,
            "audio": {"format": self.format, "output": {"voice": self.voice}},
        }
        if self.target == "responses":
            shown["delegation"] = {"type": "responses", "responses": self.backend}
        return shown


def renamed(error: VoiceGatewayError, config: LiveConfig) -> VoiceGatewayError:
    """An error about the Realtime session's settings, with the path that they have here."""
    if error.param == "session.model":
        error.param = config.model_path
    for name in PASSED:
        path = f"session.{name}"
        if (error.param or "").startswith(path):
            here = f"session.delegation.responses.{name}"
            return BadRequest(
                error.message.replace(path, here), param=(error.param or "").replace(path, here), code=error.code
            )
    return error


def _not_composed(path: str, why: str) -> BadRequest:
    return BadRequest(f"{path} is not served here: {why}.", param=path, code="unsupported_parameter")


def _text(given: Mapping[str, object], name: str, path: str) -> str:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{path}.{name} must be text.", param=f"{path}.{name}")
    return value or ""


def _format(given: object) -> Record:
    path = "session.audio.format"
    if given is None:
        return {"type": "audio/pcm", "rate": 24_000}
    fmt = only(given, ("type", "rate"), path)
    kind = fmt.get("type")
    if not isinstance(kind, str) or kind not in FORMATS:
        raise BadRequest(f"{path}.type must be one of {', '.join(FORMATS)}.", param=f"{path}.type")
    if fmt.get("rate") not in (None, FORMATS[kind]):
        raise BadRequest(f"{path}.rate must be {FORMATS[kind]} for {kind} here.", param=f"{path}.rate")
    return {"type": kind, "rate": FORMATS[kind]}


def _items(given: object) -> list[Record]:
    """Startup history as Realtime items."""
    if given is None:
        return []
    path = "session.input"
    if not is_list(given) or len(given) > MOST_ITEMS:
        raise BadRequest(f"{path} must be a list of at most {MOST_ITEMS} messages.", param=path)
    found: list[Record] = []
    for i, value in enumerate(given):
        item = only(value, ("type", "role", "content"), f"{path}[{i}]")
        role = item.get("role")
        content = item.get("content")
        if item.get("type", "message") != "message" or role not in ("developer", "user", "assistant"):
            raise BadRequest(
                f"{path}[{i}] must be a message of the role developer, user or assistant.", param=f"{path}[{i}]"
            )
        kind = "output_text" if role == "assistant" else "input_text"
        parts = [record(part) for part in content] if is_list(content) else []
        if len(parts) != 1 or parts[0].get("type") != kind or not isinstance(parts[0].get("text"), str):
            raise BadRequest(f'{path}[{i}].content must be one part of type "{kind}".', param=f"{path}[{i}].content")
        found.append({**item, "type": "message", "role": "system" if role == "developer" else role})
    return found


def _delegation(given: object) -> tuple[str, Record]:
    """(`responses` or `client`, the settings of the backend)."""
    if given is None:
        return "client", {}
    path = "session.delegation"
    asked = only(given, ("type", "responses", "decisions", "acknowledgement_delay_ms"), path)
    kind = asked.get("type")
    if kind == "decisions" or asked.get("decisions"):
        raise _not_composed(f"{path}.decisions", "nothing here runs decisions")
    if kind not in ("responses", "client"):
        raise BadRequest(f"{path}.type must be responses or client.", param=f"{path}.type")
    if kind == "client":
        only(asked, ("type",), path)
        return "client", {}
    backend = only(asked.get("responses") or {}, RESPONSES, f"{path}.responses")
    for name in ("model", "instructions"):
        _text(backend, name, f"{path}.responses")
    return "responses", {name: value for name, value in backend.items() if value is not None}
