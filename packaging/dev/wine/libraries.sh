#!/bin/sh
# Run inside the Debian of setup.sh: puts into the folder $1 (Windows' system32) what wine 10 lacks and wheels ask for.
set -eu
to=$1
cd "$(dirname "$0")"
own=$(for name in cabs carg ccos ccosh cexp cimag cpow creal csin csinh ctan ctanh; do echo "$name ${name}f ${name}l"; done)
made=$(mktemp -d)
cc="x86_64-w64-mingw32-gcc -O2 -ffreestanding -s -shared -nostdlib"
$cc -o "$made/icuuc.dll" icuuc.c
# wine's own takes another name, and all names but the complex functions' lead there
wine=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll
cp "$wine" "$made/ucrtwine.dll"
printf 'LIBRARY ucrtwine.dll\nEXPORTS\nhypot\natan2\nexp\nlog\nsin\ncos\nsinh\ncosh\n' > "$made/wine.def"
x86_64-w64-mingw32-dlltool -d "$made/wine.def" -l "$made/libwine.a"
{
  printf 'LIBRARY ucrtbase.dll\nEXPORTS\n'
  x86_64-w64-mingw32-objdump -p "$wine" | awk -v own="$own" '
    BEGIN { split(own, names); for (i in names) ours[names[i]] = 1 }
    /Ordinal\/Name Pointer/ { table = 1; next }
    table && NF == 0 { exit }
    table && /base\[/ { print ($NF in ours) ? $NF : $NF "=ucrtwine." $NF }'
} > "$made/ucrtbase.def"
$cc -o "$made/ucrtbase.dll" ucrtbase.c "$made/ucrtbase.def" -L"$made" -lwine
# moved, not written over: a Windows program that runs has the former ones open
for file in "$made"/*.dll; do
  cp "$file" "$to/new.tmp"
  mv "$to/new.tmp" "$to/${file##*/}"
done
rm -r "$made"
