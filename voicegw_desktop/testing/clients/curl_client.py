"""curl over the unix socket, without a key, and over loopback with one."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ()


def versions() -> dict[str, str]:
    """curl's own, or none."""
    if shutil.which("curl") is None:
        return {}
    told = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=False).stdout.split()
    return {"curl": told[1] if len(told) > 1 else "?"}


async def _curl(*arguments: str, given: bytes = b"", fails: bool = False) -> bytes:
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--fail-with-body", "--noproxy", "*", *arguments,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    answer, complaint = await process.communicate(given)
    assert fails or process.returncode == 0, (complaint + answer).decode(errors="replace")[:200]
    return answer


async def _unix(where: Where, path: str, *arguments: str, given: bytes = b"") -> bytes:
    return await _curl("--unix-socket", where.socket, *arguments, f"http://localhost/v1{path}", given=given)


async def models(where: Where) -> str:
    return f"{len(json.loads(await _unix(where, '/models'))['data'])} models"


async def chat(where: Where) -> str:
    body = {"model": "gpt-4o-mini", "max_tokens": 8, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    answer = await _unix(where, "/chat/completions", "--json", json.dumps(body))
    lines = [line for line in answer.split(b"\n") if line.startswith(b"data: ")]
    assert lines, "no event"
    assert lines[-1] == b"data: [DONE]", "no end"
    return f"{len(lines)} events"


async def speech(where: Where) -> str:
    body = {"model": "tts-1", "voice": "alloy", "input": where.sentence, "response_format": "pcm"}
    return where.is_speech(len(await _unix(where, "/audio/speech", "--json", json.dumps(body))) / 2 / 24_000)


async def transcription(where: Where) -> str:
    answer = await _unix(where, "/audio/transcriptions", "-F", f"file=@{where.clip}", "-F", "model=whisper-1")
    return where.is_heard(json.loads(answer)["text"])


async def keyed(where: Where) -> str:
    # the key goes through a pipe: every user of the machine can read a process's arguments
    header = f"Authorization: Bearer {where.key}".encode()
    answer = json.loads(await _curl("-H", "@-", f"{where.v1}/models", given=header))
    assert answer["data"], "no model"
    status = await _curl("-o", "/dev/null", "-w", "%{http_code}", f"{where.v1}/models", fails=True)
    assert status == b"401", status.decode()
    return "200 with the key, 401 without"


CHECKS = (
    ("models over the unix socket, no key", models),
    ("chat stream over the unix socket", chat),
    ("speech over the unix socket", speech),
    ("transcription over the unix socket", transcription),
    ("loopback wants the key", keyed),
)
