"""Packs: fetched over a server that lies or breaks off, out of a folder, by a full disk; used by workers; removed."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
import sys
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_hub import FakeHub
from tests.support.pack_releases import FITS, LIST, archive, carried, put, released
from tests.support.releases import KEY, NOW, OTHER_KEY
from tests.support.updates import PLENTY, instantly, offer
from voicegw_desktop.cli import needs
from voicegw_desktop.core import install, packs, registry
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import ConfigError, EgressDenied, NotFound, VoiceGatewayError
from voicegw_desktop.core.events import ModelProgress
from voicegw_desktop.models.errors import DiskFull, HashMismatch, ModelInUse, SourceFailed
from voicegw_desktop.updates import stage
from voicegw_desktop.updates.manifest import BadManifest, Source
from voicegw_desktop.updates.minisign import BadSignature
from voicegw_desktop.updates.packs import NoPacks, PackInUse, Packs

pytestmark = pytest.mark.socket

ARCHIVES = {name: archive(name) for name in ("shared", "whisper", "cloud")}


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """This program as an installed folder without engines; where its packs go."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / packs.FILE).write_text(carried(ARCHIVES))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(inside), raising=False)
    monkeypatch.setenv("VOICEGW_HOME", str(tmp_path / "home"))
    packs.offered.cache_clear()
    yield tmp_path / "home" / "data" / "packs" / FITS
    packs.offered.cache_clear()


@pytest.fixture
async def hub() -> AsyncIterator[FakeHub]:
    async with FakeHub() as made:
        yield made


def made(address: str, key: Any = KEY, clear: Callable[[str], object] = lambda _: None, free: int = PLENTY) -> Packs:
    return Packs(
        ManualClock(NOW), lambda: Source(address, (key.public,) if key else ()), clear=clear,
        connects=lambda *_: None, free_space=lambda _: free, sleep=instantly,
    )  # fmt: skip


def nothing(core: Path) -> bool:
    """Whether no pack counts, and none is half there."""
    return packs.in_place() == {} and left(core) == []


def left(folder: Path) -> list[str]:
    """Names in a folder; none where there is no folder."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


# -- as it should be ---------------------------------------------------------------------------------------------------


async def test_a_pack_comes_with_those_that_it_needs_and_goes_on_where_it_broke_off(hub: FakeHub, core: Path) -> None:
    hub.cut_after = [10_000, 10_000, 20_000]
    store = made(offer(hub, released(ARCHIVES)))
    assert [p.name for p in store.wanted("whisper")] == ["shared", "whisper"]
    assert await store.add("whisper") == ["shared", "whisper"]
    assert packs.in_place() == {"shared": core / "shared", "whisper": core / "whisper"}
    assert (core / "whisper" / "faster_whisper" / "__init__.py").is_file()
    assert [r for p, r in hub.requests if p.endswith(".tar.xz") and r]
    # nothing is left over, and nothing is asked a second time
    assert left(core) == ["shared", "shared.json", "whisper", "whisper.json"]
    assert left(core.parent / "fetch") == ["lock"]
    asked = len(hub.requests)
    assert await store.add("whisper") == []
    assert len(hub.requests) == asked
    told = {p["name"]: p["installed"] for p in store.told()["packs"]}  # type: ignore[attr-defined]
    assert told == {"shared": True, "whisper": True, "cloud": False}


async def test_how_far_a_pack_is_is_told(hub: FakeHub, core: Path) -> None:
    told: list[ModelProgress] = []
    address = offer(hub, released(ARCHIVES))
    store = Packs(
        ManualClock(NOW), lambda: Source(address, (KEY.public,)), clear=lambda _: None, connects=lambda *_: None,
        free_space=lambda _: PLENTY, sleep=instantly, moved=told.append,
    )  # fmt: skip
    whole = sum(each.size for each in store.wanted("whisper"))
    await store.add("whisper")
    assert {event.model for event in told} == {"pack/whisper"}
    assert {event.total_bytes for event in told} == {whole}
    assert [told[0].state, told[-1].state] == ["waiting", "installed"]
    assert {"pulling", "verifying"} < {event.state for event in told}
    assert [event.done_bytes for event in told] == sorted(event.done_bytes for event in told)
    told.clear()
    hub.files.clear()
    with pytest.raises(VoiceGatewayError) as failed:
        await store.add("cloud")
    assert (told[-1].state, told[-1].message) == ("failed", str(failed.value))

    async def stopped(*_: object) -> None:
        raise asyncio.CancelledError

    store._fetch = stopped  # type: ignore[method-assign,assignment]
    with pytest.raises(asyncio.CancelledError):
        await store.add("cloud")
    assert told[-1].state == "paused"


async def test_a_pack_comes_out_of_a_folder_without_a_network(tmp_path: Path, core: Path) -> None:
    def refuse(url: str) -> None:
        raise EgressDenied(f"{url}: offline mode is on.")

    store = made("https://example.invalid/", clear=refuse)
    with pytest.raises(EgressDenied):
        await store.add("cloud")
    stick = put(tmp_path / "stick", released(ARCHIVES))
    assert await store.add("cloud", stick) == ["cloud"]
    assert (tmp_path / "stick" / "pack-cloud.tar.xz").is_file()
    (tmp_path / "stick" / "pack-whisper.tar.xz").unlink()
    with pytest.raises(ConfigError, match="copy it beside the list"):
        await store.add("whisper", stick)
    with pytest.raises(ConfigError, match="cannot be read"):
        await store.add("whisper", str(tmp_path / "none"))


async def test_a_newer_program_finds_the_packs_that_were_in_use(tmp_path: Path, core: Path) -> None:
    store = made("")
    newer, fits = tmp_path / "9.1.0", "ba9876543210"
    (newer / "_internal").mkdir(parents=True)
    (newer / "_internal" / packs.FILE).write_text(carried(ARCHIVES).replace(FITS, fits))
    assert await store.ahead(newer, "") == []
    await store.add("whisper", put(tmp_path / "stick", released(ARCHIVES)))
    files = released(ARCHIVES, fits=fits)
    named = LIST.replace(FITS, fits)
    files |= {named: files[LIST], f"{named}.minisig": files[f"{LIST}.minisig"]}
    stick = put(tmp_path / "newer", files)
    (tmp_path / "newer" / "pack-whisper.tar.xz").rename(tmp_path / "away")
    with pytest.raises(ConfigError, match="copy it beside the list"):
        await store.ahead(newer, stick)
    (tmp_path / "away").rename(tmp_path / "newer" / "pack-whisper.tar.xz")
    # the first one came before; cloud is not in use
    assert await store.ahead(newer, stick) == ["whisper"]
    assert left(core.parent / fits) == ["shared", "shared.json", "whisper", "whisper.json"]
    assert packs.in_place().keys() == {"shared", "whisper"}
    assert await store.ahead(newer, stick) == []


async def test_what_is_missing_is_one_sentence_and_is_found_at_once(tmp_path: Path, core: Path) -> None:
    whisper, piper = registry.PROVIDERS["whisper"], registry.PROVIDERS["piper"]
    packs_before = packs.in_place()
    assert (packs_before, packs.holds("faster_whisper")) == ({}, False)
    assert install.command("whisper") == "voicegw packs add whisper"
    assert install.command("openai") == "voicegw packs add cloud"
    assert whisper.install_hint == "Install with: voicegw packs add whisper"
    assert needs.sentence([whisper]) == "The engine whisper is not installed: voicegw packs add whisper"
    both = needs.sentence([whisper, registry.PROVIDERS["openai"]])
    assert both.endswith("are not installed: voicegw packs add whisper && voicegw packs add cloud")
    # no pack of this program brings piper
    assert "pip install" in piper.install_hint
    await made("").add("whisper", put(tmp_path / "stick", released(ARCHIVES)))
    assert packs.holds("faster_whisper")
    assert not packs.holds("piper")


async def test_a_pack_that_others_need_is_named_and_a_removed_one_is_gone(tmp_path: Path, core: Path) -> None:
    store = made("")
    await store.add("whisper", put(tmp_path / "stick", released(ARCHIVES)))
    assert store.users("shared") == ["whisper"]
    assert store.remove("whisper")
    assert store.users("shared") == []
    assert store.remove("shared")
    assert not store.remove("shared")
    assert left(core.parent) == ["fetch"]
    with pytest.raises(NotFound, match="whisper"):
        store.remove("wisper")


async def test_files_in_use_are_told_of_and_taken_away_later(
    tmp_path: Path, core: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = made("")
    await store.add("whisper", put(tmp_path / "stick", released(ARCHIVES)))
    # as on Windows, where what a process has loaded cannot be deleted
    with monkeypatch.context() as loaded:
        loaded.setattr(shutil, "rmtree", lambda path, ignore_errors=False: None)
        with pytest.raises(PackInUse, match=r"in use.*voicegw packs remove whisper"):
            store.remove("whisper")
    # what is left does not count as the pack
    assert not packs.holds("faster_whisper")
    assert store.remove("whisper")
    assert store.remove("shared")
    assert left(core.parent) == ["fetch"]


def test_a_program_with_everything_inside_takes_none() -> None:
    packs.offered.cache_clear()
    store = made("")
    assert store.told()["packs"] == []
    with pytest.raises(NoPacks, match="no packs to fetch"):
        store.wanted("whisper")


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.fault
@pytest.mark.parametrize(
    ("files", "error"),
    [
        (lambda: released(ARCHIVES, key=OTHER_KEY), BadSignature),
        (lambda: {**released(ARCHIVES), LIST: released(ARCHIVES, version="9.2.0")[LIST]}, BadSignature),
        (lambda: {n: d for n, d in released(ARCHIVES).items() if not n.endswith(".minisig")}, SourceFailed),
        (lambda: released(ARCHIVES, system="solaris-sparc"), BadManifest),
        (lambda: released(ARCHIVES, fits="ba9876543210"), BadManifest),
        (lambda: released(ARCHIVES, product="voicegw-desktop"), BadManifest),
        (lambda: released(ARCHIVES, packs=[]), BadManifest),
        (lambda: released({"cloud": ARCHIVES["cloud"]}), BadManifest),
        (lambda: {**released(ARCHIVES), "pack-shared.tar.xz": ARCHIVES["shared"][:-9] + bytes(9)}, HashMismatch),
        (lambda: {**released(ARCHIVES), "pack-shared.tar.xz": ARCHIVES["shared"][:-9]}, SourceFailed),
        (lambda: released({**ARCHIVES, "shared": ARCHIVES["shared"][:-900]}), stage.BadArchive),
        (lambda: released({**ARCHIVES, "shared": archive("shared", inside="other")}), stage.BadArchive),
        (lambda: released({**ARCHIVES, "shared": archive("shared", extra=_link())}), stage.BadArchive),
    ],
    ids=[
        "another key", "another list", "no signature", "another system", "another program", "another product",
        "no packs", "not named", "changed", "truncated", "truncated when it was signed", "another pack", "leads out",
    ],
)  # fmt: skip
async def test_what_cannot_be_trusted_is_not_used(
    hub: FakeHub, core: Path, files: Callable[[], dict[str, bytes]], error: type[VoiceGatewayError]
) -> None:
    with pytest.raises(error):
        await made(offer(hub, files())).add("whisper")
    assert nothing(core)


def _link() -> tarfile.TarInfo:
    member = tarfile.TarInfo("shared/away")
    member.type, member.linkname = tarfile.SYMTYPE, "../../../../outside"
    return member


@pytest.mark.fault
async def test_a_build_without_an_address_or_a_key_says_what_to_do(core: Path) -> None:
    with pytest.raises(ConfigError, match="voicegw packs add whisper --folder FOLDER"):
        await made("").add("whisper")


@pytest.mark.fault
async def test_who_names_a_folder_is_not_told_to_name_one(tmp_path: Path, core: Path) -> None:
    with pytest.raises(ConfigError) as told:
        await made("", None).add("whisper", str(tmp_path))
    assert "Set updates.keys in voicegw.yaml" in told.value.message
    assert str(tmp_path) in told.value.message
    assert "--folder" not in told.value.message


@pytest.mark.fault
async def test_a_full_disk_is_said_before_and_while_a_pack_is_unpacked(
    tmp_path: Path, core: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = put(tmp_path / "stick", released(ARCHIVES))
    with pytest.raises(DiskFull, match="The pack cloud needs"):
        await made("", free=1000).add("cloud", stick)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tarfile.TarFile, "extract", full)
        with pytest.raises(DiskFull):
            await made("").add("cloud", stick)
    assert nothing(core)
    assert await made("").add("cloud", stick) == ["cloud"]


@pytest.mark.fault
async def test_what_a_killed_program_left_counts_for_nothing(tmp_path: Path, core: Path) -> None:
    # killed between the rename and the note that the pack is complete, and while one was unpacked
    (core / "cloud" / "livekit").mkdir(parents=True)
    (core / ".staging-cloud" / "cloud").mkdir(parents=True)
    assert packs.in_place() == {}
    assert await made("").add("cloud", put(tmp_path / "stick", released(ARCHIVES))) == ["cloud"]
    assert left(core) == ["cloud", "cloud.json"]
    assert (core / "cloud" / "livekit" / "__init__.py").is_file()
    # a pack whose needs are gone is not used either
    (core / "whisper").mkdir()
    packs.marker(core, "whisper").write_text("{}")
    assert set(packs.in_place()) == {"cloud"}


@pytest.mark.fault
async def test_two_do_not_fetch_at_once(tmp_path: Path, core: Path) -> None:
    stick = put(tmp_path / "stick", released(ARCHIVES))
    store = made("")
    with store._fetcher.alone("a pack"), pytest.raises(ModelInUse, match="fetching a pack now"):
        await made("").add("cloud", stick)


@pytest.mark.process
async def test_a_worker_finds_what_a_pack_brings(tmp_path: Path, core: Path) -> None:
    """The job names the folders; an interpreter of its own imports a module that only the pack has."""
    await made("").add("whisper", put(tmp_path / "stick", released(ARCHIVES)))
    from voicegw_desktop.engines.process import WorkerProcess

    (tmp_path / "packed_worker.py").write_text(
        "import pack_numbers\ndef create(job):\n    raise SystemExit(f'found {pack_numbers.NAME}')\n"
    )
    worker = WorkerProcess(lambda _: None, lambda _: None)
    environment = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "PATH": ""}
    job = {"engine": "x", "model": "m", "module": "packed_worker", "socket": "", "nice": 0, "threads": 1}
    await worker.start([sys.executable, "-m", "voicegw_desktop.workers.worker"], job, environment)
    await asyncio.wait_for(worker.gone.wait(), 60)
    assert any("found shared" in line for line in worker.log), list(worker.log)
    assert json.loads(packs.marker(core, "shared").read_text())["sha256"]
