"""`voicegw conformance`: what it runs, what it leaves out, and the page."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from voicegw_desktop.cli import conformance, operate
from voicegw_desktop.cli.conformance import CLIENTS, SCRIPTS, Client, must_have
from voicegw_desktop.cli.conformance_page import Tried, write
from voicegw_desktop.core.errors import ModelNotInstalled
from voicegw_desktop.core.typed import Record
from voicegw_desktop.gateway.operations import OPERATIONS
from voicegw_desktop.testing.clients import __main__ as runner
from voicegw_desktop.testing.clients import beside


@pytest.mark.unit
def test_every_client_has_its_file() -> None:
    for client in CLIENTS:
        name = client.module if client.module.endswith(".mjs") else f"{client.module}.py"
        assert (SCRIPTS / name).is_file()


@pytest.mark.unit
def test_the_page_has_a_row_for_each_check_and_each_client_not_run(tmp_path: Path) -> None:
    checks: list[Record] = [
        {"feature": "speaks", "ok": True, "seconds": 0.1, "detail": "2 s"},
        {"feature": "listens", "ok": False, "seconds": 0.1, "detail": "a|b\nc"},
    ]
    page, clients = tmp_path / "page.md", ["one", "two", "one (node)"]
    write(page, [Tried("one", {"one": "1.0"}, checks), Tried("two", not_run="two is not installed")], clients)
    first = page.read_text()
    assert "1 of 2 checks passed" in first
    assert "| one (one 1.0) | speaks | pass | 2 s | 20" in first
    assert "| one (one 1.0) | listens | **fail** | a/b c | 20" in first
    assert "| two |  | not run | two is not installed | 20" in first

    # a run for some clients replaces their rows, whatever their versions, and leaves those of others
    page.write_text(first + "\n## Below\n")
    write(page, [Tried("one (node)", {"one": "3"}, checks[:1])], clients)
    write(page, [Tried("one", {"one": "2.0"}, checks[:1])], clients)
    rows = [row.split(" | ")[0] for row in page.read_text().splitlines() if row.startswith("| ")]
    assert rows == ["| client", "| one (one 2.0)", "| two", "| one (node) (one 3)"]
    assert "2 of 2 checks passed" in page.read_text()
    assert page.read_text().endswith("\n## Below\n")


@pytest.mark.unit
def test_models_that_are_missing_are_named_with_what_gets_them() -> None:
    models = [{"id": "whisper/base", "installed": True}, {"id": "cloud/one", "installed": None}]
    must_have(models)
    with pytest.raises(ModelNotInstalled, match=r"piper/joe\. .*`voicegw models pull piper/joe`.*--url"):
        must_have([*models, {"id": "piper/joe", "installed": False}])


@pytest.mark.unit
async def test_a_version_is_tried_once_and_a_missing_client_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    have = {"a": "1", "b": "1", "c": "2"}

    async def attempt(client: Client, python: str, node: str | None, where: object, known: set[str]) -> Tried:
        versions = {"x": have[python]} if python in have else {}
        if not versions or str(versions) in known:
            return Tried(client.name, not_run="x is not installed")
        return Tried(client.name, versions, [{"feature": "f", "ok": True, "seconds": 0, "detail": ""}])

    monkeypatch.setattr(conformance, "_try", attempt)
    found = await conformance.everywhere(CLIENTS[0], ["a", "b", "c", "d"], None, {})
    assert [t.versions["x"] for t in found] == ["1", "2"]
    (missing,) = await conformance.everywhere(CLIENTS[0], ["d", "e"], None, {})
    assert missing.not_run == "x is not installed"


@pytest.mark.real_engine
def test_curl_and_wyoming_against_a_gateway_of_its_own(models_dir: Path, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "VOICEGW_HOME": str(tmp_path),
        "VOICEGW_MODELS_DIR": str(models_dir),
        "VOICEGW_SECRET": "only-for-this-test-run-0123456789abcdef",
    }
    env.pop("VOICEGW_CONFIG", None)
    page = tmp_path / "page.md"
    done = subprocess.run(
        [sys.executable, "-m", "voicegw_desktop", "--json", "conformance", "curl", "wyoming", "--page", str(page)],
        env=env, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = {t["client"]: t for t in json.loads(done.stdout)}
    assert set(told) == {"curl", "wyoming"}
    for tried in told.values():
        assert tried["not_run"] or all(check["ok"] for check in tried["checks"])
    assert "checks passed" in page.read_text()


@pytest.mark.unit
def test_a_gateway_that_serves_already_is_asked_for_its_first_key() -> None:
    assert operate._path(OPERATIONS["show_key"], {}) == ("/v1/keys/first/reveal", {})
    assert operate._path(OPERATIONS["show_key"], {"key_id": "k1"}) == ("/v1/keys/k1/reveal", {})


def _told(lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.splitlines()]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotImplementedError("no browser here"), {"feature": "speaks", "skipped": "no browser here"}),
        (ValueError("it did not start"), {"feature": "speaks", "ok": False, "seconds": 0}),
    ],
)
async def test_what_cannot_be_prepared_is_told_for_each_check(
    error: Exception, told: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    closed = []
    client = ModuleType("client")

    async def prepare(where: object) -> None:
        raise error

    async def close() -> None:
        closed.append(True)

    async def speaks(where: object) -> str:
        raise AssertionError("it was not to be tried")

    client.prepare, client.close = prepare, close  # type: ignore[attr-defined]
    await runner._run(client, (("speaks", speaks),), None)  # type: ignore[arg-type]
    (seen,) = _told(capsys.readouterr().out)
    assert seen.items() >= told.items()
    assert closed


@pytest.mark.unit
async def test_a_client_may_have_a_limit_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    client = ModuleType("client")
    client.LIMIT = 0.0  # type: ignore[attr-defined]

    async def speaks(where: object) -> str:
        await asyncio.Event().wait()
        return ""

    await runner._run(client, (("speaks", speaks),), None)  # type: ignore[arg-type]
    assert _told(capsys.readouterr().out)[0]["detail"] == "TimeoutError: "


@pytest.mark.process
async def test_a_program_beside_the_gateway_is_waited_for_and_ended() -> None:
    program = beside.Program()
    secret = program.private("page", "only for this user")
    assert secret.stat().st_mode & 0o077 == 0
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(program.port)]
    await program.start(command, {}, "/page")
    await program.close()
    assert not program.folder.exists()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", program.port)


@pytest.mark.process
async def test_a_program_that_ends_at_once_is_told_with_its_last_words() -> None:
    program = beside.Program()
    with pytest.raises(AssertionError, match="no such setting"):
        await program.start([sys.executable, "-c", "raise SystemExit('no such setting')"], {}, "/")
    await program.close()


@pytest.mark.process
async def test_what_a_client_found_stays_when_it_does_not_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import json, time\n"
        'print(json.dumps({"feature": "speaks", "ok": True, "seconds": 0.1, "detail": ""}), flush=True)\n'
        "time.sleep(600)\n"
    )
    monkeypatch.setattr(conformance, "SCRIPTS", tmp_path)
    note = conformance._note

    def until_the_limit(tried: Tried, fact: object) -> None:
        note(tried, fact)
        raise TimeoutError

    monkeypatch.setattr(conformance, "_note", until_the_limit)
    tried = await conformance._try(Client("one", "client"), sys.executable, None, {})
    assert [(check["feature"], check["ok"]) for check in tried.checks] == [("speaks", True), ("ends", False)]
