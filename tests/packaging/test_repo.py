"""Repositories for apt and dnf: their indexes say what the packages are, and the tools themselves accept them."""

from __future__ import annotations

import gzip
import hashlib
import re
import runpy
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.support import packages

ROOT = Path(__file__).resolve().parents[2]
REPO: dict[str, Any] = runpy.run_path(str(ROOT / "packaging" / "repo.py"))
SPACE = {"c": "http://linux.duke.edu/metadata/common", "r": "http://linux.duke.edu/metadata/rpm",
         "i": "http://linux.duke.edu/metadata/repo", "f": "http://linux.duke.edu/metadata/filelists"}  # fmt: skip


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both repositories with two versions."""
    monkeypatch.delenv(REPO["KEY"], raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    given = [form(tmp_path, version) for form in (packages.deb, packages.rpm) for version in ("0.1.0", "0.2.0")]
    assert REPO["main"]([str(tmp_path / "repo"), *map(str, given)]) == 0
    return tmp_path / "repo"


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_indexes_of_apt_say_what_the_packages_are(made: Path) -> None:
    suite = made / "apt" / "dists" / "stable"
    release = (suite / "Release").read_text()
    listed = re.findall(r"^ ([0-9a-f]{64}) (\d+) (\S+)$", release, re.MULTILINE)
    assert [name for _, _, name in listed] == ["main/binary-amd64/Packages", "main/binary-amd64/Packages.gz"]
    for digest, size, name in listed:
        assert (sha(suite / name), (suite / name).stat().st_size) == (digest, int(size))
    assert "Date: Mon, 21 Sep 2026 14:13:20 GMT" in release
    text = (suite / "main/binary-amd64/Packages").read_text()
    assert gzip.decompress((suite / "main/binary-amd64/Packages.gz").read_bytes()).decode() == text
    entries = [dict(re.findall(r"^(\w+): (.*)$", entry, re.MULTILINE)) for entry in text.split("\n\n")]
    assert [entry["Version"] for entry in entries] == ["0.1.0", "0.2.0"]
    for entry in entries:
        path = made / "apt" / entry["Filename"]
        assert (entry["SHA256"], entry["Size"]) == (sha(path), str(path.stat().st_size))


def test_the_indexes_of_dnf_say_what_the_packages_are(made: Path) -> None:
    repo = made / "dnf"
    trees = {}
    for entry in ET.parse(repo / "repodata" / "repomd.xml").getroot().findall("i:data", SPACE):
        location = entry.find("i:location", SPACE)
        assert location is not None
        path = repo / location.attrib["href"]
        plain = gzip.decompress(path.read_bytes())
        assert entry.findtext("i:checksum", namespaces=SPACE) == sha(path)
        assert entry.findtext("i:open-checksum", namespaces=SPACE) == hashlib.sha256(plain).hexdigest()
        assert entry.findtext("i:open-size", namespaces=SPACE) == str(len(plain))
        trees[entry.attrib["type"]] = ET.fromstring(plain)
    assert set(trees) == {"primary", "filelists", "other"}
    first, _ = trees["primary"].findall("c:package", SPACE)
    assert first.findtext("c:checksum", namespaces=SPACE) == sha(repo / "voicegw-desktop-0.1.0.x86_64.rpm")
    version = first.find("c:version", SPACE)
    assert version is not None
    assert version.attrib == {"epoch": "0", "ver": "0.1.0", "rel": "1"}
    needs = [e.attrib for e in first.findall("c:format/r:requires/r:entry", SPACE)]
    assert needs == [{"name": "ca-certificates"}, {"name": "libc", "flags": "GE", "epoch": "1", "ver": "2.36"}]
    size = first.find("c:size", SPACE)
    assert size is not None
    assert (size.attrib["installed"], size.attrib["archive"]) == ("987", "4321")
    files = trees["filelists"].findall("f:package/f:file", SPACE)[:2]
    assert [(f.text, f.attrib) for f in files] == [
        ("/usr/bin/voicegw", {}),
        ("/usr/lib/voicegw-desktop", {"type": "dir"}),
    ]


def test_one_set_of_packages_is_one_repository(made: Path, tmp_path: Path) -> None:
    before = {path.relative_to(made): sha(path) for path in made.rglob("*") if path.is_file()}
    REPO["main"]([str(made), *map(str, [*tmp_path.glob("*.deb"), *tmp_path.glob("*.rpm")])])
    assert {path.relative_to(made): sha(path) for path in made.rglob("*") if path.is_file()} == before


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("apt-get"), reason="no apt here")
def test_apt_takes_the_newest_and_refuses_a_changed_index(made: Path, tmp_path: Path) -> None:
    state, cache = tmp_path / "state", tmp_path / "cache"
    (state / "lists" / "partial").mkdir(parents=True)
    (cache / "archives" / "partial").mkdir(parents=True)
    (state / "status").touch()
    (tmp_path / "list").write_text(f"deb [trusted=yes] file:{made / 'apt'} stable main\n")
    told = {
        "Dir::State": state, "Dir::State::status": state / "status", "Dir::Cache": cache, "APT::Architecture": "amd64",
        "APT::Architectures": "amd64", "Dir::Etc::sourcelist": tmp_path / "list", "Dir::Etc::sourceparts": "-",
        "Dir::Etc::trusted": "/dev/null", "Debug::NoLocking": 1, "APT::Sandbox::User": "root",
    }  # fmt: skip

    def run(program: str, *arguments: str) -> str:
        options = [part for name, value in told.items() for part in ("-o", f"{name}={value}")]
        done = subprocess.run(
            [program, *options, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )
        return done.stdout + done.stderr

    run("apt-get", "update")
    assert "Candidate: 0.2.0" in run("apt-cache", "policy", "voicegw-desktop")
    assert "Depends: <libc6>" in run("apt-cache", "depends", "voicegw-desktop")
    shutil.rmtree(state / "lists")
    (state / "lists" / "partial").mkdir(parents=True)
    index = made / "apt/dists/stable/main/binary-amd64"
    for name in ("Packages", "Packages.gz"):
        (index / name).write_bytes((index / name).read_bytes() + b"\n")
    assert "Some index files failed to download" in run("apt-get", "update")
    assert "0.2.0" not in run("apt-cache", "policy", "voicegw-desktop")


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg here")
def test_the_indexes_are_signed_where_a_key_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # gpg's socket must have a short path
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    make = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "a@example.invalid", "ed25519", "sign"]
    subprocess.run(make, check=True, capture_output=True)
    try:
        monkeypatch.setenv(REPO["KEY"], "a@example.invalid")
        given = [str(form(tmp_path, "0.1.0")) for form in (packages.deb, packages.rpm)]
        assert REPO["main"]([str(tmp_path / "repo"), *given]) == 0
        suite, data = tmp_path / "repo/apt/dists/stable", tmp_path / "repo/dnf/repodata"
        for signature, signed in (
            ([suite / "InRelease"], []),
            ([suite / "Release.gpg"], [suite / "Release"]),
            ([data / "repomd.xml.asc"], [data / "repomd.xml"]),
        ):
            check = ["gpg", "--batch", "--verify", *map(str, signature), *map(str, signed)]
            assert subprocess.run(check, capture_output=True, check=False).returncode == 0
        monkeypatch.setenv(REPO["KEY"], "nobody@example.invalid")
        with pytest.raises(SystemExit, match="could not sign"):
            REPO["main"]([str(tmp_path / "repo"), *given])
    finally:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False, capture_output=True)


@pytest.mark.parametrize("name", ["x.deb", "x.rpm"])
def test_what_is_no_package_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x" * 200)
    with pytest.raises((SystemExit, ValueError), match="no"):
        REPO["main"]([str(tmp_path / "repo"), str(tmp_path / name)])
