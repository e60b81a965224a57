#!/usr/bin/env bash
# Fetches packages of Debian (or Ubuntu) and unpacks each below FOLDER, without installing any and
# without touching what the machine knows of packages: also those of the architecture i386, which
# it need not have.
#
# usage: debian_packages.sh FOLDER PACKAGE[:ARCHITECTURE]...
set -euo pipefail

folder=$1
shift
mkdir -p "$folder/lists/partial" "$folder/archives/partial"
folder=$(cd "$folder" && pwd)
options=(
  -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache::Archives=$folder/archives"
  -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Debug::NoLocking=1
  -o APT::Architectures::=amd64 -o APT::Architectures::=i386 -o APT::Sandbox::User=root
)
# Another repository than Debian's own may be out of reach; the download tells.
apt-get "${options[@]}" update -qq || true
cd "$folder"
apt-get "${options[@]}" download -qq "$@"
for package in *.deb; do
  mkdir -p "unpacked/${package%%_*}"
  dpkg-deb --extract "$package" "unpacked/${package%%_*}"
  rm "$package"
done
rm -r lists archives
