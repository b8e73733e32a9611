"""Run by Windows' Python: packs llama.cpp's wheel for Windows as a release does, and makes a program without it.

`packed.py FOLDER LAUNCHER`: into FOLDER go the pack, its signed list, the key that signed it, and `program/`, whose
`voicegw.exe` is LAUNCHER (it runs the zip file at its own end) with the command line, told that it is frozen.
"""

from __future__ import annotations

import io
import json
import runpy
import sys
import zipfile
from pathlib import Path

from tests.support.releases import KEY, NOW
from voicegw_desktop import __version__
from voicegw_desktop.core.packs import FILE
from voicegw_desktop.updates.manifest import system
from voicegw_desktop.updates.packs import PRODUCT, list_name

ENGINES = Path("Z:/engines")

PROGRAM = """
import sys
sys.path.remove("Z:\\\\engines")
sys.frozen, sys.executable, sys._MEIPASS = True, {exe!r}, {inside!r}
from voicegw_desktop import program
sys.exit(program.main())
"""


def main(to: Path, launcher: Path) -> None:
    """Make all of it."""
    cutter = runpy.run_path(str(Path(__file__).resolve().parents[2] / "packaging" / "packs.py"))
    part = cutter["Part"]("llamacpp", {"xllamacpp"})
    tops = cutter["tops"]("xllamacpp")
    files = sorted(p for p in ENGINES.rglob("*") if p.is_file() and p.relative_to(ENGINES).parts[0] in tops)
    entry = cutter["_pack"](part, files, ENGINES, to, NOW)
    fits = cutter["fits"]()
    told = {"product": PRODUCT, "format": 1, "version": __version__, "system": system(), "fits": fits, "packs": [entry]}
    listed = to / list_name(fits)
    listed.write_text(json.dumps(told), "utf-8")
    KEY.sign_file(listed, NOW)
    (to / "key.pub").write_text(str(KEY.public))
    inside = to / "program" / "_internal"
    inside.mkdir(parents=True)
    (inside / "version").write_text(__version__)
    (inside / FILE).write_text(json.dumps({"fits": fits, "packs": [entry]}), "utf-8")
    exe = to / "program" / "voicegw.exe"
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as packed:
        packed.writestr("__main__.py", PROGRAM.format(exe=str(exe), inside=str(inside)))
    exe.write_bytes(launcher.read_bytes() + b"#!Z:\\py\\python.exe\r\n" + zipped.getvalue())
    print(entry["file"], entry["size"], entry["unpacked"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
