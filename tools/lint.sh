#!/usr/bin/env bash
# Every check that needs no test: format, lint, types, layers, templates, migrations, addresses.
source "$(dirname "$0")/common.sh"

bin=.venv/bin
failed=()
check() { # check NAME COMMAND...: quiet when it passes
    local name=$1 output
    shift
    if ! output=$("$@" 2>&1); then
        failed+=("$name")
        printf '%s\n✗ %s\n' "$output" "$name" >&2
    fi
}

# The checks write no database; the settings still want a folder for their key.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export DATA=$scratch
unset DATABASE_URL

check "ruff format" $bin/ruff format --check .
check "ruff" $bin/ruff check .
check "mypy" $bin/mypy
check "import-linter" $bin/lint-imports
check "djlint" $bin/djlint --lint --quiet src
check "migrations" $bin/python manage.py makemigrations --check --dry-run
check "django" $bin/python manage.py check --fail-level WARNING
check "addresses" $bin/python tools/check_addresses.py
[ ${#failed[@]} -eq 0 ] || fail "没有通过  failed: ${failed[*]}"
say "检查全部通过  all checks passed"
