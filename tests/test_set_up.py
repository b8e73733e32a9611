"""What `make` does before it can run anything: system packages only where it may, and the locks that it installs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(shutil.which("sh") is None, reason="the set-up needs a POSIX shell"),
]

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "packaging" / "dev" / "system-packages.sh"
LOCKS = {"local.lock": ("local", "build"), "dev.lock": ("dev",), "bundle.lock": ("bundle",)}


def run(tmp_path: Path, **programs: str) -> tuple[int, list[str], list[str]]:
    """(status, lines said, calls of apt-get) on a machine that has these programs, each a line of shell."""
    bin = tmp_path / "bin"
    bin.mkdir()
    called = tmp_path / "called"
    programs.setdefault("apt_get", f'echo "$*" >> {called}')
    for name in ("sh", "tr", "env"):
        (bin / name).symlink_to(shutil.which(name) or name)
    for name, body in programs.items():
        (bin / name.replace("_", "-")).write_text(f"#!/bin/sh\n{body}\n")
        (bin / name.replace("_", "-")).chmod(0o755)
    done = subprocess.run(
        [str(bin / "sh"), str(SCRIPT)], env={"PATH": str(bin)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines(), called.read_text().splitlines() if called.exists() else []


MISSING = "exit 1"
HERE = "printf 'install ok installed'"
USER, ROOT_USER = "echo 1000", "echo 0"


def test_nothing_is_done_where_all_is_there(tmp_path: Path) -> None:
    assert run(tmp_path, dpkg_query=HERE, id=ROOT_USER) == (0, [], [])


def test_without_the_right_to_install_one_line_says_what_is_missing(tmp_path: Path) -> None:
    status, said, called = run(tmp_path, dpkg_query=MISSING, id=USER)
    assert (status, len(said), called) == (0, 1, [])
    assert said[0].startswith("May not install system packages; as root: apt-get install ")
    assert " xvfb " in said[0]


def test_sudo_that_asks_for_a_password_is_no_right(tmp_path: Path) -> None:
    status, said, called = run(tmp_path, dpkg_query=MISSING, id=USER, sudo="exit 1")
    assert (status, len(said), called) == (0, 1, [])


def test_root_installs_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    status, said, called = run(tmp_path, dpkg_query=f'[ "$3" = xvfb ] && exit 1; {HERE}', id=ROOT_USER)
    assert (status, said) == (0, ["Installing system packages: xvfb"])
    assert called == ["update -qq", "install -y -qq --no-install-recommends xvfb"]


def test_a_browser_is_installed_where_the_distribution_has_one(tmp_path: Path) -> None:
    there = f'[ "$3" = chromium-headless-shell ] && exit 1; {HERE}'
    status, said, called = run(tmp_path, dpkg_query=there, id=ROOT_USER, apt_cache="exit 0")
    assert (status, said) == (0, ["Installing system packages: chromium-headless-shell"])
    assert called[-1] == "install -y -qq --no-install-recommends chromium-headless-shell"


def test_an_installation_that_fails_stops_nothing(tmp_path: Path) -> None:
    status, said, _ = run(tmp_path, dpkg_query=MISSING, id=ROOT_USER, apt_get="echo E: no network >&2; exit 100")
    assert status == 0
    assert said[-1].startswith("Could not install system packages (no network?); as root: apt-get install ")


def test_another_system_is_told_in_one_line(tmp_path: Path) -> None:
    status, said, called = run(tmp_path, id=USER)
    assert (status, len(said), called) == (0, 1, [])
    assert "Not a Debian system" in said[0]


# -- locks -------------------------------------------------------------------------------------------------------------


def wanted(extras: tuple[str, ...]) -> dict[str, list[Requirement]]:
    """What pyproject asks for with these extras, extras of our own followed, by canonical name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found: dict[str, list[Requirement]] = {}
    lines, left = list(project["dependencies"]), list(extras)
    while left:
        lines += project["optional-dependencies"][left.pop()]
    for line in lines:
        requirement = Requirement(line)
        if requirement.name == project["name"]:
            for extra in requirement.extras:
                lines += project["optional-dependencies"][extra]
            continue
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def locked(name: str) -> dict[str, list[tuple[str, str]]]:
    """(version, marker) of each pin, by canonical name."""
    pins: dict[str, list[tuple[str, str]]] = {}
    text = (ROOT / "requirements" / name).read_text()
    for package, version, marker in re.findall(
        r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)(?: ; ([^\\\n]+))?", text, re.M
    ):
        pins.setdefault(canonicalize_name(package), []).append((version, marker))
    return pins


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_the_lock_holds_what_pyproject_asks_for(name: str) -> None:
    pins = locked(name)
    wrong = []
    for package, requirements in wanted(LOCKS[name]).items():
        for requirement in requirements:
            fit = [version for version, _ in pins.get(package, ()) if version in requirement.specifier]
            if not fit:
                wrong.append(f"{requirement} is locked as {pins.get(package)}; run `make locks`")
    assert wrong == []


@pytest.mark.parametrize("name", sorted(LOCKS))
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_each_python_gets_one_pin_a_package(name: str, python: str) -> None:
    from packaging.markers import Marker

    environment = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    environment |= {"platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"}
    environment |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    for package, pins in locked(name).items():
        good = [v for v, marker in pins if not marker or Marker(marker.strip()).evaluate(environment)]
        assert len(good) <= 1, f"{package} is pinned to {good} for Python {python}"
    qt = [v for v, m in locked(name)["pyside6-essentials"] if not m or Marker(m.strip()).evaluate(environment)]
    # 6.12 aborts on Python 3.11
    assert len(qt) == 1
    assert python != "3.11" or qt[0].startswith("6.11.")


@pytest.mark.parametrize("name", ["local.lock", "bundle.lock"])
def test_the_locks_agree(name: str) -> None:
    # one environment is made from the smaller and then grown by the larger; what is shipped is what was tested
    tested = locked("dev.lock")
    tools = set() if name == "local.lock" else locked(name).keys() - tested.keys()
    assert all(re.match(r"nfpm|pyinstaller|altgraph|macholib|pefile|setuptools", tool) for tool in tools)
    found = {p: v for p, v in locked(name).items() if p not in tools}
    assert {p: v for p, v in found.items() if {x[0] for x in v} - {x[0] for x in tested[p]}} == {}
