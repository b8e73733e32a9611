"""Puts a release's archive beside the versions that are there: unpacked, started once, and named for the next start."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.models.files import Tick, disk_full, no_tick
from voicegw_desktop.updates.manifest import order

STAGING = ".staging-"
START_LIMIT = 60.0  # s in which the new program says its version


class BadArchive(VoiceGatewayError):
    """An archive does not hold the program that the list names."""

    status = 502
    type = "update_error"
    default_code = "bad_archive"


def unpack(archive: Path, folder: Path, version: str, tick: Tick = no_tick, what: str = "") -> Path:
    """Unpack what is in `archive` (one folder in a .tar.gz or .tar.xz) to a staging folder; call it in a thread.

    `what` it is, for errors; default: that version of the program.

    Raises DiskFull, or BadArchive for a file that leads out of the folder. What was unpacked is removed then.
    """
    # imported when there is a version to unpack
    import lzma
    import tarfile
    import zlib

    named = what or f"Version {version}"
    staging = folder / f"{STAGING}{version}"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True)
        with tarfile.open(archive, "r:*") as packed:
            for member in packed:
                packed.extract(member, staging, filter="data")
                tick(member.size)
        if sys.platform != "win32":
            os.sync()
        inside = [path for path in staging.iterdir() if path.is_dir()]
        if len(inside) != 1:
            raise BadArchive(f"{named} cannot be used: its archive does not hold one folder.")
        return inside[0]
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error) as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise BadArchive(f"{named} cannot be unpacked: {error}.") from error
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise disk_full(error) from error
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


async def starts(program: Path, version: str, environment: dict[str, str]) -> None:
    """Run the unpacked program once for its version. Raises BadArchive when it says anything else."""
    command = (str(program), "--version")
    try:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env=environment,
        )  # fmt: skip
    except OSError as error:
        raise BadArchive(f"Version {version} does not start on this machine: {error}.") from error
    try:
        async with asyncio.timeout(START_LIMIT):
            told, _ = await child.communicate()
    except BaseException as error:
        child.kill()
        await child.wait()
        if isinstance(error, TimeoutError):
            raise BadArchive(f"Version {version} did not say its version within {START_LIMIT:.0f} s.") from error
        raise
    said = told.decode(errors="replace").strip()
    if child.returncode or said.rpartition(" ")[2] != version:
        why = said[-300:] or "no output"
        raise BadArchive(f"Version {version} does not start here (status {child.returncode}): {why}")


def put_in_place(inside: Path, folder: Path, version: str) -> None:
    """Rename the unpacked program to its version."""
    final = folder / version
    shutil.rmtree(final, ignore_errors=True)
    os.replace(inside, final)
    shutil.rmtree(inside.parent, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove staging folders that a killed program left behind."""
    if folder.is_dir():
        for left in folder.glob(f"{STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)


def newer(version: str, than: str) -> bool:
    """Whether `version` comes after `than`."""
    return order(version) > order(than)
