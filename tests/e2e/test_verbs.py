"""The verbs that read from a running gateway, with real engines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.served import served

pytestmark = [pytest.mark.e2e, pytest.mark.real_engine]


def test_a_smoke_test_turns_over_the_gateway_that_runs(models_dir: Path) -> None:
    with served(models_dir) as gateway:
        targets = ("--stt", "whisper-1", "--llm", "gpt-4o-mini", "--tts", "tts-1")
        done = gateway.voicegw("smoke-test", *targets)
        assert done.returncode == 0, done.stderr
        for name in ("whisper/tiny.en", "llamacpp/smollm2-135m", "piper/en_US-joe-medium", "ask not what your country"):
            assert name in done.stdout
        logs = json.loads(gateway.voicegw("--json", "logs").stdout)["logs"]
        assert {row["modality"] for row in logs} == {"stt", "llm", "tts"}
        assert gateway.voicegw("offline", "off").returncode == 0
        audit = json.loads(gateway.voicegw("--json", "audit-log").stdout)
        assert {row["source"] for row in next(iter(audit.values()))} == {"cli"}
        status = json.loads(gateway.voicegw("--json", "status").stdout)
        # the port that was bound, not the 0 that was asked for
        assert (status["serving"], status["endpoint"]) == (True, gateway.v1)
        summed = gateway.voicegw("audit-books")
        assert summed.returncode == 0, summed.stdout
    # no gateway runs any more
    assert gateway.voicegw("smoke-test").returncode == 1
