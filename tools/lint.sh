#!/usr/bin/env bash
# Every check that needs no test: format, lint, types, layers, templates, migrations, addresses.
source "$(dirname "$0")/common.sh"

bin=.venv/bin
names=() running=()
check() { # check NAME COMMAND...: starts it beside the others
    local log=$scratch/${#names[@]}.log
    names+=("$1")
    "${@:2}" >"$log" 2>&1 &
    running+=($!)
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

failed=()
for number in "${!names[@]}"; do
    wait "${running[number]}" && continue
    failed+=("${names[number]}")
    printf '%s\n✗ %s\n' "$(<"$scratch/$number.log")" "${names[number]}" >&2
done
[ ${#failed[@]} -eq 0 ] || fail "没有通过  failed: ${failed[*]}"
say "检查全部通过  all checks passed"
