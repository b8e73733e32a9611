"""A provider and a door: chat with a telegraph office, and `POST /v1/telegrams`, which answers in Morse code."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor, Door, LateRoutes
from voicegw_desktop.core.ports import Modality

PROVIDER = Descriptor(
    name="telegraph",
    title="Chat with a telegraph office.",
    modalities=frozenset({Modality.LLM}),
    cls="voicegw_desktop.providers.openai_compatible:OpenAICompatibleProvider",
    requirement="voicegw-morse",
    package="voicegw_morse",
    env="TELEGRAPH_API_KEY",
    default_models={Modality.LLM: "clerk-1"},
    backends={Modality.LLM: "voicegw_desktop.engines.servers.openai_compatible:backend"},
    own_server="Telegraph office",
)
DOOR = Door(
    name="telegrams",
    title="Telegrams",
    late_routes=(LateRoutes("voicegw_morse.telegrams:routes", ("POST /v1/telegrams",)),),
)
