"""What Deepgram's doors have in common: names, numbers and encodings of a query, words, errors in that form."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.events import Word
from voicegw_desktop.engines.lease import Leases
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.audio.containers import LiveAudio
from voicegw_desktop.sockets.provider_form import ProviderForm

MESSAGE_LIMIT = 4 * 1024 * 1024  # bytes
TEXT_LIMIT = 20_000  # characters of one message
RATES = range(8_000, 48_001)  # samples per second
LAWS: dict[str, g711.Law] = {"mulaw": "pcmu", "alaw": "pcma"}
LINEAR = ("linear16", "pcm_s16le")
CONTAINED = ("flac", "opus", "ogg-opus", "mp3", "aac", "webm")
"""Encodings that arrive in a container, which tells the rest itself."""
PHONE_RATE = 8_000  # samples per second of companded audio where the query does not say


FORM = ProviderForm("deepgram")


def error_form(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """Deepgram's words beside the one error shape."""
    error = body["error"]
    code = str(error["code"] or error["type"]).upper()
    return {"err_code": code, "err_msg": error["message"], "request_id": str(uuid.uuid4()), **body}


def kind_of(message: Mapping[str, object]) -> str:
    """The `type` of a client's message; raises BadRequest where it has none that is a text."""
    kind = message.get("type")
    if not isinstance(kind, str):
        raise BadRequest('A message needs a "type", which is a text.')
    return kind


def number(text: str, param: str) -> int:
    """A whole number of the query."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not value.is_integer():
        raise BadRequest(f'{param} "{text[:40]}" is not a whole number.', param=param)
    return int(value)


def decimal(text: str, param: str, low: float, high: float) -> float:
    """A number of the query between two."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise BadRequest(f'{param} "{text[:40]}" must be a number from {low:g} to {high:g}.', param=param)
    return value


def rate_of(request: web.Request, default: int) -> int:
    """The query's `sample_rate` in Hz, `default` without one; companded audio then has the telephone's.

    Raises BadRequest when it is not a usable number.
    """
    usual = PHONE_RATE if encoding_of(request) in LAWS else default
    rate = number(request.query.get("sample_rate") or str(usual), "sample_rate")
    if rate not in RATES:
        raise BadRequest(f"sample_rate {rate} is not served; send 8000 to 48000.", param="sample_rate")
    return rate


def encoding_of(request: web.Request) -> str | None:
    """The query's `encoding` in lower case; None without one."""
    return request.query.get("encoding", "").strip().lower() or None


def law_of(request: web.Request) -> g711.Law | None:
    """The companding that `encoding` of live audio names; None for plain samples and containers."""
    encoding = encoding_of(request) or "linear16"
    if encoding in LAWS:
        return LAWS[encoding]
    if encoding not in (*LINEAR, *CONTAINED):
        known = ", ".join((LINEAR[0], *LAWS, *CONTAINED))
        raise BadRequest(
            f'encoding "{encoding[:40]}" is not served live; send {known}, or a container without `encoding`.',
            param="encoding",
        )
    return None


def live_audio(
    request: web.Request,
    pool: Leases,
    rate: int,
    push: Callable[[bytes], Awaitable[Any]],
    failed: Callable[[VoiceGatewayError], Awaitable[None]],
) -> LiveAudio:
    """What the client's binary messages are, by `encoding`, or by their first bytes where that is not given."""
    encoding = encoding_of(request)
    contained = encoding in CONTAINED
    return LiveAudio(
        pool, rate, push, failed, law=law_of(request), sniffed=encoding is None or contained, samples=not contained
    )


def check_channels(request: web.Request) -> None:
    """One channel is all that is served."""
    if request.query.get("channels", "1") != "1":
        raise BadRequest("Only one channel is served; send mono.", param="channels")


def keyterms_of(request: web.Request) -> tuple[str, ...]:
    """`keyterm`, and the older `keywords` without their weights."""
    query = request.query
    return tuple(query.getall("keyterm", []) + [k.partition(":")[0] for k in query.getall("keywords", [])])[:100]


def new_id() -> str:
    """A request's id in the provider's style."""
    return str(uuid.uuid4())


def model_info(model: str) -> dict[str, str]:
    """What a result says about its model."""
    return {"name": model, "version": "voicegateway", "arch": model.partition("-")[0]}


def request_metadata(model: str) -> dict[str, Any]:
    """What every result of one connection carries."""
    return {"request_id": new_id(), "model_info": model_info(model), "model_uuid": _uuid(model)}


def _uuid(model: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, model))


def model_names(model: str) -> dict[str, str]:
    """The names by which Deepgram's clients know a speech model."""
    return {"model_name": model, "model_version": "voicegateway", "model_uuid": _uuid(model)}


def alternative(text: str, words: Iterable[Word], language: str | None = None) -> dict[str, Any]:
    """One transcript with its words; `language` where it was to be found out."""
    words = list(words)
    found: dict[str, Any] = {
        "transcript": text.strip(),
        "confidence": round(min((w.confidence for w in words), default=1.0 if text.strip() else 0.0), 3),
        "words": [
            {
                "word": w.text.strip().strip(".,!?;:").lower(),
                "punctuated_word": w.text.strip(),
                "start": round(w.start_s, 3),
                "end": round(w.end_s, 3),
                "confidence": round(w.confidence, 3),
                **({} if w.speaker is None else {"speaker": w.speaker}),
            }
            for w in words
        ],
    }
    if language:
        found["languages"] = [language]
    return found


def short_id() -> str:
    """For turns of speech."""
    return f"dg_sp_{secrets.token_hex(6)}"
