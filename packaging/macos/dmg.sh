#!/bin/sh
# dmg.sh APP OUT: a disk image with the application as VoiceGateway.app (core and everything are one for macOS) and a link
# to /Applications. With VOICEGW_CODESIGN (an identity) the spec has signed the application and the image is signed too;
# with VOICEGW_NOTARY (a keychain profile) it is notarised.
set -eu
app=$1 out=$2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$stage/VoiceGateway.app"
ln -s /Applications "$stage/Applications"
rm -f "$out"
hdiutil create -volname VoiceGateway -srcfolder "$stage" -fs HFS+ -format UDZO "$out"
if [ -n "${VOICEGW_CODESIGN:-}" ]; then codesign --sign "$VOICEGW_CODESIGN" --timestamp "$out"; fi
if [ -n "${VOICEGW_NOTARY:-}" ]; then
  xcrun notarytool submit "$out" --keychain-profile "$VOICEGW_NOTARY" --wait
  xcrun stapler staple "$out"
fi
