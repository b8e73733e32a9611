"""Builds the installers of the system it runs on, into dist/: `python packaging/build.py`; `make package` on Linux.

Each of everything and of the core. Linux: a folder, a .deb and an .rpm. Windows: a folder and an installer. macOS: a
folder, and an application in a disk image. Also the packs for the core, and their signed list. Run it with the Python
of an environment made from requirements/bundle.lock.
"""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
WORK, DIST = ROOT / "build" / "package", ROOT / "dist"
CORE = ROOT / "build" / "core" / "voicegw"
"""The program without what packs bring."""
sys.path.insert(0, str(ROOT))

sys.path.insert(0, str(HERE))

import elf  # noqa: E402
import packs  # noqa: E402
import release  # noqa: E402

from voicegw_desktop import __version__  # noqa: E402
from voicegw_desktop.updates import manifest  # noqa: E402


def commit_time() -> int:
    """Unix seconds of the last commit; of now outside a repository."""
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else int(time.time())


EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH") or commit_time())
"""Unix seconds that every file of a build carries."""
APPLICATIONS = {"VoiceGateway": DIST / "voicegw", "VoiceGateway-core": CORE}
"""What Windows and macOS install: the name of its file, and the folder with its parts."""
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)  # px
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def assets() -> None:
    """What is made rather than kept: icons, manual page, store page, the example configuration."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from voicegw_desktop.app.icons import tray_pixmap
    from voicegw_desktop.app.language import compile_to
    from voicegw_desktop.cli import completion
    from voicegw_desktop.cli.parser import build_parser

    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    shutil.copy(ROOT / "voicegw.yaml", WORK / "example.yaml")
    # the texts of the window, which the build carries compiled
    subprocess.run([sys.executable, str(HERE / "dev" / "translations.py"), "compile"], cwd=ROOT, check=True,
                   env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    qt = QApplication.instance() or QApplication([])
    for size in SIZES:
        folder = WORK / "hicolor" / f"{size}x{size}" / "apps"
        folder.mkdir(parents=True)
        tray_pixmap("ready", size).save(str(folder / "voicegw-desktop.png"))
    tray_pixmap("ready", 256).save(str(WORK / "voicegw.ico"))
    tray_pixmap("ready", 512).save(str(WORK / "voicegw.icns"))
    del qt
    (WORK / "voicegw.1.gz").write_bytes(gzip.compress(manual().encode(), mtime=0))
    (WORK / "translations").mkdir()
    for source in sorted((ROOT / "resources" / "translations").glob("*.ts")):
        if not compile_to(source, WORK / "translations" / f"{source.stem}.qm"):
            sys.exit(f"{source} could not be compiled; the installers would speak English only.")
    for shell in completion.SHELLS:
        (WORK / f"completion.{shell}").write_text(completion.script(build_parser(), shell), "utf-8")
    page = (HERE / "linux" / "voicegw-desktop.metainfo.xml").read_text("utf-8")
    today = time.strftime("%Y-%m-%d", time.gmtime(EPOCH))
    for packager in ("deb", "rpm"):
        # the program replaces nothing that belongs to a package manager
        (WORK / f"installed-by-{packager}").write_text(f"{packager}\n", "utf-8")
    (WORK / "metainfo.xml").write_text(page.replace("@VERSION@", __version__).replace("@DATE@", today), "utf-8")


def manual() -> str:
    """The manual page, made from the command line's own descriptions."""
    from voicegw_desktop.cli.parser import build_parser

    parser = build_parser()
    commands = next(a for a in parser._actions if a.choices and not a.option_strings)
    options = [a for a in parser._actions if a.option_strings]
    about = {choice.dest: choice.help or "" for choice in commands._choices_actions}  # type: ignore[attr-defined]
    lines = [
        f'.TH VOICEGW 1 "" "VoiceGateway {__version__}" "User Commands"',
        ".SH NAME",
        f"voicegw \\- {_roff(parser.description or '')}",
        ".SH SYNOPSIS",
        ".B voicegw\n.RI [ options ]\n.I command\n.RI [ arguments ]\n.br\n.B voicegw-desktop\n.RI [ options ]",
        ".SH DESCRIPTION",
        _roff(parser.epilog or "").replace("`", ""),
        ".B voicegw-desktop\nis the same program with an icon in the tray and a window.",
        ".SH COMMANDS",
        *(f".TP\n.B {_roff(name)}\n{_roff(text)}" for name, text in about.items()),
        ".SH OPTIONS",
        *(f".TP\n.B {_roff(', '.join(o.option_strings))}\n{_roff(o.help or '')}" for o in options),
        ".SH FILES",
        ".TP\n.I ~/.config/voicegateway/voicegw.yaml\nSettings; \\(oqvoicegw init\\(cq writes a commented one.",
        ".TP\n.I ~/.local/share/voicegateway/models\nModel files.",
    ]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def folder() -> Path:
    """The frozen program, dist/voicegw; on macOS all that `cut` makes, and the applications."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(ROOT / "build" / "pyinstaller"), str(HERE / "voicegw.spec")]
    # the order of sets, and the time in the archive of Python's own library, differ otherwise from build to build
    _run(command, {**os.environ, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(EPOCH)})
    return DIST / "voicegw"


def cut() -> list[Path]:
    """Finish the frozen folder, and make the core and the packs out of it; what was made beside them in dist/.

    On macOS the spec calls it, before it makes the applications: what is signed cannot be changed any more.
    """
    made = DIST / "voicegw"
    if sys.platform == "linux":
        (made / "voicegw-desktop").symlink_to("voicegw")
        _strip(made / "_internal")
    _forget_the_environment(made / "_internal")
    # read by a process that runs, to see whether another version was put in its place
    (made / "_internal" / "version").write_text(f"{__version__}\n", "utf-8")
    packs.same_times(made, EPOCH)
    return packs.split(made, CORE, DIST, EPOCH)


def _strip(inside: Path) -> None:
    """Take debugging information from libraries: a quarter of the folder.

    What lies in the `*.libs` folders of wheels is left alone: its headers were rewritten, and it breaks.
    """
    if not shutil.which("strip"):
        return
    libraries = [
        p for p in inside.rglob("*.so*") if p.is_file() and not p.is_symlink() and ".libs" not in p.parent.name
    ]
    with_symbols = [str(path) for path in libraries if b".debug_info" in path.read_bytes()]
    own = [*inside.glob("libpython*"), *inside.glob("python3.*/lib-dynload/*.so")]
    _run(["strip", "--strip-unneeded", *(str(path) for path in own if not path.is_symlink())])
    _run(["strip", "--strip-debug", *with_symbols])


def _forget_the_environment(inside: Path) -> None:
    """Take out what depends on the folder of the environment that builds: two builds in two folders are one.

    pip's records have hashes of the commands in `bin`, whose first line is the path of their Python; what it compiled
    has the path of its source. Neither those commands nor compiled licences are of use here.
    """
    for record in inside.glob("*.dist-info/RECORD"):
        kept = [line for line in record.read_text("utf-8").splitlines(keepends=True) if not line.startswith("../")]
        record.write_text("".join(line for line in kept if "__pycache__" not in line), "utf-8", newline="\n")
        for compiled in sorted(record.parent.rglob("__pycache__")):
            shutil.rmtree(compiled)


def linux() -> list[Path]:
    """A .deb and an .rpm by nfpm, which takes the version, the architecture and the C and C++ libraries from here."""
    nfpm = shutil.which("nfpm", path=str(Path(sys.executable).parent)) or shutil.which("nfpm")
    if nfpm is None:
        raise SystemExit("nfpm is missing; it is in requirements/bundle.lock.")
    config = HERE / "linux" / "nfpm.yaml"
    lacking = elf.missing(DIST / "voicegw", config.read_text("utf-8"))
    if lacking:
        raise SystemExit(
            f"Neither the folder nor the packages' dependencies have {', '.join(lacking)}: install them here "
            "(packaging/dev/system-packages.sh) or name them in packaging/linux/nfpm.yaml."
        )
    c_library, newest = elf.asked(DIST / "voicegw", "GLIBC")
    cxx, by_cxx = elf.asked(DIST / "voicegw", "GLIBCXX")
    print(f"Asks for the C library {c_library} ({_some(newest)}) and GLIBCXX_{cxx} ({_some(by_cxx)}).")
    elf.within(os.environ.get("VOICEGW_GLIBC_LIMIT", ""), c_library, newest)
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "VOICEGW_VERSION": __version__,
        "VOICEGW_ARCH": architecture,
        "VOICEGW_GLIBC": c_library,
        "VOICEGW_GLIBCXX": cxx,
        "VOICEGW_GCC": elf.compiler(cxx),
    }
    of_core = WORK / "nfpm-core.yaml"
    of_core.write_text(packs.core_config(config.read_text("utf-8")), "utf-8")
    made = []
    for name, settings in (("voicegw-desktop", config), ("voicegw-desktop-core", of_core)):
        for packager, file in (
            ("deb", f"{name}_{__version__}_{architecture}.deb"),
            ("rpm", f"{name}-{__version__}.{platform.machine()}.rpm"),
        ):
            made.append(DIST / file)
            _run([nfpm, "package", "-f", str(settings), "-p", packager, "-t", str(made[-1])], environment)
    return made


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(Path(name).name for name in names[:3]) + rest


def windows() -> list[Path]:
    """Installers for one user by NSIS: of everything, and of the core."""
    made = []
    for name, payload in APPLICATIONS.items():
        made.append(DIST / f"{name}-{__version__}-setup.exe")
        _run(["makensis", "-V2", *nsis_defines(payload, made[-1]), str(HERE / "windows" / "installer.nsi")])
    return made


def nsis_defines(payload: Path, made: Path) -> list[str]:
    """What installer.nsi is told."""
    told = {"VERSION": __version__, "PAYLOAD": payload, "OUT": made, "ICON": WORK / "voicegw.ico"}
    return [f"-D{name}={value}" for name, value in told.items()]


def macos() -> list[Path]:
    """Disk images: of everything, and of the core."""
    made = []
    for name in APPLICATIONS:
        made.append(DIST / f"{name}-{__version__}-{platform.machine()}.dmg")
        _run(["sh", str(HERE / "macos" / "dmg.sh"), str(DIST / f"{name}.app"), str(made[-1])])
    return made


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise SystemExit(f"{Path(command[0]).name} failed; its reason stands above.")


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and not p.is_symlink()]
    return sum(p.stat().st_size for p in files)


def main() -> None:
    """Build, then print what was built with its size."""
    began = time.monotonic()
    assets()
    made = [folder()]
    made += packs.made(DIST) if sys.platform == "darwin" else cut()
    made += {"linux": linux, "win32": windows, "darwin": macos}[sys.platform]()
    folders = {manifest.system(): made[0], manifest.system() + manifest.CORE: CORE}
    made += release.for_updates(folders, DIST, EPOCH)
    # the release puts the files of all systems into one folder
    bom = DIST / f"voicegw-desktop-{__version__}-{manifest.system()}.cdx.json"
    shutil.copy(WORK / "sbom.cdx.json", bom)
    packages = [path for path in (*made[1:], bom) if path.suffix != ".minisig"]
    release.sums(packages, DIST, EPOCH)
    for path in (*made, CORE, bom):
        print(f"{size(path) / 1e6:7.1f} MB  {path.relative_to(ROOT)}")
    print(f"VoiceGateway Desktop {__version__}, Python {platform.python_version()}, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
