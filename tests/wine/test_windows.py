"""The core on Windows, as far as wine shows it: the command line, the gateway without a window, keys, routes, money."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "build" / "wine" / "python"
LIMIT = 300  # s of one command: wine starts slowly where others work
LLM = "llamacpp/smollm2-135m"

pytestmark = [
    pytest.mark.wine,
    pytest.mark.process,
    pytest.mark.socket,
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PYTHON.exists(), reason="no Windows Python under wine here: `make wine` sets it up"),
]


class Windows:
    """One profile on the drive C: in the folder `name`, and in those of `below` in each other."""

    def __init__(self, name: str, *below: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.drive = ROOT / "build/wine/debian/w/prefix/drive_c"
        self.home = self.drive.joinpath(name, *below)
        self.environment = {**os.environ, "VOICEGW_HOME": "\\".join(["C:", name, *below])}
        for variable in ("PYTHONUTF8", "PYTHONIOENCODING", "VOICEGW_CONFIG", "VOICEGW_MODELS_DIR", "PYTHONPATH"):
            self.environment.pop(variable, None)

        self.interpreter = PYTHON
        self.program = ""
        """The program as an .exe; empty: the tree, by Python."""

    @property
    def by(self) -> tuple[str, ...]:
        """What Windows' Python is given before a command; it starts the .exe, which has no other way into wine."""
        return ("-c", RUN, self.program) if self.program else ("-m", "voicegw_desktop")

    def python(self, *arguments: str) -> tuple[int, str]:
        """Run Windows' Python; its status and what it wrote."""
        # a file: the services of wine keep a pipe open after the command has ended
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self.interpreter), *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, check=False, timeout=LIMIT,
            )  # fmt: skip
            output.seek(0)
            return done.returncode, output.read().decode("utf-8", "replace").replace("\r", "")

    def run(self, *arguments: str) -> str:
        """Run a command that has to work."""
        status, said = self.python(*self.by, *arguments)
        assert status == 0, said
        return said

    def ask(self, *arguments: str) -> Any:
        """What a command answers as JSON."""
        said = self.run("--json", *arguments)
        return json.loads(said[said.index("{") :])

    def call(self, path: str, key: str, body: object = None) -> Any:
        """Ask the gateway over its port."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            return json.load(answer)

    def refused(self, path: str, key: str, body: object) -> str:
        """What the gateway says where it refuses."""
        with pytest.raises(urllib.error.HTTPError) as refused:
            self.call(path, key, body)
        with refused.value as error:
            return error.read().decode()


RUN = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"


@pytest.fixture(scope="module")
def windows() -> Iterator[Windows]:
    """A profile in which a gateway was started by `voicegw start`."""
    made = Windows(f"vg-{os.getpid()}-{time.monotonic_ns()}")
    made.run("init")
    (made.home / "config" / "voicegw.yaml").write_text(
        f"serve: {{port: {made.port}}}\nmodels: {{llm: {{small: {{provider: llamacpp, model: smollm2-135m}}}}}}\n"
    )
    assert "Started" in made.run("start")
    try:
        yield made
    finally:
        made.run("stop")


def test_the_command_line_writes_what_a_code_page_lacks(windows: Windows) -> None:
    said = windows.run("doctor")
    assert "✓" in said or "? " in said
    assert "configuration" in said
    assert "UnicodeEncodeError" not in said


def test_a_gateway_in_the_background_answers_the_command_line(windows: Windows) -> None:
    status = windows.ask("status")
    assert status["serving"] is True
    assert status["endpoint"] == f"http://127.0.0.1:{windows.port}/v1"
    # a second one does not start beside it
    assert "running already" in windows.run("start")
    pid = status["pid"]
    windows.run("restart")
    assert windows.ask("status")["pid"] != pid


def test_keys_routes_and_budgets_take_effect_in_the_gateway_that_runs(windows: Windows) -> None:
    windows.run("projects", "create", "shop", "--daily-budget", "1", "--budget-action", "block")
    key = windows.ask("keys", "create", "--project", "shop", "--name", "shop")["api_key"]
    windows.run("route", "set", "llm", LLM)
    assert windows.ask("route", "show")["routes"]["llm"] == LLM
    budgets = {b["name"]: b for b in windows.ask("budgets")["budgets"] if b["kind"] == "project"}
    assert budgets["shop"]["action"] == "block"
    assert windows.call("/v1/models", key)["data"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        windows.call("/v1/models", "vgw-not-a-key")
    with refused.value as error:
        assert error.code == 401
    windows.run("offline", "on")
    assert windows.ask("status")["offline"] is True
    windows.run("offline", "off")


def test_a_model_answers_through_a_worker_and_is_counted(windows: Windows) -> None:
    if not os.environ.get("VOICEGW_TEST_MODELS"):
        pytest.skip("VOICEGW_TEST_MODELS names no folder with model weights; `make wine` sets it")
    # Windows keeps times of files in steps of 100 ns: what Linux wrote down about them does not fit there
    windows.run("models", "import", "Z:\\models\\llamacpp")
    listed = {m["id"]: m for m in windows.ask("models")["models"]}
    assert listed[LLM]["installed"] is True
    key = windows.ask("keys", "create", "--name", "chat")["api_key"]
    body = {"model": LLM, "max_tokens": 8, "messages": [{"role": "user", "content": "Say hello."}]}
    answer = windows.call("/v1/chat/completions", key, body)
    assert answer["choices"][0]["message"]["content"]
    assert answer["usage"]["completion_tokens"] > 0
    assert windows.ask("costs")["requests"] >= 1
    # the worker ends with the gateway: `restart` in another test and `stop` at the end would hang on one that stays
    assert any(e["state"] in ("ready", "idle", "busy") for e in windows.ask("engines")["engines"])


def test_a_profile_with_paths_over_260_characters_serves() -> None:
    if not os.environ.get("VOICEGW_TEST_MODELS"):
        pytest.skip("VOICEGW_TEST_MODELS names no folder with model weights; `make wine` sets it")
    # wine cannot resolve such paths (GetFinalPathNameByHandle), which `models import` does: it goes to a short one
    short = Windows(f"vg-short-{os.getpid()}")
    short.run("models", "import", "Z:\\models\\llamacpp")
    deep = Windows(f"vg-deep-{os.getpid()}", *["d" * 60] * 4)
    config = deep.home / "config" / "voicegw.yaml"
    assert len(f"C:\\{config.relative_to(deep.drive)}") > 260
    config.parent.mkdir(parents=True)
    config.write_text(f"serve: {{port: {deep.port}}}\n")
    (deep.home / "data").mkdir()
    shutil.move(short.home / "data" / "models", deep.home / "data" / "models")
    deep.run("start")
    try:
        key = deep.ask("keys", "create", "--name", "chat")["api_key"]
        body = {"model": LLM, "max_tokens": 8, "messages": [{"role": "user", "content": "Say hello."}]}
        assert deep.call("/v1/chat/completions", key, body)["usage"]["completion_tokens"] > 0
        assert deep.ask("costs")["requests"] == 1
    finally:
        deep.run("stop")


def test_secrets_records_and_versions(windows: Windows) -> None:
    assert windows.ask("secrets")["kind"] in ("keychain", "sealed file")
    told = windows.ask("update")
    assert told["version"] == told["installed"]
    copy = windows.home / "copy.db"
    windows.run("backup", f"C:\\{windows.home.name}\\copy.db")
    assert copy.read_bytes()[:15] == b"SQLite format 3"


ATTACH = """
import asyncio, json, subprocess, sys
sys.path.insert(0, "Z:\\\\tree")
from voicegw_desktop.app.attached import AttachedHost
from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.providers.app_socket import AppSocket

async def main():
    socket = system_paths().socket
    agent = AppSocket(socket)
    print("agent", await agent.answers())
    await agent.aclose()
    window = AttachedHost(f"unix:{socket}")
    await window.start(lambda event: None)
    print("window", (await window.call("status"))["serving"])
    await window.stop()

asyncio.run(main())
asked = [
    {"jsonrpc": "2.0", "id": 1, "method": "initialize",
     "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "get_provider_status", "arguments": {}}},
]
lines = "".join(json.dumps(each) + "\\n" for each in asked)
done = subprocess.run([sys.executable, "-m", "voicegw_desktop", "mcp"], input=lines.encode(), capture_output=True)
print("mcp", done.returncode, done.stdout.decode(), done.stderr.decode())
"""


def test_agents_the_window_and_mcp_find_the_gateway(windows: Windows) -> None:
    status, said = windows.python("-c", ATTACH)
    assert status == 0, said
    assert "agent True" in said
    assert "window True" in said
    assert "mcp 0" in said
    (answer,) = [each for line in said.splitlines() if line.startswith("{") and (each := json.loads(line))["id"] == 2]
    assert f"http://127.0.0.1:{windows.port}/v1" in json.dumps(answer["result"]), answer
    # no engine that hears is here, and the gateway that runs says so
    status, said = windows.python(*windows.by, "smoke-test")
    assert status == 1
    assert "No gateway is running" not in said
    assert "models pull" in said


LAUNCH = """
import sys
sys.path.insert(0, "Z:\\\\tree")
from pathlib import Path
from voicegw_desktop.core.paths import system_paths
from voicegw_desktop.updates import fallback, state
folder = state.folder_of(system_paths())
with state.changed(folder) as now:
    now.next, now.tries = "9.1.0", 1
print(state.read(folder).next)
from voicegw_desktop.updates import manifest, launch
print(manifest.system(), launch._answers(system_paths()), fallback.confirm(system_paths()))
"""


CONDITIONS = """
import sys
sys.path.insert(0, "Z:\\\\tree")
from voicegw_desktop.config.schema_routing import ConditionConfig
from voicegw_desktop.core.clock import SystemClock
from voicegw_desktop.routing.conditions import Conditions, system_readers
given = {"power": "battery"}, {"power": "mains"}, {"network": "offline"}, {"network": "online"}, {"cpu_above": 0}
conditions = Conditions([ConditionConfig(when=when, stt="whisper/base") for when in given], SystemClock())
conditions.poll()
print("holding", *(f"{c.when.power}-{c.when.network}" for c in conditions.holding))
"""


def test_power_and_network_are_told_by_windows(windows: Windows) -> None:
    # wine tells of no battery here, and has the network cards and the processors of the system below it
    status, said = windows.python("-c", CONDITIONS)
    assert status == 0, said
    assert "holding mains-None None-online" in said


def test_the_state_of_updates_is_kept_on_windows(windows: Windows) -> None:
    status, said = windows.python("-c", LAUNCH)
    assert status == 0, said
    assert said.split()[-4:] == ["9.1.0", "windows-x86_64", "True", "False"]


FAMILY = """
import subprocess, sys, time
sys.path.insert(0, "Z:\\\\tree")
import psutil
from voicegw_desktop.core.processes import Family, alive
nest = "input(); import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE); "
nest += "print(1, flush=True); input()"
child = subprocess.Popen([sys.executable, "-c", nest], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
family = Family(child.pid)
child.stdin.write(b"\\n")
child.stdin.flush()
child.stdout.readline()
(below,) = psutil.Process(child.pid).children()
child.kill()
child.wait()
before = alive(below.pid)
family.kill()
psutil.wait_procs([below], timeout=60)
print("alive", before, alive(below.pid))
"""


def test_what_a_child_started_ends_with_it(windows: Windows) -> None:
    status, said = windows.python("-c", FAMILY)
    assert status == 0, said
    assert said.split()[-3:] == ["alive", "True", "False"]


def test_keys_and_the_token_of_the_control_channel_are_for_this_user_alone(windows: Windows) -> None:
    # wine makes a mode out of the rights that a file has: those of the system itself are the group's
    windows.ask("keys", "create", "--name", "private")
    assert windows.ask("secrets")["kind"] == "sealed file"
    private = [windows.home / "config", windows.home / "config" / "secrets.key", *(windows.home / "run").glob("*.port")]
    assert len(private) == 3
    for path in private:
        assert path.stat().st_mode & 0o007 == 0, path
