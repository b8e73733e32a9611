"""A Wyoming server on the network, such as a Home Assistant voice satellite's speech programs."""

from __future__ import annotations

from voicegw_desktop.core.descriptor import Descriptor
from voicegw_desktop.core.ports import Modality, Zone

BACKEND = "voicegw_desktop.engines.servers.remote_wyoming:backend"
DESCRIPTOR = Descriptor(
    name="wyoming",
    title="Transcription and speech by a Wyoming server of your own.",
    modalities=frozenset({Modality.STT, Modality.TTS}),
    zone=Zone.LAN,
    cls="voicegw_desktop.providers.wyoming:WyomingProvider",
    backends={Modality.STT: BACKEND, Modality.TTS: BACKEND},
    # the second is another name of the first
    schemes=("wyoming", "tcp"),
    own_server="Wyoming server",
)
