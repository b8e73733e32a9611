"""An installed package adds an engine, a provider and a door, and no code of the program names them."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import wave
from array import array
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.support.served import Served, served

pytestmark = pytest.mark.e2e

pytest.importorskip("hatchling", reason="the build extra is not installed")
pytest.importorskip("numpy")
EXAMPLE = Path(__file__).resolve().parents[1] / "example_engine"
CONFIG = """
serve: {port: 0}
engines: {morse: {words_per_minute: 30}}
routing: {tts: {aliases: {"tts-*": morse/cw}}}
models: {llm: {office: {provider: telegraph}}}
# %(llm)s
"""
BROKEN = "[voicegw.engines]\nbroken = no_such_module:ENGINE\ntwice = voicegw_morse:ENGINE\nwrong = json:loads\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example installed by pip, and a package whose declarations are broken."""
    folder = tmp_path_factory.mktemp("site")
    source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "example")
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation", "--quiet"]
    done = subprocess.run(
        [*pip, "--target", str(folder), str(source)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    bad = folder / "zz_broken-1.0.dist-info"
    bad.mkdir()
    (bad / "METADATA").write_text("Metadata-Version: 2.1\nName: zz-broken\nVersion: 1.0\n")
    (bad / "entry_points.txt").write_text(BROKEN)
    return folder


class Office(BaseHTTPRequestHandler):
    """The provider's server: repeats what it is told, in OpenAI's form."""

    asked: ClassVar[list[tuple[str | None, dict[str, Any]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.headers["Authorization"], body))
        message = {"role": "assistant", "content": body["messages"][-1]["content"]}
        answer = {
            "id": "1", "object": "chat.completion", "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        }  # fmt: skip
        raw = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is no log."""


@pytest.fixture(scope="module")
def office() -> Iterator[str]:
    """The address of the provider's server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Office) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


@pytest.fixture(scope="module")
def gateway(site: Path, office: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(site))
        patch.setenv("TELEGRAPH_API_KEY", "the-office-key")
        address = f"providers: {{telegraph: {{base_url: '{office}'}}}}\n"
        with served(tmp_path_factory.mktemp("models"), config=CONFIG, extra=address) as it:
            yield it


def asked(gateway: Served, path: str, body: dict[str, Any]) -> bytes:
    headers = {"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{gateway.v1}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


def told(gateway: Served, *verb: str) -> Any:
    done = gateway.voicegw("--json", *verb)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def signs(recording: bytes) -> tuple[str, float]:
    """Dots and dashes of a recording, and the tone's frequency in hertz."""
    with wave.open(io.BytesIO(recording)) as file:
        rate, samples = file.getframerate(), array("h", file.readframes(file.getnframes()))
    step = rate // 200
    loud = [max(map(abs, samples[i : i + step])) > 1000 for i in range(0, len(samples), step)]
    tones = [len(list(run)) for heard, run in itertools.groupby(loud) if heard]
    crossings = sum(1 for a, b in itertools.pairwise(samples) if a < 0 <= b)
    heard_s = sum(tones) * step / rate
    return "".join("." if tone < 2 * min(tones) else "-" for tone in tones), crossings / heard_s


def test_it_speaks_what_it_is_sent(gateway: Served) -> None:
    body = {"model": "tts-1", "input": "sos", "voice": "high", "response_format": "wav"}
    said, hertz = signs(asked(gateway, "/audio/speech", body))
    # the full stop at the end is added to every text that has none
    assert said == "...---...." + "-.-.-"
    assert hertz == pytest.approx(880, rel=0.1)
    running = {engine["name"]: engine for engine in told(gateway, "engines", "list")["engines"]}
    assert running["morse/cw"]["state"] in ("ready", "idle", "busy")


def test_the_command_line_lists_and_routes_it(gateway: Served) -> None:
    models = {model["id"]: model for model in told(gateway, "models", "list")["models"]}
    assert (models["morse/cw"]["state"], models["morse/cw"]["modality"]) == ("installed", "tts")
    assert "morse" in {provider["id"] for provider in told(gateway, "providers", "list")["providers"]}
    told(gateway, "route", "set", "tts", "morse/cw")
    assert told(gateway, "route", "show")["routes"]["tts"] == "morse/cw"
    assert gateway.voicegw("models", "remove", "morse/cw").returncode != 0
    assert gateway.voicegw("route", "set", "tts", "morse/nothing").returncode != 0


def test_its_provider_answers_and_is_listed(gateway: Served) -> None:
    body = {"model": "telegraph/clerk-2", "messages": [{"role": "user", "content": "stop"}]}
    answer = json.loads(asked(gateway, "/chat/completions", body))
    assert answer["choices"][0]["message"]["content"] == "stop"
    key, sent = Office.asked[-1]
    assert (key, sent["model"]) == ("Bearer the-office-key", "clerk-2")
    # what tray and window offer: the name in `models`, with the provider's usual model
    office = next(model for model in told(gateway, "models", "registered")["models"] if model["id"] == "office")
    assert (office["provider"], office["model"], office["modality"]) == ("telegraph", "clerk-1", "llm")
    provider = next(p for p in told(gateway, "providers", "list")["providers"] if p["id"] == "telegraph")
    assert (provider["modalities"], provider["zone"], provider["configured"]) == (["llm"], "local", True)
    told(gateway, "route", "set", "llm", "telegraph/clerk-1")
    asked(gateway, "/chat/completions", {**body, "model": "auto"})
    assert Office.asked[-1][1]["model"] == "clerk-1"
    assert {row["wire"] for row in told(gateway, "logs")["logs"] if row["provider"] == "telegraph"} == {"openai"}


def test_its_door_lets_clients_in_as_every_door_does(gateway: Served) -> None:
    body = {"to": "telegraph/clerk-1", "text": "sos"}
    assert json.loads(asked(gateway, "/telegrams", body)) == {"signs": "... --- ..."}
    newest = told(gateway, "logs", "--limit", "1")["logs"][0]
    assert (newest["wire"], newest["provider"], newest["input_units"]) == ("telegrams", "telegraph", 3)
    refused = urllib.request.Request(f"{gateway.v1}/telegrams", b"{}", {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(refused, timeout=60)
    assert error.value.code == 401
    error.value.close()
    with pytest.raises(urllib.error.HTTPError) as error:
        asked(gateway, "/telegrams", {"to": "telegraph/clerk-1"})
    assert (error.value.code, json.load(error.value)["error"]["param"]) == (400, "text")
    error.value.close()


def test_a_model_of_its_catalogue_is_imported_and_speaks(gateway: Served, tmp_path: Path) -> None:
    ham = next(model for model in told(gateway, "models", "list")["models"] if model["id"] == "morse/ham")
    assert (ham["state"], ham["licence"], ham["sources"]) == ("available", "Apache-2.0", ["folder"])
    # recognised by its digest, whatever its name
    (tmp_path / "anything").write_text('{"words_per_minute": 30}')
    told(gateway, "models", "import", str(tmp_path))
    told(gateway, "route", "set", "tts", "as_requested")
    body = {"model": "morse/ham", "input": "e", "response_format": "wav"}
    assert signs(asked(gateway, "/audio/speech", body))[0] == "." + ".-.-.-"


def test_its_server_is_started_by_a_request_and_is_an_engine(gateway: Served) -> None:
    def server() -> Any:
        return next(e for e in told(gateway, "engines", "list")["engines"] if e["name"] == "sounder/server")

    told(gateway, "route", "set", "llm", "as_requested")
    assert server()["state"] == "stopped"
    body = {"model": "sounder/any", "messages": [{"role": "user", "content": "sos"}]}
    assert json.loads(asked(gateway, "/chat/completions", body))["choices"][0]["message"]["content"] == "... --- ..."
    assert server()["state"] == "ready"
    newest = told(gateway, "logs", "--limit", "1")["logs"][0]
    assert (newest["model_id"], newest["pricing_source"], newest["cost_nanos"]) == ("sounder/any", "local", 0)
    assert gateway.voicegw("engines", "stop", "sounder/server", "--yes").returncode == 0
    assert server()["state"] == "stopped"


def test_its_listener_serves_beside_the_gateways_own_socket(gateway: Served) -> None:
    def sent(line: str) -> str:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(60)
            wire.connect(str(gateway.socket.with_name("wire.sock")))
            wire.sendall(line.encode() + b"\n")
            return wire.makefile().readline().strip()

    told(gateway, "route", "set", "llm", "as_requested")
    assert sent("sounder/any sos") == "... --- ..."
    assert told(gateway, "logs", "--limit", "1")["logs"][0]["wire"] == "wire"
    assert "No provider" in sent("nowhere/any sos")


def test_a_broken_package_is_a_warning_of_doctor_and_no_more(gateway: Served) -> None:
    checks = told(gateway, "doctor")["checks"]
    warned = [check["message"] for check in checks if check["check"] == "extensions"]
    assert all(check["state"] == "warning" for check in checks if check["check"] == "extensions")
    assert len(warned) == 3
    assert "no_such_module" in warned[0]
    assert "is a function; a Descriptor is needed" in warned[1]
    assert 'there is a provider "morse" already' in warned[2]


def test_its_section_is_checked_and_documented(gateway: Served, site: Path) -> None:
    wrong = gateway.home / "wrong.yaml"
    wrong.write_text("engines: {morse: {words_per_minute: 400}}\n")
    done = gateway.voicegw("--config", str(wrong), "config", "explain")
    assert "engines.morse.words_per_minute" in done.stderr + done.stdout
    page = gateway.home / "reference.md"
    command = [sys.executable, "-m", "voicegw_desktop.cli.reference", str(page)]
    env = {**gateway.env, "PYTHONPATH": str(site)}
    subprocess.run(command, env=env, cwd=EXAMPLE.parents[1], check=True, timeout=60)
    assert "| `words_per_minute` | number | `20.0` | Speed, by the word PARIS: 50 dots. |" in page.read_text()
