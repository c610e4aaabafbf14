# Sourced by the scripts beside it: go to the root, stop at the first error, say what is done in both languages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf '● %s\n' "$*"; }
fail() { printf '✗ %s\n' "$@" >&2; exit 1; }
digest() { cat "$@" | sha256sum | cut -d' ' -f1; }
# is_done STAMP DIGEST: was this step done for exactly these inputs?
is_done() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
