"""ONNX sessions as the speech workers use them: given threads, no spinning, a stop button."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import onnxruntime

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.workers.cuda import WINDOWS, missing, needed, sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")
PACKAGES = "site-packages"
"""The folder in which pip installs."""
GPU_REMEDY = "pip install 'onnxruntime-gpu[cuda,cudnn]'"
"""Brings the libraries of the CUDA version that onnxruntime is built for."""
CUDNN = ("cudnn64_9.dll",) if WINDOWS else ("libcudnn.so.9",)
OPENED_LATER = () if WINDOWS else (*CUDNN, "libcufft.so.12", "libcufft.so.11")
"""What onnxruntime looks for only when a network needs it; not all of them belong to one version of CUDA."""
GPU_PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "metal": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
PROVIDER_OPTIONS = {
    "cuda": {
        # the default tries out every algorithm for each new length, and each text is a new length: that took a second
        # for each clause. DEFAULT asks for one algorithm that cuDNN 9 often refuses, which is slower still
        "cudnn_conv_algo_search": "HEURISTIC",
        # the default doubles what it holds of the card each time that a longer text comes
        "arena_extend_strategy": "kSameAsRequested",
    }
}
"""What differs from onnxruntime's own values; cuDNN's workspace is unbounded and copies are ordered by those."""


def corrupt(path: Path, why: object) -> EngineError:
    """The error for a model file that cannot be read."""
    name = "/".join(path.parts[-3:])
    return EngineError(
        f"The model file {name} is damaged ({str(why).splitlines()[0][:160]}). {_again(path)}", code="model_corrupt"
    )


def _again(path: Path) -> str:
    if PACKAGES in path.parts:
        package = path.parts[path.parts.index(PACKAGES) + 1].replace("_", "-")
        return f"Install its package again: pip install --force-reinstall {package}"
    return "Remove the model and pull it again; where its files are your own, put them there again."


def open_session(path: Path, threads: int, device: str) -> onnxruntime.InferenceSession:
    """A session on that device, one of those that `devices` gives.

    Raises EngineError `model_corrupt`, DeviceFailed when the device cannot be used.
    """
    if not path.is_file():
        raise EngineError(
            f"The model file {path.name} is missing from {path.parent.name}. Pull the model again.",
            code="model_corrupt",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, threads)
    options.inter_op_num_threads = 1
    # spinning threads would take the cores from the other engines
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    keep_sums_exact(options)
    # nor keep a memory plan for each input length: two hundred replies grew piper by 80 MB, for 2 % of their time
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    lacking = _prepare(device)
    providers: list[str | tuple[str, dict[str, str]]] = ["CPUExecutionProvider"]
    if device in GPU_PROVIDERS:
        providers.insert(0, (GPU_PROVIDERS[device], PROVIDER_OPTIONS.get(device, {})))
    try:
        # without its fallback onnxruntime raises what is wrong with a card, which it would print otherwise
        session = onnxruntime.InferenceSession(str(path), options, providers=providers, enable_fallback=0)
    except MemoryError:
        raise
    except Exception as error:
        if device in GPU_PROVIDERS:
            # the processor shows whether the file is at fault
            open_session(path, threads, "cpu")
            said = str(error).splitlines()[0][:200]
            raise DeviceFailed(f"{sentence(lacking, GPU_REMEDY)} ({said})" if lacking else said) from error
        raise corrupt(path, error) from error
    if GPU_PROVIDERS.get(device, "CPUExecutionProvider") not in session.get_providers():
        lacking = lacking or (missing(CUDNN) if device == "cuda" else [])
        raise DeviceFailed(sentence(lacking, GPU_REMEDY) if lacking else _not_started(device))
    return session


class DeviceFailed(Exception):
    """The device, or a library it needs, did not work; the model may be fine."""


def _not_started(device: str) -> str:
    if device != "cuda":
        return f"onnxruntime could not start {device}"
    return (
        f"onnxruntime {onnxruntime.__version__} could not start CUDA though the libraries it names are there; "
        f"they may be of another version. To use the card: {GPU_REMEDY}"
    )


def _prepare(device: str) -> list[str]:
    """Load what the CUDA provider needs from NVIDIA's wheels; returns what cannot be had."""
    if device != "cuda":
        return []
    missing(OPENED_LATER)
    folder = Path(onnxruntime.__file__).parent / "capi"
    return [name for file in sorted(folder.glob("*onnxruntime_providers_cuda.*")) for name in missing(needed(file))]


def keep_sums_exact(options: onnxruntime.SessionOptions) -> None:
    """Choose unsigned weights where sums of signed bytes saturate."""
    if signed_bytes_overflow():
        options.add_session_config_entry("session.x64quantprecision", "1")


@functools.cache
def signed_bytes_overflow() -> bool:
    """Whether sums of products with signed bytes saturate, as on x86 processors without dot products of bytes.

    onnxruntime can use unsigned weights instead, which are exact everywhere and half as fast where this is False.
    """
    session = onnxruntime.InferenceSession(_PROBE, providers=["CPUExecutionProvider"])
    (sums,) = session.run(None, {"x": np.full((4, 64), 255, np.uint8)})
    return bool((sums != 64 * 255 * 127).any())


# the model y = MatMulInteger(x, w): x uint8 [4, 64], w int8 [64, 16] of 127s
_PROBE = (
    b'\x08\x08:\xd6\x08\n\x18\n\x01x\n\x01w\x12\x01y"\rMatMulInteger\x12\x01g*\x8c\x08\x08@\x08\x10\x10\x03B\x01wJ\x80\x08'
    + bytes([127]) * 1024
    + b"Z\x13\n\x01x\x12\x0e\n\x0c\x08\x02\x12\x08\n\x02\x08\x04\n\x02\x08@"
    b"b\x13\n\x01y\x12\x0e\n\x0c\x08\x06\x12\x08\n\x02\x08\x04\n\x02\x08\x10B\x04\n\x00\x10\r"
)


class Stopped(Exception):
    """The work was called off."""


class Stop:
    """Ends a synthesis that runs in a thread, in the middle of the network if need be."""

    def __init__(self) -> None:
        self.options = onnxruntime.RunOptions()
        self.options.log_severity_level = 4
        # the arena saves a fifth of the time and four fifths of the peak; what it holds goes back after each run
        self.options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self.set = False

    def stop(self) -> None:
        """Call the work off; from any thread."""
        self.set = True
        self.options.terminate = True

    def run(
        self, session: onnxruntime.InferenceSession, inputs: Mapping[str, NDArray[np.generic]]
    ) -> list[NDArray[np.float32]]:
        """`session.run`, or Stopped."""
        if self.set:
            raise Stopped
        try:
            return session.run(None, dict(inputs), self.options)
        except Exception:
            if self.set:
                raise Stopped from None
            raise


class Turns:
    """One synthesis at a time; the stream with the least audio in hand goes first."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="tts")
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._busy = False
        self._count = 0
        self.done = 0
        """Syntheses that are over."""

    @property
    def held(self) -> int:
        """Syntheses that run or wait."""
        return self._busy + sum(not turn.done() for _, _, turn in self._waiting)

    async def run(self, ahead_s: float, stop: Stop, work: Callable[[], T]) -> T:
        """The result of `work`, done in the synthesis thread. Cancelling stops the work and drops its result."""
        await self._enter(ahead_s)
        job: asyncio.Future[T] | None = None
        try:
            job = asyncio.get_running_loop().run_in_executor(self._executor, work)
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            stop.stop()
            raise
        finally:
            if job is None or job.done():
                self._leave()
            else:
                job.add_done_callback(self._dropped)

    async def _enter(self, ahead_s: float) -> None:
        if not self._busy:
            self._busy = True
            return
        self._count += 1
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (ahead_s, self._count, turn)
        self._waiting.append(entry)
        try:
            await turn
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
            else:
                self._leave()
            raise

    def _leave(self) -> None:
        self.done += 1
        while self._waiting:
            entry = min(self._waiting, key=lambda e: e[:2])
            self._waiting.remove(entry)
            if not entry[2].cancelled():
                entry[2].set_result(None)
                return
        self._busy = False

    def _dropped(self, job: asyncio.Future[Any]) -> None:
        if not job.cancelled():
            job.exception()
        self._leave()
