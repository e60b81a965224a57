#!/usr/bin/env bash
# Makes a plain Debian 12 with a Wine that runs 32-bit and 64-bit programs, in the folder that is
# named: 3 GB, some minutes. For `cargo xtask oracle wine32`, which runs Wine in it with `chroot`.
# Needs root, `debootstrap` and the network; APT_MIRROR names another mirror than Debian's own.
#
# On the machine itself `wine32:i386` often does not resolve, since it wants the i386 twins of
# libraries in exactly the versions that are installed. A plain system has no such ties.
set -euo pipefail

root=$1
mirror=${APT_MIRROR:-http://deb.debian.org/debian}
unfinished="$root.unfinished"

rm -rf "$unfinished"
debootstrap --variant=minbase bookworm "$unfinished" "$mirror"
# What the machine says about the network and its mirrors holds inside, too.
cp /etc/resolv.conf "$unfinished/etc/resolv.conf"
cp -r /etc/apt/apt.conf.d/. "$unfinished/etc/apt/apt.conf.d/"
cp -r /etc/ssl/certs "$unfinished/etc/ssl/" 2>/dev/null || true

inside() {
  chroot "$unfinished" env DEBIAN_FRONTEND=noninteractive "$@"
}
inside dpkg --add-architecture i386
inside apt-get update
inside apt-get install -y --no-install-recommends wine wine64 wine32:i386
inside apt-get clean
mv "$unfinished" "$root"
