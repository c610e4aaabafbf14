#!/usr/bin/env bash
# Lint, the suite on SQLite, the tests of the database on PostgreSQL, then the browser. All run, whichever fails.
source "$(dirname "$0")/common.sh"

failed=()
step() { # step NAME COMMAND...
    local name=$1 start=$SECONDS
    shift
    say "$name"
    "$@" || failed+=("$name")
    say "$name: $((SECONDS - start)) s"
}
run_pytest() { .venv/bin/python -m pytest -q --numprocesses "$@"; }

unset DATABASE_URL DATA ANKANG_KEYS
workers=$(nproc)
step "检查 lint" tools/lint.sh
step "测试 SQLite" run_pytest "$workers" -m "not browser"
step "测试 PostgreSQL" tools/with_postgres.sh .venv/bin/python -m pytest -q --numprocesses "$workers" \
    -m "not browser" --database-only
if [ ${#failed[@]} -gt 0 ]; then
    printf '✗ 没有通过  failed: %s\n' "${failed[@]}" >&2
fi
say "测试 浏览器 browser"
status=0
run_pytest $((workers + 1)) -m browser --maxschedchunk 1 || status=$? # one more: a page is often waited for
[ ${#failed[@]} -eq 0 ] || exit 1
exit $status
