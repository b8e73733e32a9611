"""Files for containers, Flatpak, winget and Homebrew, made from version, pyproject.toml and built files.

`python packaging/doors.py TO [--address https://…/]` writes below TO. They are made and not kept, so that no version or
hash in them can be an old one. `--address` is the folder that the release's files are fetched from; winget and Homebrew
need it. A file whose installer was not built here is left out, and named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import release  # noqa: E402

from voicegw_desktop import __version__  # noqa: E402
from voicegw_desktop.config.schema import DEFAULT_PORT  # noqa: E402

ID, NAME, PUBLISHER = "org.voicegateway.desktop", "VoiceGateway", "VoiceGateway Desktop developers"
WINGET_ID, WINGET_SCHEMA = "VoiceGateway.Desktop", "1.6.0"
USER = 10001  # of the container
FLATPAK_RUNTIME = "24.08"
TAGS = 16  # winget's most


@dataclass(frozen=True)
class Release:
    """What the files are made from."""

    version: str
    summary: str
    licence: str
    tags: list[str]
    dist: Path
    address: str

    def file(self, name: str) -> Path | None:
        """A file of the build; None: it was not built here."""
        path = self.dist / name
        return path if path.is_file() else None

    def url(self, path: Path) -> str:
        """Where the file can be fetched."""
        return f"{self.address.rstrip('/')}/{path.name}"


def found(dist: Path, address: str) -> Release:
    """The release of this tree with the files in `dist`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if project["version"] != __version__:
        raise SystemExit(f"pyproject.toml says {project['version']}, the program {__version__}.")
    return Release(__version__, project["description"], project["license"], project["keywords"], dist, address)


# -- container ---------------------------------------------------------------------------------------------------------

CONTAINERFILE = """\
# `voicegw serve` {version} for docker and podman; packaging/doors.py made this file.
#   podman build -t voicegw .
#   podman run --read-only --tmpfs /tmp -v voicegw:/data -p 127.0.0.1:{port}:{port} voicegw
# The first start prints where its key is: podman exec NAME voicegw keys show first
FROM debian:12-slim
# versions that Debian has replaced are not to be had any more
# hadolint ignore=DL3008
RUN apt-get update \\
 && apt-get install -y --no-install-recommends ca-certificates libstdc++6 libgcc-s1 zlib1g \\
 && rm -rf /var/lib/apt/lists/* \\
 && useradd --uid {user} --home-dir /data --no-create-home --shell /usr/sbin/nologin voicegw \\
 && install -d -o {user} -g {user} -m 700 /data
# sha256 {sha256}
ADD {archive} /opt/
COPY voicegw.yaml /etc/voicegateway/voicegw.yaml
RUN echo container > /opt/voicegw/_internal/installed-by \\
 && ln -s /opt/voicegw/voicegw /usr/local/bin/voicegw
ENV VOICEGW_HOME=/data \\
    VOICEGW_CONFIG=/etc/voicegateway/voicegw.yaml
USER {user}
WORKDIR /data
VOLUME /data
EXPOSE {port}
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \\
  CMD ["/bin/bash", "-c", "{health}"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/voicegw"]
CMD ["serve"]
"""
HEALTH = (
    "exec 3<>/dev/tcp/127.0.0.1/{port} && "
    "printf 'GET /health HTTP/1.0\\\\r\\\\nHost: localhost\\\\r\\\\n\\\\r\\\\n' >&3 && "
    "read -r line <&3 && [[ $line == *' 200 '* ]]"
)
CONTAINER_CONFIG = """\
# Of the container: its port is reached through the one that is published. Keys are required.
serve:
  host: 0.0.0.0
  port: {port}
  allow_lan: true
"""


def container(of: Release, to: Path) -> str:
    """Containerfile, its configuration and the archive; why not, or an empty text."""
    archive = of.file(f"voicegw-desktop-{of.version}-linux-x86_64.tar.gz")
    if archive is None:
        return "container: the archive of Linux was not built here"
    to.mkdir(parents=True)
    shutil.copyfile(archive, to / archive.name)
    text = CONTAINERFILE.format(
        version=of.version, port=DEFAULT_PORT, user=USER, archive=archive.name, sha256=release.digest(archive),
        health=HEALTH.format(port=DEFAULT_PORT),
    )  # fmt: skip
    (to / "Containerfile").write_text(text, "utf-8")
    (to / "voicegw.yaml").write_text(CONTAINER_CONFIG.format(port=DEFAULT_PORT), "utf-8")
    return ""


# -- Flatpak -----------------------------------------------------------------------------------------------------------


def flatpak(of: Release, to: Path) -> str:
    """The manifest and what it takes from the tree; why not, or an empty text."""
    archive = of.file(f"voicegw-desktop-{of.version}-linux-x86_64.tar.gz")
    if archive is None:
        return "flatpak: the archive of Linux was not built here"
    to.mkdir(parents=True)
    place = {"url": of.url(archive)} if of.address else {"path": archive.name}
    if not of.address:
        shutil.copyfile(archive, to / archive.name)
    here = ROOT / "packaging" / "linux"
    page = (here / "voicegw-desktop.metainfo.xml").read_text("utf-8").replace("@VERSION@", of.version)
    # the day of the tree
    (to / f"{ID}.metainfo.xml").write_text(page.replace("@DATE@", _day()), "utf-8")
    entry = (here / "voicegw-desktop.desktop").read_text("utf-8").replace("Icon=voicegw-desktop", f"Icon={ID}")
    (to / f"{ID}.desktop").write_text(entry, "utf-8")
    manifest = {
        "id": ID,
        "runtime": "org.freedesktop.Platform",
        "runtime-version": FLATPAK_RUNTIME,
        "sdk": "org.freedesktop.Sdk",
        "command": "voicegw-desktop",
        "finish-args": [
            "--share=network",
            "--share=ipc",
            "--socket=wayland",
            "--socket=fallback-x11",
            "--socket=pulseaudio",
            "--talk-name=org.freedesktop.secrets",
            "--talk-name=org.kde.StatusNotifierWatcher",
            "--talk-name=org.freedesktop.Notifications",
        ],
        "modules": [
            {
                "name": "voicegw",
                "buildsystem": "simple",
                "build-commands": [
                    "mkdir -p /app/lib /app/bin",
                    "cp -a voicegw /app/lib/voicegw",
                    "echo flatpak > /app/lib/voicegw/_internal/installed-by",
                    "ln -s ../lib/voicegw/voicegw /app/bin/voicegw",
                    "ln -s ../lib/voicegw/voicegw-desktop /app/bin/voicegw-desktop",
                    f"install -Dm644 {ID}.desktop /app/share/applications/{ID}.desktop",
                    f"install -Dm644 {ID}.metainfo.xml /app/share/metainfo/{ID}.metainfo.xml",
                    f"install -Dm644 icon.png /app/share/icons/hicolor/256x256/apps/{ID}.png",
                ],
                "sources": [
                    {"type": "archive", **place, "sha256": release.digest(archive), "strip-components": 0},
                    {"type": "file", "path": f"{ID}.desktop"},
                    {"type": "file", "path": f"{ID}.metainfo.xml"},
                    {"type": "file", "path": "icon.png"},
                ],
            }
        ],
    }
    _icon(to / "icon.png")
    (to / f"{ID}.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return ""


def _icon(to: Path) -> None:
    """Draw the program's icon, 256 pixels wide."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from voicegw_desktop.app.icons import tray_pixmap

    drawing = QApplication.instance() or QApplication([])
    tray_pixmap("ready", 256).save(str(to))
    del drawing


def _day() -> str:
    import time

    import build

    return time.strftime("%Y-%m-%d", time.gmtime(build.EPOCH))


# -- winget ------------------------------------------------------------------------------------------------------------


def winget(of: Release, to: Path) -> str:
    """The three files of a version; why not, or an empty text."""
    setup = of.file(f"VoiceGateway-{of.version}-setup.exe")
    if setup is None or not of.address:
        return "winget: " + ("--address is missing" if setup else "the installer of Windows was not built here")
    to.mkdir(parents=True)
    common = {"PackageIdentifier": WINGET_ID, "PackageVersion": of.version}
    files: dict[str, dict[str, object]] = {
        "": {"DefaultLocale": "en-US", "ManifestType": "version"},
        ".installer": {
            "InstallerType": "nullsoft",
            "Scope": "user",
            "UpgradeBehavior": "install",
            "Commands": ["voicegw"],
            "Installers": [
                {
                    "Architecture": "x64",
                    "InstallerUrl": of.url(setup),
                    "InstallerSha256": release.digest(setup).upper(),
                }
            ],
            "ManifestType": "installer",
        },
        ".locale.en-US": {
            "PackageLocale": "en-US",
            "Publisher": PUBLISHER,
            "PackageName": NAME,
            "License": of.licence,
            "ShortDescription": of.summary,
            "Tags": of.tags[:TAGS],
            "ManifestType": "defaultLocale",
        },
    }
    for end, content in files.items():
        whole = {**common, **content, "ManifestVersion": WINGET_SCHEMA}
        text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True)
        (to / f"{WINGET_ID}{end}.yaml").write_text(text, "utf-8")
    return ""


# -- Homebrew ----------------------------------------------------------------------------------------------------------

CASK = """\
cask "voicegw-desktop" do
  version "{version}"
  sha256 "{sha256}"

  url "{url}"
  name "{name}"
  desc "{desc}"
  homepage "{home}"

  depends_on arch: :arm64
  depends_on macos: ">= :sonoma"

  app "VoiceGateway.app"
  binary "#{{appdir}}/VoiceGateway.app/Contents/MacOS/voicegw"
end
"""
FORMULA = """\
class VoicegwDesktop < Formula
  desc "{desc}"
  homepage "{home}"
  url "{url}"
  version "{version}"
  sha256 "{sha256}"
  license "{licence}"

  depends_on arch: :x86_64
  depends_on :linux

  def install
    (libexec/"voicegw").install Dir["*"]
    (libexec/"voicegw/_internal/installed-by").write "homebrew\\n"
    bin.install_symlink libexec/"voicegw/voicegw", libexec/"voicegw/voicegw-desktop"
  end

  service do
    run [opt_bin/"voicegw", "serve"]
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/voicegw --version")
  end
end
"""


def homebrew(of: Release, to: Path) -> str:
    """A formula for Linux and a cask for macOS, as far as they were built; why not, or an empty text."""
    built = {
        "Formula/voicegw-desktop.rb": (FORMULA, of.file(f"voicegw-desktop-{of.version}-linux-x86_64.tar.gz")),
        "Casks/voicegw-desktop.rb": (CASK, of.file(f"VoiceGateway-{of.version}-arm64.dmg")),
    }
    if not of.address:
        return "homebrew: --address is missing"
    for name, (form, path) in built.items():
        if path is None:
            continue
        file = to / name
        file.parent.mkdir(parents=True)
        text = form.format(
            version=of.version, sha256=release.digest(path), url=of.url(path), name=NAME, home=of.address,
            desc=_ruby(of.summary), licence=of.licence,
        )  # fmt: skip
        file.write_text(text, "utf-8")
    return "" if any(path for _, path in built.values()) else "homebrew: neither archive nor disk image was built here"


def _ruby(text: str) -> str:
    """The text between double quotes of Ruby; Homebrew wants at most 80 characters and no full stop."""
    return text[:80].rstrip(" .").replace("\\", "\\\\").replace('"', '\\"').replace("#", "\\#")


DOORS = (container, flatpak, winget, homebrew)


def main(arguments: list[str]) -> int:
    """Write all files; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to", type=Path)
    parser.add_argument("--address", default="", help="folder of the release's files, https://…/")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the built files are")
    options = parser.parse_args(arguments)
    if options.address and not options.address.startswith("https://"):
        raise SystemExit(f"--address is {options.address}; it must begin with https://.")
    of = found(options.dist, options.address)
    for door in DOORS:
        to = options.to / door.__name__
        shutil.rmtree(to, ignore_errors=True)
        print(door(of, to) or to)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
