#!/bin/sh
# Runs all tests but the long proofs on another Python (second_python.sh 3.12), when this machine has it.
set -eu
cd "$(dirname "$0")/.."
version=$1

# On the PATH, or among the versions of pyenv, whose shims exist for versions that are not switched on.
find_version() {
    for python in "$(command -v "python$version" || true)" "${PYENV_ROOT:-${HOME:-/}/.pyenv}/versions/$version"*/bin/python; do
        [ -x "$python" ] && "$python" -c '' 2>/dev/null && { echo "$python"; return; }
    done
    return 1
}

if ! python=$(find_version); then
    echo "second Python: skipped, no Python $version on this machine (install it and run again)"
    exit 0
fi
export UV_PROJECT_ENVIRONMENT="build/python-$version" UV_PYTHON="$python"
sh scripts/uv.sh sync --quiet --frozen
QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}" "$UV_PROJECT_ENVIRONMENT/bin/python" -m pytest -n 2 -m "not proof"
