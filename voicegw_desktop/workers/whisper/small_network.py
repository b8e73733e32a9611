"""Load the small ONNX networks that run beside a recogniser: voice detector, end of turn, speakers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import EngineError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(weights: Path) -> InferenceSession:
    """A session on one thread of the processor, without memory kept for later: the recogniser needs both."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def open_model(weights: Path, model: str) -> InferenceSession:
    """`open_session` for a model of the store; EngineError, which names it, when the file cannot be read."""
    try:
        return open_session(weights)
    except Exception as error:
        # the runtime's errors have no base of their own
        raise EngineError(
            f"{weights} cannot be read as an ONNX model ({type(error).__name__}). "
            f"Run `voicegw models pull {model}` again.",
            code="model_corrupt",
        ) from error
