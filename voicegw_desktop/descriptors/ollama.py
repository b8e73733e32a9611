"""Chat with Ollama, a server that this program attaches to or starts."""

from __future__ import annotations

from typing import Literal

from voicegw_desktop.config.engine import EngineConfig
from voicegw_desktop.core.descriptor import Descriptor, Thinking
from voicegw_desktop.core.ports import Modality, Zone


class OllamaConfig(EngineConfig):
    """An Ollama server, started by this program or running already."""

    base_url: str = "http://127.0.0.1:11434"
    """Where it answers."""
    manage: Literal["auto", "attach", "own"] = "auto"
    """`attach`: use the server that runs there; `own`: start and stop `ollama serve`; `auto`: attach, else start."""
    binary: str | None = None
    """The program to start; none: `ollama` on the PATH."""
    models_dir: str | None = None
    """The server's OLLAMA_MODELS; none: the server's default."""


DESCRIPTOR = Descriptor(
    name="ollama",
    title="Chat with Ollama.",
    modalities=frozenset({Modality.LLM}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.ollama:OllamaProvider",
    server="voicegw_desktop.engines.servers.ollama:Ollama",
    backends={Modality.LLM: "voicegw_desktop.engines.servers.ollama_elsewhere:backend"},
    schemes=("http", "https"),
    options=OllamaConfig,
    # its OpenAI routes turn these into its own `think`
    thinking=(Thinking(r".*", {"reasoning_effort": "none"}, {"reasoning_effort": "low"}),),
)
