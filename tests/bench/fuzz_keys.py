"""Ten thousand malformed messages where web pages present keys: `python -m tests.bench.fuzz_keys [count] [wire ...]`.

Client secrets and the sessions of the beta; keys among the subprotocols of a WebSocket and in its first message.
"""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.parse import urlsplit

from hypothesis import strategies as st

from tests.bench.fuzz import AS_JSON, COUNT, JSON, batches, first_answers, send_requests
from tests.bench.fuzz_wires import VALUES
from tests.bench.fuzzing import Fuzzer, Wire, table
from tests.support.socket_gateway import GOOD_KEY

# -- secrets ----------------------------------------------------------------------------------------------------------

AUDIO = st.fixed_dictionaries(
    {},
    optional={
        "input": st.fixed_dictionaries(
            {},
            optional={
                "format": st.fixed_dictionaries({"type": VALUES}, optional={"rate": VALUES}) | JSON,
                "transcription": st.fixed_dictionaries({"model": VALUES}, optional={"language": VALUES}) | JSON,
                "turn_detection": st.fixed_dictionaries({"type": VALUES}, optional={"threshold": VALUES}) | JSON,
            },
        )
        | JSON,
        "output": st.fixed_dictionaries({}, optional={"voice": VALUES, "speed": VALUES, "format": JSON}) | JSON,
    },
)
SESSION = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["realtime", "transcription"]) | VALUES,
        "model": st.just("fake/llm") | VALUES,
        "audio": AUDIO | JSON,
        "instructions": VALUES,
        "tools": JSON,
        "modalities": JSON,
        "output_modalities": JSON,
        "input_audio_format": VALUES,
        "max_output_tokens": VALUES,
    },
)
EXPIRES = st.fixed_dictionaries({}, optional={"anchor": st.just("created_at") | VALUES, "seconds": VALUES | JSON})
SECRETS = st.builds(
    lambda path, body: ("POST", path, AS_JSON, body),
    st.sampled_from(
        ["/v1/realtime/client_secrets"] * 2 + ["/v1/realtime/sessions", "/v1/realtime/transcription_sessions"]
    ),
    (
        st.fixed_dictionaries({}, optional={"session": SESSION | JSON, "expires_after": EXPIRES | JSON})
        | SESSION
        | st.just({"session": {"type": "realtime", "model": "fake/llm"}})
        | JSON
    ).map(lambda body: json.dumps(body).encode())
    | st.binary(max_size=80),
)

# -- upgrades ---------------------------------------------------------------------------------------------------------

SPEAK = "/v1/text-to-speech/any/stream-input?model_id=fake/tts"
PATHS = st.sampled_from(
    [
        "/v1/realtime?model=fake/llm",
        "/v1/listen?model=fake/stt",
        "/v1/speak?model=fake/tts",
        SPEAK,
        SPEAK,
        SPEAK.replace("stream", "multi-stream"),
    ]
)
PRINTED = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
OFFERED = st.lists(
    st.sampled_from(
        [
            "realtime",
            "token",
            "bearer",
            "Token",
            GOOD_KEY,
            f"openai-insecure-api-key.{GOOD_KEY}",
            "openai-insecure-api-key.",
            "openai-beta.realtime-v1",
            "openai-insecure-api-key.ek_x",
            "ek_",
            "",
        ]
    )
    | PRINTED,
    max_size=4,
)
ORIGINS = st.sampled_from([None, None, "http://127.0.0.1", "null", "http://evil.example", "file://"]) | PRINTED


def _upgrade(path: str, offered: list[str], origin: str | None, first: bytes) -> bytes:
    """The request, and what a client in a hurry sends before it is answered."""
    head = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    )
    head += f"Sec-WebSocket-Protocol: {', '.join(offered)}\r\n" if offered else ""
    head += f"Origin: {origin}\r\n" if origin is not None else ""
    frame = b"\x81" + bytes([0x80 | len(first)]) + bytes(4) + first if first else b""
    return head.encode("latin-1") + b"\r\n" + frame


FIRST = st.fixed_dictionaries(
    {}, optional={"text": VALUES, "xi_api_key": st.just(GOOD_KEY) | VALUES, "authorization": VALUES}
).map(lambda message: json.dumps(message).encode()[:120]) | st.binary(max_size=60)
UPGRADES = st.builds(_upgrade, PATHS, OFFERED, ORIGINS, FIRST)


async def send_upgrades(fuzzer: Fuzzer, messages: list[bytes]) -> int:
    """Send each over loopback, where a key is needed; close the connection after the answer."""
    port = urlsplit(fuzzer.server.url).port
    return await first_answers(fuzzer, messages, lambda: asyncio.open_connection("127.0.0.1", port))


WIRES = (
    Wire("client secrets", batches(SECRETS), send_requests),
    Wire("browser keys", batches(UPGRADES), send_upgrades),
)


def main(arguments: list[str]) -> int:
    return table(WIRES, int(arguments[0]) if arguments else COUNT, arguments[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
