"""The whole program serving in a process of its own, with a profile that is thrown away."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.desktop import wait_for

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
serve: {port: 0, wyoming_port: 0}
engines: {keep_alive: "-1"}
routing:
  stt: {aliases: {"*": whisper/tiny.en}}
  llm: {aliases: {"*": llamacpp/%(llm)s}}
  tts: {aliases: {"*": piper/en_US-joe-medium}}
"""


@dataclass
class Served:
    """A running `voicegw serve`."""

    url: str
    """`http://127.0.0.1:PORT`"""
    key: str
    key_id: str
    secret: str
    """LiveKit's API secret."""
    home: Path
    process: subprocess.Popen[str]
    python: str = sys.executable
    """The interpreter of the environment in which the program is installed."""

    @property
    def v1(self) -> str:
        return f"{self.url}/v1"

    @property
    def socket(self) -> Path:
        return self.home / "run" / "voicegw.sock"

    def livekit_env(self) -> dict[str, str]:
        """What an agent sets to be served here."""
        return {
            "LIVEKIT_INFERENCE_URL": self.v1,
            "LIVEKIT_INFERENCE_API_KEY": self.key_id,
            "LIVEKIT_INFERENCE_API_SECRET": self.secret,
        }

    def voicegw(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in the same profile."""
        return subprocess.run(
            [self.python, "-m", "voicegw_desktop", *arguments],
            env=self.env, cwd=self.cwd, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @property
    def cwd(self) -> Path | None:
        """Not here where another tree serves: `-m` would find this one."""
        return None if self.python == sys.executable else self.home

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "VOICEGW_HOME": str(self.home), "VOICEGW_CONFIG": str(self.home / "voicegw.yaml")}


@contextlib.contextmanager
def served(
    models: Path,
    *,
    config: str = CONFIG,
    llm: str = "smollm2-135m",
    extra: str = "",
    python: str = sys.executable,
) -> Iterator[Served]:
    """Serve until the block ends; `python`: of another tree's environment, to compare it with this one."""
    with tempfile.TemporaryDirectory(prefix="vgw", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "voicegw.yaml").write_text(config % {"llm": llm} + extra)
        it = Served("", "", "", "", home, None, python)  # type: ignore[arg-type]
        env = {**it.env, "VOICEGW_MODELS_DIR": str(models), "VOICEGW_SECRET": "only-for-this-test-run-0123456789abcdef"}
        it.process = subprocess.Popen(
            [python, "-m", "voicegw_desktop", "serve"],
            env=env, cwd=it.cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert it.process.stdout is not None
            line = it.process.stdout.readline()
            if not line:
                # it ends, and says on stderr why
                it.process.wait(60)
            assert "/v1" in line, line + (it.process.stderr.read() if it.process.poll() is not None else "")  # type: ignore[union-attr]
            it.url = line.split("serves ")[1].split("/v1")[0]
            wait_for("the unix socket", it.socket.exists)
            os.environ["VOICEGW_SECRET"] = env["VOICEGW_SECRET"]
            revealed = json.loads(it.voicegw("--json", "keys", "show").stdout)
            it.key_id = revealed["key_id"]
            it.key, it.secret = revealed["api_key"], revealed["livekit"]["api_secret"]
            yield it
        finally:
            os.environ.pop("VOICEGW_SECRET", None)
            it.process.terminate()
            try:
                it.process.wait(20)
            except subprocess.TimeoutExpired:
                it.process.kill()
                it.process.wait(10)
            for stream in (it.process.stdout, it.process.stderr):
                if stream is not None:
                    stream.close()
