"""`python -m tests.support.offline_turn MODELS`: serve, take spoken turns with every kind of client; JSON out.

Its own process, so that a test can start it where there is no network, or under a trace of system calls.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.support.served import ROOT, Served, served
from tests.support.speech import WORDS
from voicegw_desktop.testing.clients import agents_client, curl_client, wyoming_client
from voicegw_desktop.testing.clients.__main__ import Where

CLIP = "austen-0920.wav"
CONFIG = """
serve: {port: 0, wyoming_port: 0}
engines: {keep_alive: "-1"}
providers:
  openai: {api_key: sk-test-never-sent-anywhere}
  deepgram: {api_key: dg-test-never-sent-anywhere}
  cartesia: {api_key: ca-test-never-sent-anywhere}
routing:
  offline: true
  stt: {offline: {"*": whisper/base}}
  llm: {offline: {"*": llamacpp/%(llm)s}}
  tts: {offline: {"*": piper/en_US-joe-medium}}
"""
"""Cloud providers have keys, so that only offline mode keeps the requests at home."""


async def turn(gateway: Served) -> dict[str, str]:
    """The result of each check, by its name."""
    where = Where(
        {
            "url": gateway.url, "key": gateway.key, "key_id": gateway.key_id, "secret": gateway.secret,
            "socket": str(gateway.socket), "wyoming": str(gateway.home / "run" / "wyoming.sock"),
            "clip": str(ROOT / "tests" / "data" / CLIP), "words": WORDS[CLIP],
            "program": sys.executable, "home": str(gateway.home), "origin": "", "wyoming_port": "",
        }
    )  # fmt: skip
    return {
        "livekit stt": await agents_client.speech_to_text(where),
        "livekit llm": await agents_client.chat(where),
        "livekit tts": await agents_client.text_to_speech(where),
        "wyoming stt": await wyoming_client.transcribe(where),
        "wyoming tts": await wyoming_client.synthesize(where),
        **{f"curl {name}": await check(where) for name, check in curl_client.CHECKS},
    }


def main() -> int:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with served(Path(sys.argv[1]), config=CONFIG) as gateway:
        told = asyncio.run(turn(gateway))
        sent = json.loads(gateway.voicegw("--json", "egress").stdout)["egress"]
    print(json.dumps({"said": told, "egress": sent}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
