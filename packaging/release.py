"""What a release has beside its installers: the folder as an archive, the list for `voicegw update`, sums, signatures.

Signed with the key whose file VOICEGW_SIGNING_KEY names (packaging/sign.py); without one the files are there unsigned.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import sign  # noqa: E402

from voicegw_desktop import __version__  # noqa: E402
from voicegw_desktop.storage.migrate import migrations  # noqa: E402
from voicegw_desktop.updates import manifest  # noqa: E402
from voicegw_desktop.updates.manifest import Archive, Manifest  # noqa: E402

VALID = 400 * 86_400  # s that a list counts: longer than a year without a release


def digest(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def archive(folder: Path, to: Path, epoch: int) -> Path:
    """Pack the folder as `voicegw/` into a .tar.gz or .tar.xz (by its name) that is one for one tree: sorted, without
    owners, of one time."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = epoch
        return member

    with (
        to.open("wb") as file,
        lzma.LZMAFile(file, "wb", preset=6)
        if to.suffix == ".xz"
        else gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        # `add` sorts what is inside a folder
        tar.add(folder, "voicegw", filter=plain)
    return to


def for_updates(folders: dict[str, Path], dist: Path, epoch: int) -> list[Path]:
    """The archives of these folders, by system, and the list that names them, signed where there is a key."""
    found = {}
    for system, folder in folders.items():
        # small matters for the core; for everything in one file xz would take ten minutes
        form = "xz" if system.endswith(manifest.CORE) else "gz"
        packed = archive(folder, dist / f"voicegw-desktop-{__version__}-{system}.tar.{form}", epoch)
        unpacked = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
        found[system] = Archive(packed.name, packed.stat().st_size, digest(packed), unpacked)
    return [*(dist / each.name for each in found.values()), listed(found, dist, epoch)]


def listed(archives: dict[str, Archive], dist: Path, epoch: int) -> Path:
    """Write the list of this version; `archives` by system."""
    made = dist / manifest.NAME
    whole = Manifest(__version__, epoch, epoch + VALID, len(migrations()), "", archives)
    made.write_bytes(manifest.write(whole))
    if key := sign.from_environment():
        key.sign_file(made, epoch)
    return made


def sums(files: list[Path], dist: Path, epoch: int) -> Path:
    """Write SHA256SUMS of the files."""
    made = dist / "SHA256SUMS"
    made.write_text("".join(f"{digest(path)}  {path.name}\n" for path in files), "utf-8")
    if key := sign.from_environment():
        key.sign_file(made, epoch)
    return made


def merge(lists: list[Path], dist: Path) -> Path:
    """One list out of those that each system's build made, with the archives of all of them."""
    found = [manifest.parse(path.read_bytes()) for path in lists]
    if {each.version for each in found} != {__version__}:
        raise SystemExit(f"Not all lists are of version {__version__}: {', '.join(map(str, lists))}")
    archives = {system: archive for each in found for system, archive in each.archives.items()}
    return listed(archives, dist, max(each.serial for each in found))


def offered(lists: list[Path], dist: Path) -> list[Path]:
    """What a release of several systems offers: their lists for updates as one, and their lists of packs, signed."""
    packs = [path for path in lists if path.name.startswith("voicegw-packs-")]
    made = merge([path for path in lists if path not in packs], dist)
    at = manifest.parse(made.read_bytes()).serial
    key = sign.from_environment()
    for path in packs:
        copy = dist / path.name
        copy.write_bytes(path.read_bytes())
        if key is not None:
            key.sign_file(copy, at)
    return [made, *(dist / path.name for path in packs)]


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(
            "python packaging/release.py FOLDER LIST...: makes the lists for updates one, and signs it and those of"
            " packs, in FOLDER."
        )
    try:
        print(*offered([Path(name) for name in sys.argv[2:]], Path(sys.argv[1])), sep="\n")
    except (OSError, ValueError) as error:  # a file that is not there, or no list
        raise SystemExit(str(error)) from None
