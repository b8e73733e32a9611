"""Malformed messages by the hundred: no answer is a 500, nothing hangs, nothing leaks, the server lives."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.fuzz import MESSAGES, Fuzzer

pytestmark = pytest.mark.socket

EXAMPLES = 150


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="asyncio")


@pytest.mark.parametrize("kind", MESSAGES)
def test_malformed(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with asyncio.Runner() as runner:
        fuzzer = Fuzzer(tmp_path_factory.mktemp("fuzz"))
        runner.run(fuzzer.start())
        try:

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            @given(MESSAGES[kind])
            def one(message: Any) -> None:
                runner.run(fuzzer.send(kind, message))

            one()
            runner.run(fuzzer.check())
        finally:
            runner.run(fuzzer.stop())


@settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=200))
def test_wav_reader_only_refuses(data: bytes) -> None:
    from voicegw_desktop.sockets.wav import BadWav, parse_wav

    async def read(offset: int, size: int) -> bytes:
        return body[offset : offset + size]

    for body in (data, b"RIFF\0\0\0\0WAVE" + data, b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + data):
        try:
            info = asyncio.run(parse_wav(read, len(body)))
        except BadWav:
            continue
        assert 0 < info.data_size <= len(body)
        assert json.dumps(info.seconds)
