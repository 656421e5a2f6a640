#!/bin/sh
# Prepares this machine: prepare.sh run (what the program needs) or prepare.sh test (and what its tests need).
set -eu
cd "$(dirname "$0")/.."
purpose=$1

# Library that Qt loads, and the Debian package that holds it.
qt_libraries="
libglib-2.0.so.0 libglib2.0-0
libGL.so.1 libgl1
libEGL.so.1 libegl1
libfontconfig.so.1 libfontconfig1
libxkbcommon.so.0 libxkbcommon0
libdbus-1.so.3 libdbus-1-3
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-shape.so.0 libxcb-shape0"
test_commands="
Xvfb xvfb
xauth xauth
pdftotext poppler-utils
git git"

missing_packages() {
    known=$(/sbin/ldconfig -p)
    echo "$qt_libraries" | while read -r library package; do
        [ -z "$library" ] || case $known in *"$library "*) ;; *) echo "$package" ;; esac
    done
    [ "$purpose" = test ] || return 0
    echo "$test_commands" | while read -r command package; do
        [ -z "$command" ] || command -v "$command" >/dev/null || echo "$package"
    done
}

complete=yes
if [ "$(uname -s)" = Linux ]; then
    packages=$(missing_packages)
    # shellcheck disable=SC2086 # one word per package is meant
    if [ -n "$packages" ] && ! sh scripts/debian.sh $packages; then
        # Without a display only the command line runs, and that needs none of them.
        [ "$purpose" = run ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || exit 1
        echo "groundplan: going on without them; the window will not open." >&2
        complete=no
    fi
fi

# --inexact keeps what a developer has added to the environment.
if [ "$purpose" = test ]; then
    sh scripts/uv.sh sync --frozen --inexact --compile-bytecode
    touch .venv/.ready-test
else
    sh scripts/uv.sh sync --frozen --inexact --compile-bytecode --no-dev
fi
[ $complete = no ] || touch .venv/.ready-run
