"""Repositories for apt and dnf out of built packages: `python packaging/repo.py FOLDER PACKAGE...` (`make repo`).

FOLDER/apt and FOLDER/dnf hold the packages and their indexes with SHA-256; any web server, or a folder, can offer them.
With VOICEGW_REPO_KEY, the name of a key in the keyring of gpg, the indexes are signed, which apt and dnf ask for unless
they are told to trust the place.
"""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

import rpmfile as rpm  # noqa: E402

SUITE, COMPONENT = "stable", "main"
KEY = "VOICEGW_REPO_KEY"
COMMON = "http://linux.duke.edu/metadata"
Fill = Callable[[ET.Element, rpm.Header], None]
SENSE = {2: "LT", 4: "GT", 8: "EQ", 10: "LE", 12: "GE"}


def digest(path: Path, kind: str = "sha256") -> str:
    """A hash in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def sign(*arguments: str) -> bool:
    """Run gpg with the key that is named; False: none is named."""
    key = os.environ.get(KEY)
    if not key:
        return False
    command = ["gpg", "--batch", "--yes", "--local-user", key, *arguments]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"gpg could not sign with {key}; its reason stands above.")
    return True


# -- apt ---------------------------------------------------------------------------------------------------------------


def control(package: Path) -> str:
    """The control file of a .deb."""
    with package.open("rb") as file:
        if file.read(8) != b"!<arch>\n":
            raise SystemExit(f"{package} is no .deb.")
        while head := file.read(60):
            name, size = head[:16].decode().strip().rstrip("/"), int(head[48:58])
            if name.startswith("control.tar"):
                with tempfile.TemporaryFile() as copy:
                    copy.write(file.read(size))
                    copy.seek(0)
                    with tarfile.open(fileobj=copy) as inside:
                        found = inside.extractfile(next(m for m in inside if m.name.lstrip("./") == "control"))
                        return found.read().decode().rstrip("\n") if found else ""
            file.seek(size + size % 2, os.SEEK_CUR)
    raise SystemExit(f"{package} has no control file.")


def apt(packages: Iterable[Path], to: Path, epoch: int) -> Path:
    """Write pool, Packages and Release; the folder of the repository."""
    pool, indexes = to / "pool", to / "dists" / SUITE
    shutil.rmtree(to, ignore_errors=True)
    pool.mkdir(parents=True)
    by_architecture: dict[str, list[str]] = {}
    for package in sorted(packages):
        told = control(package)
        architecture = next(line.split()[1] for line in told.splitlines() if line.startswith("Architecture:"))
        shutil.copyfile(package, pool / package.name)
        entry = [
            told,
            f"Filename: pool/{package.name}",
            f"Size: {package.stat().st_size}",
            f"MD5sum: {digest(package, 'md5')}",
            f"SHA256: {digest(package)}",
        ]
        by_architecture.setdefault(architecture, []).append("\n".join(entry))
    files = []
    for architecture, entries in sorted(by_architecture.items()):
        folder = indexes / COMPONENT / f"binary-{architecture}"
        folder.mkdir(parents=True)
        text = ("\n\n".join(entries) + "\n").encode()
        (folder / "Packages").write_bytes(text)
        (folder / "Packages.gz").write_bytes(gzip.compress(text, mtime=0))
        files += [folder / "Packages", folder / "Packages.gz"]
    lines = [
        "Origin: VoiceGateway Desktop",
        "Label: VoiceGateway Desktop",
        f"Suite: {SUITE}",
        f"Codename: {SUITE}",
        f"Date: {email.utils.formatdate(epoch, usegmt=True)}",
        f"Architectures: {' '.join(sorted(by_architecture))}",
        f"Components: {COMPONENT}",
        "SHA256:",
        *(f" {digest(file)} {file.stat().st_size} {file.relative_to(indexes).as_posix()}" for file in files),
    ]
    release = indexes / "Release"
    release.write_text("\n".join(lines) + "\n", "utf-8")
    if sign("--clearsign", "--output", str(indexes / "InRelease"), str(release)):
        sign("--armor", "--detach-sign", "--output", str(indexes / "Release.gpg"), str(release))
    return to


# -- dnf ---------------------------------------------------------------------------------------------------------------


def dnf(packages: Iterable[Path], to: Path, epoch: int) -> Path:
    """Write the packages and repodata; the folder of the repository."""
    shutil.rmtree(to, ignore_errors=True)
    data = to / "repodata"
    data.mkdir(parents=True)
    found = []
    for package in sorted(packages):
        shutil.copyfile(package, to / package.name)
        found.append((to / package.name, rpm.read(package)))
    made = {"primary": _primary(found), "filelists": _list(found, "filelists", _files), "other": _list(found, "other")}
    root = ET.Element("repomd", {"xmlns": f"{COMMON}/repo"})
    ET.SubElement(root, "revision").text = str(epoch)
    for kind, tree in made.items():
        plain = ET.tostring(tree, encoding="utf-8", xml_declaration=True)
        sha, packed = hashlib.sha256(plain).hexdigest(), gzip.compress(plain, mtime=0)
        file = data / f"{hashlib.sha256(packed).hexdigest()}-{kind}.xml.gz"
        file.write_bytes(packed)
        entry = ET.SubElement(root, "data", {"type": kind})
        ET.SubElement(entry, "checksum", {"type": "sha256"}).text = digest(file)
        ET.SubElement(entry, "open-checksum", {"type": "sha256"}).text = sha
        ET.SubElement(entry, "location", {"href": f"repodata/{file.name}"})
        ET.SubElement(entry, "timestamp").text = str(epoch)
        ET.SubElement(entry, "size").text = str(len(packed))
        ET.SubElement(entry, "open-size").text = str(len(plain))
    index = data / "repomd.xml"
    index.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
    sign("--armor", "--detach-sign", "--output", str(data / "repomd.xml.asc"), str(index))
    return to


def _version(header: rpm.Header) -> dict[str, str]:
    epoch = str(header.number(rpm.EPOCH))
    return {"epoch": epoch, "ver": header.text(rpm.VERSION), "rel": header.text(rpm.RELEASE)}


def _primary(found: list[tuple[Path, rpm.Header]]) -> ET.Element:
    names = {"xmlns": f"{COMMON}/common", "xmlns:rpm": f"{COMMON}/rpm"}
    root = ET.Element("metadata", {**names, "packages": str(len(found))})
    for path, header in found:
        package = ET.SubElement(root, "package", {"type": "rpm"})

        def put(tag: str, value: object = None, into: ET.Element = package, /, **attributes: str) -> ET.Element:
            made = ET.SubElement(into, tag, attributes)
            made.text = None if value is None else str(value)
            return made

        put("name", header.text(rpm.NAME))
        put("arch", header.text(rpm.ARCH))
        put("version", **_version(header))
        put("checksum", digest(path), type="sha256", pkgid="YES")
        put("summary", header.text(rpm.SUMMARY))
        put("description", header.text(rpm.DESCRIPTION))
        put("packager", header.text(rpm.PACKAGER))
        put("url", header.text(rpm.URL))
        built = str(header.number(rpm.BUILD_TIME))
        put("time", file=built, build=built)
        sizes = {"installed": str(header.number(rpm.SIZE)), "archive": str(header.number(rpm.ARCHIVE_SIZE))}
        put("size", package=str(path.stat().st_size), **sizes)
        put("location", href=path.name)
        form = put("format")
        put("rpm:license", header.text(rpm.LICENSE), form)
        put("rpm:vendor", header.text(rpm.VENDOR), form)
        put("rpm:group", header.text(rpm.GROUP) or "Unspecified", form)
        put("rpm:sourcerpm", header.text(rpm.SOURCE_RPM), form)
        put("rpm:header-range", None, form, start=str(header.start), end=str(header.end))
        for kind, titles, flags, versions in (
            ("provides", rpm.PROVIDES, rpm.PROVIDE_FLAGS, rpm.PROVIDE_VERSIONS),
            ("requires", rpm.REQUIRES, rpm.REQUIRE_FLAGS, rpm.REQUIRE_VERSIONS),
            ("recommends", rpm.RECOMMENDS, rpm.RECOMMEND_FLAGS, rpm.RECOMMEND_VERSIONS),
        ):
            entries = list(zip(header.texts(titles), header.numbers(flags), header.texts(versions), strict=True))
            group = put(f"rpm:{kind}", None, form) if entries else form
            for name, flag, version in entries:
                # what rpm itself must be able to do is no package
                if not name.startswith("rpmlib("):
                    put("rpm:entry", None, group, name=name, **_bound(flag, version))
        for name in _paths(header):
            if name.startswith(("/usr/bin/", "/etc/")):
                put("file", name, form)
    return root


def _bound(flag: int, version: str) -> dict[str, str]:
    sense = SENSE.get(flag & 14)
    if not version or sense is None:
        return {}
    epoch, _, rest = version.rpartition(":")
    number, _, release = rest.partition("-")
    return {"flags": sense, "epoch": epoch or "0", "ver": number, **({"rel": release} if release else {})}


def _paths(header: rpm.Header) -> list[str]:
    folders, names = header.texts(rpm.DIR_NAMES), header.texts(rpm.BASE_NAMES)
    return [folders[at] + name for at, name in zip(header.numbers(rpm.DIR_INDEXES), names, strict=True)]


def _files(package: ET.Element, header: rpm.Header) -> None:
    for name, mode in zip(_paths(header), header.numbers(rpm.FILE_MODES), strict=True):
        # the file type in a Unix mode: 4 is a folder
        attributes = {"type": "dir"} if mode >> 12 == 4 else {}
        ET.SubElement(package, "file", attributes).text = name


def _list(found: list[tuple[Path, rpm.Header]], kind: str, fill: Fill = lambda package, header: None) -> ET.Element:
    name = "filelists" if kind == "filelists" else "otherdata"
    root = ET.Element(name, {"xmlns": f"{COMMON}/{kind}", "packages": str(len(found))})
    for path, header in found:
        about = {"pkgid": digest(path), "name": header.text(rpm.NAME), "arch": header.text(rpm.ARCH)}
        package = ET.SubElement(root, "package", about)
        ET.SubElement(package, "version", _version(header))
        fill(package, header)
    return root


def main(arguments: list[str]) -> int:
    """Make both repositories; the exit status."""
    if not arguments:
        print(__doc__)
        return 2
    to, given = Path(arguments[0]), [Path(name) for name in arguments[1:]]
    packages = given or [*(ROOT / "dist").glob("*.deb"), *(ROOT / "dist").glob("*.rpm")]
    # one tree, one repository: the time is that of the newest package
    times = [int(path.stat().st_mtime) for path in packages]
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or max(times, default=0))
    debs, rpms = ([p for p in packages if p.suffix == kind] for kind in (".deb", ".rpm"))
    for made, use in ((debs, apt), (rpms, dnf)):
        if made:
            print(use(made, to / use.__name__, epoch))
    if not packages:
        raise SystemExit("There is no package: `make package` builds them.")
    if not os.environ.get(KEY):
        print(f"Not signed: {KEY} names no key. apt needs `[trusted=yes]` for it, dnf `gpgcheck=0`.")
    return 0


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except (OSError, ValueError) as error:  # a file that is not there, or no key
        raise SystemExit(str(error)) from None
    raise SystemExit(status)
