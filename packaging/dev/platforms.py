"""Where the locked packages can be installed from wheels alone: `python packaging/dev/platforms.py` (needs uv).

Prints the table that docs/packaging.md has.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLATFORMS = {
    "Linux x64, glibc 2.34": "x86_64-manylinux_2_34",
    "Linux x64, glibc 2.31": "x86_64-manylinux_2_31",
    "Linux arm64, glibc 2.39": "aarch64-manylinux_2_39",
    "Linux arm64, glibc 2.36": "aarch64-manylinux_2_36",
    "macOS 14, Apple silicon": "aarch64-apple-darwin",
    "macOS, Intel": "x86_64-apple-darwin",
    "Windows x64": "x86_64-pc-windows-msvc",
    "Windows arm64": "aarch64-pc-windows-msvc",
}
EXTRAS = {
    "core, no window": (),
    "with a window": ("--extra", "desktop"),
    "with local engines": ("--extra", "local"),
    "everything": ("--extra", "bundle"),
}


def lacking(platform: str, extra: tuple[str, ...], lock: str) -> str:
    """The first package without a wheel there; empty when all have one."""
    command = ["uv", "pip", "compile", "-q", "pyproject.toml", *extra, "-c", f"requirements/{lock}", "--no-header"]
    command += ["--python-platform", platform, "--python-version", "3.12", "--only-binary", ":all:", "-o", "/dev/null"]
    # uv takes macOS 13 otherwise, for which Qt and PyAV have no wheels
    env = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    named = re.search(r"\b([a-z0-9-]+)[ =<>!~\d.]* has no (?:usable )?wheels|\b([a-z0-9-]+)[=<>]", done.stderr)
    return next((name for name in (named.groups() if named else ()) if name), done.stderr.strip()[:60])


def main() -> int:
    """Print the table."""
    if shutil.which("uv") is None:
        print("uv is missing; install it into an environment of your own.", file=sys.stderr)
        return 1
    print(f"| system | {' | '.join(EXTRAS)} |")
    print("|---" * (len(EXTRAS) + 1) + "|")
    for name, platform in PLATFORMS.items():
        locks = ("local.lock", "local.lock", "local.lock", "bundle.lock")
        cells = [lacking(platform, extra, lock) for extra, lock in zip(EXTRAS.values(), locks, strict=True)]
        print(f"| {name} | {' | '.join(f'no: {cell}' if cell else 'yes' for cell in cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
