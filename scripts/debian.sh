#!/bin/sh
# Installs the given Debian packages, as root or through sudo; else says which command to run.
set -eu

fail() { echo "groundplan: $*" >&2; exit 1; }

command -v apt-get >/dev/null || fail "please install what these Debian packages hold with your system's tools: $*"
if [ "$(id -u)" = 0 ]; then
    root=env
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    root="sudo env"
else
    fail "system packages are missing. Run this once, then make again:
    su -c 'apt-get update && apt-get install -y --no-install-recommends $*'"
fi
echo "groundplan: installing Debian packages: $*" >&2
$root apt-get update -qq >&2
$root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2
