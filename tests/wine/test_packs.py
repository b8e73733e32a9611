"""A pack of llama.cpp for Windows: made, fetched from a folder by a program without it, used by a worker, in use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.wine import test_windows
from tests.wine.test_windows import LLM, Windows

distlib = pytest.importorskip("pip._vendor.distlib", reason="pip's launcher for Windows is not here")

pytestmark = test_windows.pytestmark


def test_an_engine_comes_as_a_pack_serves_and_goes() -> None:
    if not os.environ.get("VOICEGW_TEST_MODELS"):
        pytest.skip("VOICEGW_TEST_MODELS names no folder with model weights; `make wine` sets it")
    windows = Windows(f"vg-packs-{os.getpid()}")
    made = windows.home.with_name(f"{windows.home.name}-made")
    made.mkdir(parents=True)
    shutil.copy(Path(distlib.__file__).with_name("t64.exe"), made / "launcher")
    there = f"C:\\{made.name}"
    status, said = windows.python("Z:\\tree\\tests\\wine\\packed.py", there, f"{there}\\launcher")
    assert status == 0, said
    windows.program = f"{there}\\program\\voicegw.exe"
    windows.run("init")
    key = (made / "key.pub").read_text()
    (windows.home / "config" / "voicegw.yaml").write_text(
        f"serve: {{port: {windows.port}}}\nupdates: {{keys: [{key}]}}\n"
        "models: {llm: {small: {provider: llamacpp, model: smollm2-135m}}}\n"
    )
    windows.run("models", "import", "Z:\\models\\llamacpp")
    windows.run("start")
    try:
        body = {"model": LLM, "max_tokens": 8, "messages": [{"role": "user", "content": "Say hello."}]}
        made_key = windows.ask("keys", "create", "--name", "chat")["api_key"]
        assert "voicegw packs add llamacpp" in windows.refused("/v1/chat/completions", made_key, body)
        assert windows.ask("packs", "add", "llamacpp", "--folder", there, "--yes")["added"] == ["llamacpp"]
        (pack,) = windows.ask("packs", "list")["packs"]
        assert (pack["name"], pack["installed"]) == ("llamacpp", True)
        answer = windows.call("/v1/chat/completions", made_key, body)
        assert answer["usage"]["completion_tokens"] > 0
        # Windows deletes no library that a process has loaded
        status, said = windows.python(*windows.by, "packs", "remove", "llamacpp", "--yes")
        assert status != 0
        assert "Files of the pack llamacpp are in use" in said
        assert not windows.ask("packs", "list")["packs"][0]["installed"]
    finally:
        windows.run("stop")
