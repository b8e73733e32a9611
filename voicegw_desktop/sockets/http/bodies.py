"""Bodies as they are received: JSON, forms and streams, each within its bounds."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO, Any, cast

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web

from voicegw_desktop.core.errors import BadRequest, PayloadTooLarge, VoiceGatewayError
from voicegw_desktop.core.text import check_text, loads
from voicegw_desktop.sockets.http.limits import MIB, Limits

SPOOL_IN_MEMORY = 4 * MIB  # bytes of an upload kept in memory before it goes to a temporary file
FIELD_LIMIT = 64 * 1024  # bytes of a form field that is not a file


class RequestTooSlow(VoiceGatewayError):
    """The body came slower than the limit allows."""

    status = 408
    type = "invalid_request_error"
    default_code = "request_timeout"


class UnsupportedBody(BadRequest):
    """A body in an encoding or content type that is not read here."""

    status = 415


def _size(n: int) -> str:
    return f"{n / MIB:g} MiB" if n >= MIB else f"{n / 1024:g} KiB"


def refuse_encoded(request: web.BaseRequest) -> None:
    """Refuse a compressed body: no client needs it, and a small compressed body could unpack to gigabytes."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedBody(
            f'Content-Encoding "{encoding[:40]}" is not accepted here; send the body uncompressed.',
            code="unsupported_encoding",
        )


def _announced(request: web.BaseRequest, limit: int, setting: str) -> None:
    length = request.content_length
    if length is not None and length > limit:
        raise PayloadTooLarge(f"The body has {_size(length)}; the limit is {_size(limit)} ({setting}).")


def _too_large(limit: int, setting: str) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is over the limit of {_size(limit)} ({setting}).")


async def body_chunks(request: web.BaseRequest, limits: Limits, limit: int, setting: str) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raises PayloadTooLarge over `limit` bytes, RequestTooSlow when it trickles."""
    refuse_encoded(request)
    _announced(request, limit, setting)
    total = 0
    began = time.monotonic()
    while True:
        if request.content.is_eof():
            # all of it is here, as with nearly every request: no clock needs to run
            chunk = request.content.read_nowait()
        else:
            try:
                async with asyncio.timeout(limits.body_timeout):
                    chunk = await request.content.readany()
            except TimeoutError:
                raise RequestTooSlow(f"No byte of the body came for {limits.body_timeout:g} s.") from None
        if not chunk:
            return
        total += len(chunk)
        if total > limit:
            raise _too_large(limit, setting)
        spent = time.monotonic() - began
        if spent > limits.body_timeout and total < spent * limits.min_body_rate:
            raise RequestTooSlow(f"The body came slower than {limits.min_body_rate} bytes a second.")
        yield chunk


async def read_body(request: web.BaseRequest, limits: Limits, limit: int, setting: str) -> bytes:
    """The whole body in memory; for bodies that must be small."""
    content = request.content
    if content.is_eof():
        # all of it is here, as with nearly every request: there is nothing to wait for, and no time to measure
        refuse_encoded(request)
        _announced(request, limit, setting)
        data = content.read_nowait()
        if len(data) > limit:
            raise _too_large(limit, setting)
        return data
    return b"".join([chunk async for chunk in body_chunks(request, limits, limit, setting)])


async def read_json(request: web.BaseRequest, limits: Limits) -> dict[str, Any]:
    """The body as a JSON object; raises BadRequest with the place of the mistake."""
    raw = await read_body(request, limits, limits.max_json, "JSON bodies")
    return parse_object(raw)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Parse one strict JSON object; see `core.text.loads`."""
    if not raw.strip():
        raise BadRequest("The body is empty; a JSON object was expected.", code="invalid_json")
    try:
        value = loads(raw)
    except RecursionError:
        raise BadRequest("The JSON is nested too deeply.", code="invalid_json") from None
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8 text.", code="invalid_json") from None
    except json.JSONDecodeError as e:
        raise BadRequest(
            f"The body is not valid JSON: {e.msg} (line {e.lineno}, column {e.colno}).", code="invalid_json"
        ) from None
    except ValueError as e:
        raise BadRequest(f"The body is not valid JSON: {str(e)[:120]}.", code="invalid_json") from None
    if not isinstance(value, dict):
        kind = JSON_NAMES.get(type(value), "number")
        raise BadRequest(f"The body is a JSON {kind}; an object was expected.", code="invalid_json")
    return value


JSON_NAMES = {list: "list", str: "text", bool: "true or false", type(None): "null"}


class Upload:
    """A received file: in memory while small, on disk when not; `close()` forgets it."""

    def __init__(self, filename: str, content_type: str) -> None:
        self.filename = filename
        self.content_type = content_type
        self.size = 0
        """bytes"""
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY)  # noqa: SIM115

    async def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > SPOOL_IN_MEMORY:
            await asyncio.to_thread(self._file.write, chunk)
        else:
            self._file.write(chunk)

    async def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; empty at the end."""
        if self.size > SPOOL_IN_MEMORY:
            return await asyncio.to_thread(self._read, offset, size)
        return self._read(offset, size)

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    async def chunks(self, size: int = 64 * 1024) -> AsyncIterator[bytes]:
        """The whole file in pieces."""
        at = 0
        while piece := await self.read(at, size):
            at += len(piece)
            yield piece

    def close(self) -> None:
        self._file.close()


@dataclass(slots=True)
class Form:
    """A multipart form: plain fields (each name may repeat) and at most one file."""

    fields: dict[str, list[str]]
    upload: Upload | None

    def one(self, name: str, default: str | None = None) -> str | None:
        """The last value of a field; what JavaScript writes for no value is none."""
        values = self.fields.get(name)
        return values[-1] if values and values[-1] not in NO_VALUE else default

    def many(self, name: str) -> list[str]:
        """The values of a list, in any form that clients send: `name`, `name[]`, `name[0]`, JSON, commas, empty."""
        found: list[str] = []
        for key, values in self.fields.items():
            stem, bracket, index = key.partition("[")
            if stem == name and (not bracket or index == "]" or index[:-1].isdecimal()):
                for value in values:
                    found += listed(value)
        return found

    def close(self) -> None:
        if self.upload is not None:
            self.upload.close()


NO_VALUE = frozenset(("null", "undefined"))


def listed(value: str) -> list[str]:
    """The entries of a list that a client wrote into one field: JSON or separated by commas."""
    text = value.strip()
    if text.startswith("["):
        try:
            entries = json.loads(text)
        except ValueError:
            entries = [text]
        return [str(entry) for entry in entries if entry not in ("", None)]
    return [part.strip() for part in text.split(",") if part.strip() and part.strip() not in NO_VALUE]


async def read_form(request: web.Request, limits: Limits, file_field: str = "file") -> Form:
    """Receive multipart/form-data with its file spooled; the caller closes the form.

    Raises BadRequest for anything that is not such a form, PayloadTooLarge, RequestTooSlow.
    """
    refuse_encoded(request)
    _announced(request, limits.max_body, "serve.max_body")
    if request.content_type != "multipart/form-data":
        raise UnsupportedBody(
            f'Content-Type "{request.content_type}" is not accepted here; send multipart/form-data.',
            code="unsupported_content_type",
        )
    form = Form({}, None)
    try:
        await _receive(request, limits, file_field, form)
    except (ValueError, AssertionError, LookupError, RuntimeError, web.RequestPayloadError) as e:
        form.close()
        if isinstance(e, VoiceGatewayError):
            raise
        raise BadRequest(f"The multipart form is malformed: {str(e)[:120]}", code="invalid_form") from None
    except BaseException:
        form.close()
        raise
    return form


async def _receive(request: web.Request, limits: Limits, file_field: str, form: Form) -> None:
    reader = MultipartReader(request.headers, cast("StreamReader", _Lines(request.content)))
    total, count = 0, 0
    began = time.monotonic()
    while True:
        async with _steadily(limits):
            part = await reader.next()
        if part is None:
            return
        count += 1
        if not isinstance(part, BodyPartReader) or count > 64:
            raise BadRequest("The form has nested or too many parts.", code="invalid_form")
        if part.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            raise UnsupportedBody("Compressed form parts are not accepted.", code="unsupported_encoding")
        name = part.name or ""
        # clients call the recording file, audio, audio_file, upload, ...: what has a file's name is the file
        is_file = name == file_field or bool(part.filename)
        if is_file:
            if form.upload is not None:
                raise BadRequest("The form holds more than one file; send one recording a request.", param=file_field)
            form.upload = Upload(part.filename or "", part.headers.get("Content-Type", ""))
        held = bytearray()
        while True:
            async with _steadily(limits):
                chunk = await part.read_chunk(64 * 1024)
            if not chunk:
                break
            total += len(chunk)
            if total > limits.max_body:
                raise PayloadTooLarge(f"The upload is over the limit of {_size(limits.max_body)} (serve.max_body).")
            spent = time.monotonic() - began
            if spent > limits.body_timeout and total < spent * limits.min_body_rate:
                raise RequestTooSlow(f"The body came slower than {limits.min_body_rate} bytes a second.")
            if is_file and form.upload is not None:
                await form.upload.write(bytes(chunk))
            else:
                held += chunk
                if len(held) > FIELD_LIMIT:
                    raise PayloadTooLarge(
                        f'The field "{name[:40]}" is over {_size(FIELD_LIMIT)} and has no filename. Send the'
                        f' recording as the part "{file_field}" with a filename.',
                        param=name[:40],
                    )
        if not is_file:
            try:
                text = held.decode()
            except UnicodeDecodeError:
                raise BadRequest(f'The field "{name[:40]}" is not UTF-8 text.', param=name[:40]) from None
            form.fields.setdefault(name, []).append(check_text(text, name[:40], limit=FIELD_LIMIT))


class _Lines:
    """The bytes of a form; raises BadRequest where its first line ends with LF alone.

    aiohttp takes such a line, but finds the end of no part: all that follows would be the value of the first field.
    """

    def __init__(self, content: StreamReader) -> None:
        self._content, self._begun = content, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def readline(self, **limits: Any) -> bytes:
        """The next line with its end."""
        line = await self._content.readline(**limits)
        if not self._begun and line.startswith(b"--"):
            self._begun = True
            if line.endswith(b"\n") and not line.endswith(b"\r\n"):
                raise BadRequest(
                    "The lines of this form end with LF alone, so its parts cannot be told apart. End each line of a"
                    " multipart form with CRLF (\\r\\n), or let an HTTP library write the form.",
                    code="invalid_form",
                )
        return line


class _steadily:
    """A timeout around one read of a body, as RequestTooSlow."""

    def __init__(self, limits: Limits) -> None:
        self._seconds = limits.body_timeout
        self._timeout = asyncio.timeout(self._seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *exc: Any) -> None:
        try:
            await self._timeout.__aexit__(*exc)
        except TimeoutError:
            raise RequestTooSlow(f"No byte of the body came for {self._seconds:g} s.") from None
