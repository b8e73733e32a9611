#!/bin/sh
# What the window and its tests need from the system: Qt's libraries, a virtual display, a tray host, a session bus, a
# sound server. Installs what is missing where it may (Debian and Ubuntu, as root or with password-less sudo); otherwise
# it says in one line what to install, and the tests that need it skip with that reason.
set -u
packages="libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-image0
libxcb-render-util0 libxcb-xinerama0 libdbus-1-3 libfontconfig1 xvfb xauth x11-utils xdotool dbus-x11 openbox lxqt-panel
imagemagick gnome-keyring gcr at-spi2-core strace iproute2
pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins"
command -v dpkg-query >/dev/null 2>&1 || { echo "Not a Debian system: install by hand what these Debian packages hold: $packages" | tr '\n' ' '; echo; exit 0; }
missing=""
for package in $packages; do
  [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing="$missing $package"
done
# not every distribution has it; where it has, the tests of web pages run in it
browser=chromium-headless-shell
known() {
  [ "$(dpkg-query -W -f='${Status}' $browser 2>/dev/null)" != "install ok installed" ] && apt-cache show $browser >/dev/null 2>&1
}
[ -z "$missing" ] && ! known && exit 0
if [ "$(id -u)" = 0 ]; then run=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then run="sudo"
else echo "May not install system packages; as root: apt-get install$missing"; exit 0; fi
$run apt-get update -qq >/dev/null 2>&1
known && missing="$missing $browser"
echo "Installing system packages:$missing"
# shellcheck disable=SC2086
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
  echo "Could not install system packages (no network?); as root: apt-get install$missing"
