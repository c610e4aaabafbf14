#!/usr/bin/env bash
# sync_python.sh run|dev: make .venv hold exactly what the lock says. With `run`, the larger `dev` set is left alone.
source "$(dirname "$0")/common.sh"

lock=requirements.lock
[ "$1" = run ] || lock=requirements-dev.lock
stamp=.venv/.synced-$1
wanted=$(digest requirements-uv.lock "$lock" pyproject.toml)

find_python() {
    local candidate
    for candidate in ${PYTHON3:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "没有找到 Python 3.11 或更新的版本，请先安装（例如 apt-get install python3 python3-venv）。" \
        "Python 3.11 or newer was not found: install it first."
}

make_venv() {
    local python
    python=$(find_python)
    say "建立 .venv（$("$python" --version)）  creating .venv"
    "$python" -m venv .venv || fail "建立 .venv 失败：请安装 python3-venv。" "Install python3-venv, then run this again."
}

install_uv() {
    say "安装 uv  installing uv"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
}

is_done "$stamp" "$wanted" && exit
if [ "$1" = run ] && is_done .venv/.synced-dev "$(digest requirements-uv.lock requirements-dev.lock pyproject.toml)"; then
    exit
fi
[ -x .venv/bin/python ] || make_venv
export VIRTUAL_ENV=$PWD/.venv
.venv/bin/uv --version 2>/dev/null | grep -qF "$(sed -n 's/^uv==\([0-9.]*\).*/uv \1/p' requirements-uv.lock)" || install_uv
rm -f .venv/.synced-*
say "按 $lock 安装 Python 包  installing the Python packages of $lock"
# The uv lock comes along, or a .venv that uv itself made would lose its uv here.
.venv/bin/uv pip sync --quiet --require-hashes "$lock" requirements-uv.lock
.venv/bin/uv pip install --quiet --no-deps --build-constraints requirements-dev.lock --editable .
echo "$wanted" >"$stamp"
