"""The shell blocks of the pages that change nothing run as they stand; each other one has its reason."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import Block, blocks
from tests.support.served import Served, served

SHELL = {
    "socket=$(voicegw": "country",
    "voicegw keys create --name editor": "vgw",
    "voicegw audit-books": "voicegw-after-import.db",
}
"""What a shell block has that is run against a gateway → what it writes."""


NOT_RUN = {
    "make test": "runs this test",
    "make app": "builds and installs packages",
    "voicegw onboard": "fetches the starter models and serves in the foreground",
    "make package": "builds packages",
    "voicegw packs list": "fetches packs; tests/updates runs the commands with a list of its own",
    "voicegw update ": "asks for a newer version; tests/updates runs the commands with a list of its own",
    "apt/sources.list.d": "changes the machine's package sources, at an address that is an example",
    "minisign": "needs a key of a release; tests/packaging/test_release.py signs and verifies",
    "voicegw --config ~/old": "needs the settings of another program; tests/config/test_foreign.py has some",
    "import-voicegateway": "needs the database of another program; tests/gateway/test_import_voicegateway.py has one",
    "voicegw keys create --project anna": "starts a gateway for others on the network; test_pages reads its settings",
}
"""What a shell block has → why it is not run here."""


@pytest.mark.unit
@pytest.mark.parametrize("block", blocks("sh", "bash", "console"), ids=str)
def test_each_shell_block_is_run_or_has_a_reason(block: Block) -> None:
    reasons = [text for text in NOT_RUN if text in block.text]
    ran = [text for text in SHELL if text in block.text]
    exports = all(line.startswith("export ") for line in block.text.splitlines())
    assert bool(reasons) + bool(ran) + exports == 1, f"{block}: {reasons} {ran} {exports}"


@pytest.fixture(scope="module")
def gateway(models_dir: Path) -> Iterator[Served]:
    with served(models_dir) as it:
        yield it


@pytest.mark.real_engine
def test_an_agent_exports_what_a_served_gateway_names(gateway: Served) -> None:
    exports = [block.text for block in blocks("sh") if "LIVEKIT_INFERENCE_URL" in block.text]
    assert len(exports) == 2
    for text in exports:
        assert re.findall(r"^export (\w+)=", text, re.MULTILINE) == list(gateway.livekit_env())


@pytest.mark.real_engine
@pytest.mark.parametrize("text", SHELL)
def test_a_shell_block_runs_as_it_stands(gateway: Served, text: str, tmp_path: Path, speech_dir: Path) -> None:
    for needed in ("bash", "curl"):
        if not shutil.which(needed):
            pytest.skip(f"{needed} is not installed here")
    (block,) = (block for block in blocks("sh") if text in block.text)
    shutil.copy(speech_dir / "jfk.wav", tmp_path / "question.wav")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for _ in range(2):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            env={**gateway.env, "HOME": str(tmp_path), "PATH": path},
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        # what the gateway says where a busy machine gave the engine nothing: send it again
        if "engine_timeout" not in done.stdout:
            break
    assert done.returncode == 0, done.stderr
    assert SHELL[text] in done.stdout + " ".join(p.name for p in tmp_path.iterdir())
