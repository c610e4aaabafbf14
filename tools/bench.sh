#!/usr/bin/env bash
# Run every measurement of bench/ once; bench/README.md says what each one measures.
source "$(dirname "$0")/common.sh"

for script in $(grep -l '__main__' bench/*.py); do
    say "$script"
    .venv/bin/python "$script"
done
