"""A fake of Ollama's server: its own routes below /api, and chat in OpenAI's form below /v1.

Shapes and words are those of a real server (0.5.4), compared route by route.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from aiohttp import web

from voicegw_desktop.testing.openai import PROMPT_TOKENS, FakeOpenAI

VERSION = "0.5.4"
SIZE = 2_019_393_189  # bytes of every model it has
STAY = 300.0  # s a model stays in memory unless the request says otherwise
FOREVER = timedelta(days=365 * 290)  # what the server itself answers for keep_alive -1
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
DETAILS = {
    "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
    "parameter_size": "3.2B", "quantization_level": "Q4_K_M",
}  # fmt: skip


class FakeOllama(FakeOpenAI):
    """`base_url` is what `engines.ollama.base_url` takes; `installed` are its models, `loaded` those in memory.

    Ollama takes every key and asks for none, so `key` is without meaning here. A fault strikes every route, also the
    questions with which clients look whether the server runs; `fault("500", path="/v1/")` leaves those well.
    """

    name = "ollama"
    base_path = ""
    models: ClassVar[tuple[str, ...]] = ("llama3.2:latest",)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.installed = list(self.models)
        self.loaded: dict[str, datetime | None] = {}
        """Models in memory with the time at which they leave it; None: never."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._root),
            web.get("/api/version", self._version),
            web.get("/api/tags", self._tags),
            web.get("/api/ps", self._ps),
            web.post("/api/show", self._show),
            web.delete("/api/delete", self._delete),
            web.post("/api/pull", self._pull),
            web.post("/api/generate", self._generate),
            web.post("/api/chat", self._native_chat),
            web.post("/v1/chat/completions", self._chat),
            web.get("/v1/models", self._models),
        ]

    def allowed(self, request: web.Request) -> bool:
        return True

    def _error(self, request: web.Request, status: int, message: str) -> web.Response:
        if request.path.startswith("/v1/"):
            return _refused(status, message, "api_error")
        return web.json_response({"error": message}, status=status)

    # -- its own routes -----------------------------------------------------------------------------------------------

    async def _root(self, _request: web.Request) -> web.Response:
        return web.Response(text="Ollama is running")

    async def _version(self, _request: web.Request) -> web.Response:
        return web.json_response({"version": VERSION})

    async def _tags(self, _request: web.Request) -> web.Response:
        now = _stamp(datetime.now(UTC))
        return web.json_response({"models": [{**_entry(name), "modified_at": now} for name in self.installed]})

    async def _ps(self, _request: web.Request) -> web.Response:
        self._forget()
        now = datetime.now(UTC)
        held = [
            {**_entry(name), "expires_at": _stamp(leaves or now + FOREVER), "size_vram": 0}
            for name, leaves in self.loaded.items()
        ]
        return web.json_response({"models": held})

    async def _show(self, request: web.Request) -> web.Response:
        body = self.asked(request)
        name = self._find(body.get("model") or body.get("name"))
        if name is None:
            return self._missing(body)
        return web.json_response(
            {"modelfile": f"FROM {name}\n", "template": "{{ .Prompt }}", "details": DETAILS, "model_info": {}}
        )

    async def _delete(self, request: web.Request) -> web.Response:
        body = self.asked(request)
        name = self._find(body.get("model") or body.get("name"))
        if name is None:
            return self._missing(body)
        self.installed.remove(name)
        self.loaded.pop(name, None)
        return web.Response()

    async def _pull(self, request: web.Request) -> web.StreamResponse:
        body = self.asked(request)
        name = _tagged(str(body.get("model") or body.get("name")))
        digest = _digest(name)
        steps: list[dict[str, Any]] = [{"status": "pulling manifest"}]
        layer = {"status": f"pulling {digest[:12]}", "digest": f"sha256:{digest}", "total": SIZE}
        steps += [{**layer, "completed": SIZE * n // 4} for n in range(5)]
        steps += [{"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"status": "success"}]

        def said() -> Iterator[bytes]:
            for step in steps:
                if step["status"] == "success" and name not in self.installed:
                    self.installed.append(name)
                yield json.dumps(step).encode() + b"\n"

        if body.get("stream") is False:
            list(said())
            return await self.json(request, steps[-1])
        return await self.stream(request, said(), "application/x-ndjson")

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        return await self._native(request, "prompt", lambda text: {"response": text})

    async def _native_chat(self, request: web.Request) -> web.StreamResponse:
        return await self._native(request, "messages", lambda text: {"message": {"role": "assistant", "content": text}})

    async def _native(
        self, request: web.Request, asks_with: str, form: Callable[[str], dict[str, Any]]
    ) -> web.StreamResponse:
        body = self.asked(request)
        name = self._find(body.get("model"))
        if name is None:
            return self._missing(body)
        said = {"model": body["model"], "created_at": _stamp(datetime.now(UTC))}
        stay = body.get("keep_alive")
        if not body.get(asks_with):
            # an empty request loads the model, or takes it out of memory
            left = not self._load(name, stay)
            return await self.json(
                request, {**said, **form(""), "done": True, "done_reason": "unload" if left else "load"}
            )
        self._load(name, stay)
        words = self._words()
        counts = {"prompt_eval_count": PROMPT_TOKENS, "eval_count": len(words)}
        last = {**said, "done": True, "done_reason": "stop", "total_duration": 1_000_000, **counts}
        if body.get("stream") is False:
            return await self.json(request, {**last, **form(self.reply)})
        lines = [{**said, **form(word), "done": False} for word in words] + [{**last, **form("")}]
        return await self.stream(request, (json.dumps(x).encode() + b"\n" for x in lines), "application/x-ndjson")

    # -- OpenAI's form ------------------------------------------------------------------------------------------------

    async def _models(self, _request: web.Request) -> web.Response:
        data = [{"id": m, "object": "model", "created": 0, "owned_by": "library"} for m in self.installed]
        return web.json_response({"object": "list", "data": data})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = self.asked(request)
        if not body.get("messages"):
            return _refused(400, "[] is too short - 'messages'", "invalid_request_error")
        name = self._find(body.get("model"))
        if name is None:
            return _refused(404, f'model "{body.get("model")}" not found, try pulling it first', "api_error")
        self._load(name, None)
        return await super()._chat(request)

    def _chunks(self, model: str, usage: bool) -> Iterator[bytes]:
        # unlike OpenAI's, every delta has its role, the last one is empty, and a call to a tool comes in one piece
        data = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model}
        data["system_fingerprint"] = "fp_ollama"

        def chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
            return f"data: {json.dumps({**data, 'choices': choices, **more})}\n\n".encode()

        def delta(finish: str | None = None, **fields: Any) -> bytes:
            fields = {"role": "assistant", "content": "", **fields}
            return chunk([{"index": 0, "delta": fields, "finish_reason": finish}])

        if self.tool_calls:
            yield delta(tool_calls=[{"index": 0, **self._call(self.tool_calls.pop(0))}])
            yield delta("tool_calls")
        else:
            for word in self._words():
                yield delta(content=word)
            yield delta("stop")
        if usage:
            yield chunk([], usage=self.usage())
        yield b"data: [DONE]\n\n"

    def usage(self) -> dict[str, Any]:
        counted = super().usage()
        del counted["prompt_tokens_details"]
        return counted

    # -- help ---------------------------------------------------------------------------------------------------------

    def _words(self) -> list[str]:
        return [f" {word}" if i else word for i, word in enumerate(self.reply.split())]

    def _find(self, model: object) -> str | None:
        name = _tagged(str(model))
        return name if name in self.installed else None

    def _missing(self, body: dict[str, Any]) -> web.Response:
        return web.json_response({"error": f"model '{body.get('model') or body.get('name')}' not found"}, status=404)

    def _load(self, name: str, keep_alive: object) -> bool:
        """Bring the model into memory; False when that is to be its end there."""
        stay = STAY if keep_alive is None else _seconds(keep_alive)
        if stay == 0:
            self.loaded.pop(name, None)
            return False
        self.loaded[name] = None if stay < 0 else datetime.now(UTC) + timedelta(seconds=stay)
        return True

    def _forget(self) -> None:
        now = datetime.now(UTC)
        self.loaded = {name: leaves for name, leaves in self.loaded.items() if leaves is None or leaves > now}


def _refused(status: int, message: str, kind: str) -> web.Response:
    error = {"message": message, "type": kind, "param": None, "code": None}
    return web.json_response({"error": error}, status=status)


def _tagged(name: str) -> str:
    return name if ":" in name else f"{name}:latest"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _entry(name: str) -> dict[str, Any]:
    return {"name": name, "model": name, "size": SIZE, "digest": _digest(name), "details": DETAILS}


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _seconds(keep_alive: object) -> float:
    """`300`, `"5m"`, `-1`."""
    if isinstance(keep_alive, int | float):
        return float(keep_alive)
    text = str(keep_alive)
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "s")
    return float(number) * UNITS[unit]
