"""The llama.cpp worker: one GGUF model behind llama.cpp's own OpenAI server, on loopback with a random key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xllamacpp

from voicegw_desktop.core.errors import EngineError, EngineUnavailable
from voicegw_desktop.core.paths import expanded, resources_dir
from voicegw_desktop.models.gguf import COUNTED_CONTEXT, model_file, read_metadata, trained_context
from voicegw_desktop.workers.cuda import FELL_BACK
from voicegw_desktop.workers.harness import Job

PROMPT_CACHE = 256  # MiB of host memory for prompts of other conversations
SLOTS = 2
BATCH = 64  # tokens of a prompt in one step on a processor: as quick as with 512, and a request waits for one step only
BATCH_ON_CARD = 512
LOG_ERRORS = 1
COUNTED = {"n_decode_total", "requests_processing", "requests_deferred"}
EITHER = (
    "{%- set plain = namespace(yes=not tools) -%}"
    "{%- for m in messages -%}{%- if m['role'] in ('tool', 'developer') or m['tool_calls'] -%}"
    "{%- set plain.yes = false -%}{%- endif -%}{%- endfor -%}"
    "{%- if plain.yes -%}OWN{%- else -%}OURS{%- endif -%}"
)
"""Without tools the model's own template is used: it may begin with a system prompt that the model needs."""


def create(job: Job) -> LlamaWorker:
    """The worker for `job`; its `dir` is a folder with one .gguf, or the file itself."""
    return LlamaWorker(job)


class LlamaWorker:
    """An HTTP worker: after `load`, `address` is its server."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._server: xllamacpp.Server | None = None
        self.address = ""

    def load(self) -> Mapping[str, Any]:
        """Load the model and start the server. Raises EngineError(model_corrupt | model_not_installed)."""
        path = model_file(self._job.dir)
        metadata = read_metadata(path)
        options = self._job.options
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.model_alias = {self._job.model}
        params.offline = True
        params.n_ctx = int(options.get("context_size") or COUNTED_CONTEXT)
        params.n_parallel = int(options.get("slots") or SLOTS)
        params.kv_unified = True
        params.cache_prompt = True
        params.cache_ram_mib = int(options.get("prompt_cache_mib", PROMPT_CACHE))
        params.fit_params = False
        for cpu in (params.cpuparams, params.cpuparams_batch):
            cpu.n_threads = self._job.threads
            # waiting threads that spin take the cores that speech needs
            cpu.poll = 0
        gpu, why = self._device()
        params.n_gpu_layers = -1 if gpu else 0
        params.verbosity = LOG_ERRORS
        key = secrets.token_urlsafe(24)
        params.hostnames, params.port = ["127.0.0.1"], 0
        params.api_keys = [key]
        params.cors_origins, params.cors_credentials, params.cors_origins_explicit = "", False, True
        params.ui = params.endpoint_slots = params.endpoint_props = False
        params.endpoint_metrics = True
        # counters move with each batch, and a prompt that is given up or put off ends with the batch
        params.n_batch = params.n_ubatch = BATCH_ON_CARD if gpu else BATCH
        params.use_jinja = True
        template, tools = chat_template(str(metadata.get("tokenizer.chat_template") or ""), options)
        if template:
            params.chat_template = template
        failed = ""
        try:
            # the server decodes once before it is ready
            self._server = xllamacpp.Server(params)
        except (RuntimeError, ValueError) as error:
            if not gpu:
                raise unreadable(path, error) from None
            # the processor shows whether the file is at fault
            failed, params.n_gpu_layers = f"{gpu} was tried and does not work: {error}", 0
            params.n_batch = params.n_ubatch = BATCH
            try:
                self._server = xllamacpp.Server(params)
            except (RuntimeError, ValueError) as again:
                raise unreadable(path, again) from None
            if self._job.device != "auto":
                raise unavailable(self._job.device, failed) from None
            gpu, why = None, failed
        self.address = str(self._server.listening_address)
        return {
            "api_key": key,
            "device": gpu or "cpu",
            "compute_type": quantisation(path, metadata),
            "why": why,
            "threads": self._job.threads,
            "context_size": params.n_ctx,
            "trained_context": trained_context(metadata),
            "slots": params.n_parallel,
            "tools": tools,
            "template": "own" if template else "the model's",
            **({FELL_BACK: True} if failed else {}),
        }

    def work(self) -> tuple[int, int] | None:
        """(steps of the network, requests in a slot or waiting for one), from llama.cpp's own metrics."""
        assert self._server is not None
        counted = counters(self._server.handle_metrics())
        if not counted.keys() >= COUNTED:
            return None
        return counted["n_decode_total"], counted["requests_processing"] + counted["requests_deferred"]

    def _device(self) -> tuple[str | None, str]:
        found = [d["name"] for d in xllamacpp.get_device_info() if not str(d["name"]).startswith("CPU")]
        wanted = self._job.device
        if wanted == "cpu":
            return None, "engines.llamacpp.device is cpu"
        if found:
            return str(found[0]), f"this build of llama.cpp found {found[0]}"
        if wanted != "auto":
            raise unavailable(wanted, "this build of llama.cpp found no such device")
        return None, "this build of llama.cpp found no GPU"


def counters(metrics: str) -> dict[str, int]:
    """The values in a Prometheus text, by name without `llamacpp:`."""
    lines = (line.split() for line in metrics.splitlines() if line and not line.startswith("#"))
    return {name.removeprefix("llamacpp:"): round(float(value)) for name, value in lines}


def unreadable(path: Path, error: Exception) -> EngineError:
    """The error for a file that llama.cpp does not load."""
    return EngineError(
        f"llama.cpp cannot load {path.name}: {error}. If the file is damaged, remove and pull the model again.",
        code="model_corrupt",
    )


def unavailable(device: str, why: str) -> EngineUnavailable:
    """The error for a device that was asked for and cannot work."""
    return EngineUnavailable(
        f"engines.llamacpp.device is {device}, but {why}. To work without it, set it to auto or cpu.",
        code="device_unavailable",
        param="device",
    )


def chat_template(own: str, options: Mapping[str, Any]) -> tuple[str | None, bool]:
    """(template to use instead of the model's or None, whether tools work)."""
    file = options.get("chat_template_file")
    if file:
        path = expanded(str(file))
        if not path.is_file():
            raise EngineError(f"engines.llamacpp.chat_template_file names {path}, which does not exist.")
        text = path.read_text()
        return text, "tools" in text
    if "tools" in own:
        return None, True
    if "<|im_start|>" in own:
        ours = (resources_dir() / "chat_templates" / "chatml_tools.jinja").read_text()
        return EITHER.replace("OWN", own).replace("OURS", ours), True
    return None, False


def quantisation(path: Path, metadata: Mapping[str, Any]) -> str:
    """`Q4_K_M` as the file's name tells it, else the number inside."""
    for part in reversed(path.stem.replace("-", ".").split(".")):
        if part[:1].upper() in ("Q", "F", "I", "B") and any(c.isdigit() for c in part) and "q" in part.lower()[:2]:
            return part.upper()
    return f"file type {metadata.get('general.file_type', 'unknown')}"
