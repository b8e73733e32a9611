"""What the CUDA pack holds: NVIDIA's libraries out of their wheels, as requirements/cuda.lock pins them.

`VOICEGW_CUDA=1 python packaging/build.py` makes the pack beside the others. Wheels are files, so those of each system
can be had on any. The publisher of the pack accepts NVIDIA's terms for redistribution, which lie in it.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements" / "cuda.lock"
DISTRIBUTIONS = frozenset({"nvidia-cublas-cu12", "nvidia-cuda-nvrtc-cu12"})
WHEELS = {
    "linux-x86_64": ("manylinux_2_27_x86_64", "manylinux2014_x86_64", "manylinux2010_x86_64"),
    "linux-aarch64": ("manylinux_2_27_aarch64", "manylinux2014_aarch64"),
    "windows-x86_64": ("win_amd64",),
}
"""The name of a system in lists of packs → tags of the wheels for it. NVIDIA makes none for macOS."""


def fetched(system: str, to: Path, *options: str, lock: Path = LOCK) -> Path:
    """The folder with all files of the wheels for `system`, fetched into `to` by pip (`options` are for it).

    Raises SystemExit for a system without such wheels, and where one cannot be had or has another hash.
    """
    if system not in WHEELS:
        raise SystemExit(f"NVIDIA makes no wheels of CUDA for {system}: build without VOICEGW_CUDA.")
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--require-hashes"]
    command += ["--no-deps", "--only-binary", ":all:", "--python-version", "3.11", "-r", str(lock)]
    command += [word for tag in WHEELS[system] for word in ("--platform", tag)]
    wheels, site = to / "wheels", to / "site"
    if subprocess.run([*command, "-d", str(wheels), *options], check=False).returncode:
        raise SystemExit("pip could not fetch what requirements/cuda.lock pins; its reason stands above.")
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            # headers are for compilers
            packed.extractall(site, [name for name in packed.namelist() if "/include/" not in name])
    return site


def files(site: Path) -> list[Path]:
    """All files of `fetched`, in one order."""
    return sorted(path for path in site.rglob("*") if path.is_file())
