"""An engine that is a server of its own, and a wire that is not HTTP: what they declare."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor, Door
from voicegw_desktop.core.ports import Modality, Zone

ENGINE = Descriptor(
    name="sounder",
    title="A chat server that answers in Morse code.",
    modalities=frozenset({Modality.LLM}),
    zone=Zone.LOCAL,
    cls="voicegw_desktop.providers.local:LocalProvider",
    requirement="voicegw-morse",
    package="voicegw_morse",
    server="voicegw_morse.sounder_server:Sounder",
)
DOOR = Door(name="wire", title="Telegrams over a unix socket", listener="voicegw_morse.wire:listener")
