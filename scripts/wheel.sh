#!/bin/sh
# Builds the wheel, installs it into a fresh environment with the locked versions, and starts it from an empty folder.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
place=$root/build/wheel
rm -rf "$place"
mkdir -p "$place/empty/home"

step() { echo "wheel: $*"; }

step "building"
sh scripts/uv.sh build --quiet --wheel --out-dir "$place" .
sh scripts/uv.sh export --quiet --frozen --no-dev --no-emit-project --no-hashes --output-file "$place/locked.txt"
step "installing into a fresh environment"
sh scripts/uv.sh venv --quiet --python .venv/bin/python "$place/venv"
sh scripts/uv.sh pip install --quiet --python "$place/venv/bin/python" --constraints "$place/locked.txt" "$place"/*.whl

cd "$place/empty"
unset PYTHONPATH
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/home" XDG_DATA_HOME="$PWD/home" QT_QPA_PLATFORM=offscreen
run() {
    step "$*"
    "$place/venv/bin/$@" </dev/null
}
run groundplan --version
run groundplan demo
run python -m app --smoke
step "passed"
