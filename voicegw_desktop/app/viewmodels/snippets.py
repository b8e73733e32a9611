"""The few lines that point an agent here, by kind of agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voicegw_desktop.core.typed import record

HIDDEN = "••••••••"


@dataclass(frozen=True)
class Access:
    """What an agent needs: address and keys of one project."""

    endpoint: str
    api_key: str
    livekit_key: str
    livekit_secret: str

    @classmethod
    def of(cls, endpoint: str, answer: Mapping[str, object]) -> Access:
        """From the `show_key` or `create_key` operation's answer."""
        pair = record(answer["livekit"])
        return cls(endpoint, str(answer["api_key"]), str(pair["api_key"]), str(pair["api_secret"]))


def hidden(endpoint: str) -> Access:
    """The access without secrets, as the screen shows it."""
    return Access(endpoint or "http://127.0.0.1:7717/v1", HIDDEN, HIDDEN, HIDDEN)


def livekit(access: Access) -> str:
    """Environment for an unmodified livekit-agents program."""
    return (
        f"export LIVEKIT_INFERENCE_URL={access.endpoint}\n"
        f"export LIVEKIT_INFERENCE_API_KEY={access.livekit_key}\n"
        f"export LIVEKIT_INFERENCE_API_SECRET={access.livekit_secret}"
    )


def openai(access: Access) -> str:
    """Environment for any program on the OpenAI SDK, Pipecat's services among them."""
    return f"export OPENAI_BASE_URL={access.endpoint}\nexport OPENAI_API_KEY={access.api_key}"


def curl(access: Access) -> str:
    """A first request by hand."""
    body = '{"model": "piper/en_US-joe-medium", "voice": "alloy", "input": "Hello.", "response_format": "wav"}'
    return (
        f"curl {access.endpoint}/audio/speech -H 'Authorization: Bearer {access.api_key}' \\\n"
        f"  -H 'Content-Type: application/json' -o hello.wav \\\n  -d '{body}'"
    )


def open_webui(access: Access) -> str:
    """Environment for Open WebUI at its first start; later it keeps what its admin settings say."""
    lines = [f"export OPENAI_API_BASE_URL={access.endpoint}", f"export OPENAI_API_KEY={access.api_key}"]
    for task, model in (("STT", "whisper-1"), ("TTS", "tts-1")):
        lines += [
            f"export AUDIO_{task}_ENGINE=openai AUDIO_{task}_MODEL={model}",
            f"export AUDIO_{task}_OPENAI_API_BASE_URL={access.endpoint}",
            f"export AUDIO_{task}_OPENAI_API_KEY={access.api_key}",
        ]
    return "\n".join(lines)


SNIPPETS = {"LiveKit agent": livekit, "OpenAI SDK": openai, "Open WebUI": open_webui, "curl": curl}
