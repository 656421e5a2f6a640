#!/bin/sh
# Runs uv with the given arguments; fetches it from PyPI into a private environment when the machine has none.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "groundplan: $*" >&2; exit 1; }

# Prints the first Python that is new enough.
find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        path=$(command -v "$name") || continue
        "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$path"; return; }
    done
    fail "Python 3.11 or newer is needed and none is on the PATH. On Debian 12 or newer: apt-get install python3"
}

# Accepts a uv that runs and knows the revision of uv.lock.
usable() { "$1" --version >/dev/null 2>&1 && "$1" --version | grep -Evq '^uv 0\.[0-8]\.'; }

install_uv() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        sh scripts/debian.sh "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    echo "groundplan: installing uv into $tools" >&2
    "$python" -m venv --clear "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14' >&2 ||
        fail "uv could not be installed from PyPI. Check the network, or install uv yourself and run make again."
}

cache=${XDG_CACHE_HOME:-${HOME:-$PWD/build}/.cache}
tools=$cache/groundplan/uv
uv=$(command -v uv || true)
if [ -z "$uv" ] || ! usable "$uv"; then
    uv=$tools/bin/uv
    usable "$uv" || install_uv
fi
if [ -z "${UV_PYTHON:-}" ] && [ ! -x .venv/bin/python ]; then
    UV_PYTHON=$(find_python)
    export UV_PYTHON
fi
# The machine's own certificates also hold those of a company's proxy.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    export SSL_CERT_FILE="${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}"
fi
export UV_PYTHON_DOWNLOADS="${UV_PYTHON_DOWNLOADS:-never}" UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-300}"
exec "$uv" "$@"
