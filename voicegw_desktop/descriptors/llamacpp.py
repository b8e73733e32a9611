"""Chat with GGUF files, by llama.cpp."""

from __future__ import annotations

import sys

from pydantic import Field

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.core.descriptor import MIB, NICE_WRITING, Descriptor, EngineKind, Thinking
from voicegw_desktop.core.ports import Modality, Zone


class LlamaConfig(EngineConfig):
    """The built-in language model engine."""

    context_size: int | None = Field(default=None, gt=0, le=10_000_000)
    """Tokens of a conversation; none: what the model was trained for, at most 16,384 and a quarter of the memory."""
    models: dict[str, str] = Field(default={})
    """Names of your own for GGUF files outside the model store."""
    chat_template_file: str | None = None
    """A Jinja file that replaces the model's own chat template."""


DESCRIPTOR = Descriptor(
    name="llamacpp",
    title="Chat with GGUF files.",
    modalities=frozenset({Modality.LLM}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    default_models={Modality.LLM: "smollm2-135m"},
    extra="llamacpp",
    package="xllamacpp",
    options=LlamaConfig,
    # switches of the models' own chat templates; one that has none of them does not read them
    thinking=(
        Thinking(
            r".*",
            {"chat_template_kwargs": {"enable_thinking": False, "thinking": False, "reasoning_effort": "low"}},
            {"chat_template_kwargs": {"reasoning_effort": "low"}},
        ),
    ),
    worker=EngineKind(
        "llamacpp",
        http=True,
        weight=2.0,
        most_threads=8,
        nice=NICE_WRITING,
        # threads that wait for each other sleep where the OpenMP of the build heeds OMP_WAIT_POLICY
        yields=sys.platform == "linux",
        memory_factor=1.2,
        memory_base=200 * MIB,
        sized="voicegw_desktop.models.gguf:sized",
        # a long prompt is computed without a byte of answer
        hang_timeout=300.0,
    ),
)
