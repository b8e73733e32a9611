"""`voicegw conformance` in the suite: every client package that this environment holds, unmodified.

`VOICEGW_CONFORMANCE_PYTHON` names interpreters with other versions (separated as in PATH) and
`VOICEGW_CONFORMANCE_NODE` a folder with node_modules; without them those clients are skipped, with the reason.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import Served, served
from voicegw_desktop.cli.conformance import CLIENTS, Client, everywhere, whereabouts

pytestmark = [pytest.mark.conformance, pytest.mark.real_engine]

PYTHONS = [sys.executable, *filter(None, os.environ.get("VOICEGW_CONFORMANCE_PYTHON", "").split(os.pathsep))]
NODE = os.environ.get("VOICEGW_CONFORMANCE_NODE")
LOCKED = {
    "livekit-agents", "livekit-plugins-openai", "livekit-plugins-deepgram", "livekit-plugins-elevenlabs",
    "openai (Python)", "wyoming",
}  # fmt: skip
"""The clients that requirements/dev.lock installs, which may not be missing."""


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir) as it:
        yield it


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
async def test_client(gateway: Served, client: Client) -> None:
    where = whereabouts(gateway.url, gateway.key, gateway.key_id, gateway.secret, gateway.socket, gateway.home)
    found = await everywhere(client, PYTHONS, NODE, where)
    checks = [(tried.title, check) for tried in found for check in tried.checks]
    failed = [f"{title}: {check['feature']}: {check['detail']}" for title, check in checks if not check["ok"]]
    assert not failed, "\n".join(failed)
    if not checks:
        reason = found[0].not_run or "no check of it can run here"
        assert client.name not in LOCKED, reason
        pytest.skip(reason)
