"""Malformed messages by the hundred on every wire: no answer is a 500, nothing hangs, nothing leaks, the server goes on
serving.

With ten thousand messages a wire: `python -m tests.bench.fuzz`, `fuzz_wires`, `fuzz_doors`, `fuzz_keys`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import fuzz, fuzz_doors, fuzz_keys, fuzz_wires
from tests.bench.fuzzing import Fuzzer, Wire, attack, table

pytestmark = pytest.mark.socket

MESSAGES = 100
EVERY = [*fuzz.WIRES, *fuzz_wires.WIRES, *fuzz_doors.WIRES, *fuzz_keys.WIRES]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="asyncio")


@pytest.mark.parametrize("wire", [pytest.param(wire, id=wire.name) for wire in EVERY])
def test_malformed(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert attack(wire, MESSAGES, tmp_path_factory.mktemp("f"), derandomize=True).sent >= MESSAGES


async def _fails(fuzzer: Fuzzer, batch: list[fuzz.Request]) -> int:
    fuzzer.gateway.corridor.error = RuntimeError("nobody expected this")
    return await fuzz.send_requests(fuzzer, batch)


async def _leaks(fuzzer: Fuzzer, batch: list[fuzz.Request]) -> int:
    # each is kept: a pending task without a reference is collected, and that is another fault
    left = fuzzer.__dict__.setdefault("left", [])
    left.append(asyncio.create_task(asyncio.Event().wait()))
    return len(batch)


@pytest.mark.parametrize(("send", "told"), [(_fails, "nobody expected this"), (_leaks, "tasks")])
def test_what_should_be_seen_is_seen(
    send: object, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.bench.fuzzing.LEFT_OVER", 0.05)
    chat = {"model": "fake/llm", "messages": [{"role": "user", "content": "x"}]}
    request: fuzz.Request = ("POST", "/v1/chat/completions", fuzz.AS_JSON, json.dumps(chat).encode())
    broken = replace(EVERY[0], name="broken", drawn=st.just([request]), send=send)  # type: ignore[arg-type]
    assert table([broken], 3) == 1
    printed = capsys.readouterr().out
    assert "FAILED" in printed
    assert told in printed


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=200))
def test_wav_reader_only_refuses(data: bytes) -> None:
    from voicegw_desktop.sockets.audio.wav import BadWav, parse_wav

    async def read(offset: int, size: int) -> bytes:
        return body[offset : offset + size]

    for body in (data, b"RIFF\0\0\0\0WAVE" + data, b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + data):
        try:
            info = asyncio.run(parse_wav(read, len(body)))
        except BadWav:
            continue
        assert 0 < info.data_size <= len(body)
        assert json.dumps(info.seconds)
