#!/bin/sh
# appimage.sh TOOL RUNTIME VERSION: an AppImage of dist/voicegw, by the program appimagetool, which would fetch its runtime,
# the program that opens the image, unchecked. For the release workflow only: neither is in a package registry. The image
# shares everything with the .deb but the system libraries, which it expects.
set -eu
cd "$(dirname "$0")/../.."
tool=$1 runtime=$2 version=$3
stage=build/package/VoiceGateway.AppDir
rm -rf "$stage"
mkdir -p "$stage/usr/lib" "$stage/usr/share/metainfo"
cp -a dist/voicegw "$stage/usr/lib/voicegw-desktop"
cp build/package/metainfo.xml "$stage/usr/share/metainfo/org.voicegateway.desktop.metainfo.xml"
cp packaging/linux/voicegw-desktop.desktop build/package/hicolor/256x256/apps/voicegw-desktop.png "$stage/"
ln -s voicegw-desktop.png "$stage/.DirIcon"
# `VoiceGateway.AppImage serve` is `voicegw serve`; with no argument it is the tray application
cat > "$stage/AppRun" <<'RUN'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")/usr/lib/voicegw-desktop
case "${1:-}" in
  "" | --*) exec "$here/voicegw-desktop" "$@" ;;
  *) exec "$here/voicegw" "$@" ;;
esac
RUN
chmod 755 "$stage/AppRun"
ARCH=$(uname -m) "$tool" --runtime-file "$runtime" "$stage" "dist/VoiceGateway-$version-$(uname -m).AppImage"
