"""Looking for a version and fetching it: from a server that sends wrong, too few or too many bytes, and with a full
disk."""

from __future__ import annotations

import asyncio
import errno
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_hub import FakeHub
from tests.support.releases import NAME, NOW, OTHER_KEY, archive_of, listed, program_folder, released
from tests.support.updates import PLENTY, Made, begun, nothing_staged, offer
from voicegw_desktop import __version__
from voicegw_desktop.core.errors import ConfigError, EgressDenied, VoiceGatewayError
from voicegw_desktop.models.errors import DiskFull, HashMismatch, ModelInUse, SourceFailed
from voicegw_desktop.models.files import FileLock
from voicegw_desktop.updates import fetch, manifest, stage, state
from voicegw_desktop.updates.manifest import BadManifest
from voicegw_desktop.updates.minisign import BadSignature

pytestmark = pytest.mark.socket


# -- as it should be ---------------------------------------------------------------------------------------------------


@pytest.mark.process
async def test_a_release_is_fetched_checked_and_waits_for_a_restart(
    tmp_path: Path, hub: FakeHub, packed: bytes, frozen: Path
) -> None:
    hub.cut_after = [10_000, 10_000, 1_000_000, 500_000]
    updates = Made(tmp_path, offer(hub, released(packed, schema=6)))
    assert updates.sentence() is None
    assert await updates.install() == "9.1.0"
    now = state.read(updates.folder)
    assert (now.next, now.current, now.base) == ("9.1.0", "", str(frozen))
    assert now.database == str(tmp_path / "config" / "voicegw.db")
    assert (updates.folder / "9.1.0" / "voicegw").is_file()
    assert updates.troubles["version"] == (
        f"Version {__version__} runs, 9.1.0 is installed: restart VoiceGateway (`voicegw restart`)."
    )
    # broken off twice: gone on with, and nothing is left over
    assert [r for p, r in hub.requests if p.endswith(NAME) and r]
    assert [p.name for p in (updates.folder / "fetch").iterdir()] == ["lock"]
    assert set(updates.asked) == {("127.0.0.1", False)}
    told = updates.told()
    assert (told["installed"], told["version"], told["available"]) == ("9.1.0", __version__, "9.1.0")


@pytest.mark.process
async def test_a_release_is_taken_from_a_folder_without_a_network(tmp_path: Path, packed: bytes, frozen: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name, data in released(packed).items():
        (stick / name).write_bytes(data)

    def refuse(url: str) -> None:
        raise EgressDenied(f"{url}: offline mode is on.")

    updates = Made(tmp_path, "", clear=refuse)
    assert await updates.install(str(stick)) == "9.1.0"
    assert state.read(updates.folder).next == "9.1.0"
    assert (stick / NAME).is_file()
    (stick / NAME).write_bytes(packed[:-1])
    with pytest.raises(HashMismatch):
        await updates.install(str(stick))
    with pytest.raises(ConfigError, match="cannot be read"):
        await updates.look(str(tmp_path / "none"))


@pytest.mark.process
async def test_a_version_whose_packs_do_not_come_is_not_started(tmp_path: Path, packed: bytes, frozen: Path) -> None:
    asked: list[tuple[bool, str]] = []

    async def ahead(program: Path, place: str) -> None:
        asked.append(((program / "voicegw").is_file(), place))
        if len(asked) == 1:
            raise SourceFailed("The pack whisper could not be fetched.")

    stick = tmp_path / "stick"
    stick.mkdir()
    for name, data in released(packed).items():
        (stick / name).write_bytes(data)
    updates = Made(tmp_path, "", ahead=ahead)
    with pytest.raises(SourceFailed, match="whisper"):
        await updates.install(str(stick))
    assert nothing_staged(updates)
    assert await updates.install(str(stick)) == "9.1.0"
    assert asked == [(True, str(stick))] * 2


async def test_nothing_newer_is_no_error(tmp_path: Path, hub: FakeHub, frozen: Path) -> None:
    updates = Made(tmp_path, offer(hub, released(b"x", version=__version__)))
    assert await updates.install() == ""
    assert updates.told()["available"] is None
    assert not any(path.endswith(NAME) for path, _ in hub.requests)


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.fault
@pytest.mark.parametrize(
    ("files", "error"),
    [
        (lambda: released(b"x", key=OTHER_KEY), BadSignature),
        (lambda: {**released(b"x"), manifest.NAME: listed(b"y")}, BadSignature),
        (lambda: {**released(b"x"), manifest.NAME: listed(b"x")[:-40]}, BadSignature),
        (lambda: {**released(b"x"), manifest.SIGNATURE: b""}, BadSignature),
        (lambda: released(b"x", expires=NOW - 1), BadManifest),
        (lambda: {manifest.NAME: listed(b"x")}, SourceFailed),
        (lambda: {**released(b"x"), manifest.NAME: b" " * (fetch.LARGEST + 1)}, SourceFailed),
    ],
    ids=["another key", "forged", "cut off", "no signature", "run out", "404", "endless"],
)
async def test_a_list_that_cannot_be_trusted_changes_nothing(
    tmp_path: Path, hub: FakeHub, frozen: Path, files: Callable[[], dict[str, bytes]], error: type[VoiceGatewayError]
) -> None:
    updates = Made(tmp_path, offer(hub, files()))
    with pytest.raises(error):
        await updates.install()
    assert nothing_staged(updates)
    assert state.read(updates.folder).serial == 0
    assert not any(path.endswith(NAME) for path, _ in hub.requests)


@pytest.mark.fault
async def test_an_older_list_is_refused_after_a_newer_one(tmp_path: Path, hub: FakeHub, frozen: Path) -> None:
    updates = Made(tmp_path, offer(hub, released(b"x", version="9.2.0", serial=NOW - 10)))
    await updates.look()
    offer(hub, released(b"x"))
    # also by a program that was started again
    for each in (updates, Made(tmp_path, str(updates.source.address))):
        with pytest.raises(BadManifest, match="older than one that was seen"):
            await each.install()
    assert nothing_staged(updates)


@pytest.mark.fault
@pytest.mark.parametrize("kind", ["other bytes", "longer", "shorter"])
async def test_an_archive_that_is_not_the_listed_one_is_not_unpacked(
    tmp_path: Path, hub: FakeHub, packed: bytes, frozen: Path, kind: str
) -> None:
    wrong = {"other bytes": packed[:-1] + b"x", "longer": packed + b"x", "shorter": packed[:-1]}[kind]
    updates = Made(tmp_path, offer(hub, {**released(packed), NAME: wrong}))
    with pytest.raises((HashMismatch, SourceFailed)):
        await updates.install()
    assert nothing_staged(updates)
    assert not (updates.folder / "fetch" / f"{NAME}.part").exists()


@pytest.mark.fault
@pytest.mark.parametrize("room", [10_000, PLENTY])
async def test_a_full_disk_is_said_and_what_was_fetched_stays(
    tmp_path: Path, hub: FakeHub, packed: bytes, frozen: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates = Made(tmp_path, offer(hub, released(packed)), free_space=lambda _: room)
    if room == PLENTY:

        def full(self: tarfile.TarFile, *_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(tarfile.TarFile, "extract", full)
    with pytest.raises(DiskFull):
        await updates.install()
    assert nothing_staged(updates)
    # what was fetched whole need not be fetched again
    assert (updates.folder / "fetch" / f"{NAME}.part").exists() == (room == PLENTY)


@pytest.mark.fault
@pytest.mark.process
async def test_a_fetch_that_was_broken_off_goes_on_where_it_was(
    tmp_path: Path, hub: FakeHub, packed: bytes, frozen: Path
) -> None:
    hub.hold_after = 2_200_000
    updates = Made(tmp_path, offer(hub, released(packed)))
    part = updates.folder / "fetch" / f"{NAME}.part"
    work = asyncio.ensure_future(updates.install())
    await begun(part)
    with pytest.raises(ModelInUse, match="is fetching"):
        await Made(tmp_path, str(updates.source.address)).install()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert nothing_staged(updates)
    hub.hold_after = None
    hub.resume.set()
    assert await Made(tmp_path, str(updates.source.address)).install() == "9.1.0"
    assert hub.requests[-1][1] is not None, "fetched from the beginning"


@pytest.mark.fault
async def test_what_a_killed_program_left_half_unpacked_is_removed(
    tmp_path: Path, hub: FakeHub, packed: bytes, frozen: Path
) -> None:
    updates = Made(tmp_path, offer(hub, {**released(packed), NAME: packed[:-1] + b"x"}))
    half = updates.folder / f"{stage.STAGING}9.1.0" / "voicegw"
    half.mkdir(parents=True)
    with pytest.raises(HashMismatch):
        await updates.install()
    assert not half.exists()
    # a lock that a killed program held is free
    lock = FileLock(updates.folder / "fetch" / "lock")
    assert lock.try_acquire()
    lock.release()


@pytest.mark.fault
@pytest.mark.process
@pytest.mark.parametrize(
    ("version", "extra", "says"),
    [
        ("9.9.9", None, r"does not start here \(status 0\): voicegw 9.9.9"),
        ("9.1.0", "../outside", "cannot be unpacked"),
        ("9.1.0", "second/file", "does not hold one folder"),
    ],
)
async def test_an_archive_with_something_else_is_not_used(
    tmp_path: Path, hub: FakeHub, frozen: Path, version: str, extra: str | None, says: str
) -> None:
    program_folder(tmp_path / "wrong", version, "stay")
    info = tarfile.TarInfo(extra or "")
    info.size = 1
    data = archive_of(tmp_path / "wrong", (info, b"x") if extra else None)
    updates = Made(tmp_path, offer(hub, released(data)))
    with pytest.raises(stage.BadArchive, match=says):
        await updates.install()
    assert nothing_staged(updates)
    assert not (updates.folder / "outside").exists()


async def test_an_archive_that_is_none_is_said(tmp_path: Path, hub: FakeHub, frozen: Path) -> None:
    updates = Made(tmp_path, offer(hub, released(io.BytesIO(b"no archive").getvalue())))
    with pytest.raises(stage.BadArchive, match="cannot be unpacked"):
        await updates.install()
    assert nothing_staged(updates)
