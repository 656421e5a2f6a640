#!/bin/sh
# Runs all tests but the long proofs on another Python (second_python.sh 3.12), when this machine has it.
set -eu
cd "$(dirname "$0")/.."
version=$1
if ! python=$(sh scripts/uv.sh python find --no-project "$version" 2>/dev/null); then
    echo "second Python: skipped, no Python $version on this machine (install it and run again)"
    exit 0
fi
export UV_PROJECT_ENVIRONMENT="build/python-$version" UV_PYTHON="$python"
sh scripts/uv.sh sync --quiet --frozen
QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}" "$UV_PROJECT_ENVIRONMENT/bin/python" -m pytest -n 2 -m "not proof"
