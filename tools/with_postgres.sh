#!/usr/bin/env bash
# with_postgres.sh COMMAND...: run a command with DATABASE_URL of a throw-away PostgreSQL cluster, gone afterwards.
source "$(dirname "$0")/common.sh"

bin=$(dirname "$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")
PATH=$PATH:/usr/sbin:/sbin # where runuser is
folder=$(mktemp -d /tmp/ankang-postgres-XXXXXX)
owner=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
    account=$(id -un postgres 2>/dev/null || echo nobody)
    chown "$account" "$folder"
    owner=(runuser -u "$account" --)
fi

free_port() {
    .venv/bin/python - <<'PYTHON'
import random, socket
while True:
    port = random.randrange(20000, 32000)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            print(port)
            break
PYTHON
}

stop() {
    (cd "$folder" && "${owner[@]}" "$bin/pg_ctl" --pgdata data --mode fast --wait stop >/dev/null 2>&1) || true
    rm -rf "$folder"
}
trap stop EXIT

port=$(free_port)
(
    cd "$folder"
    "${owner[@]}" "$bin/initdb" --pgdata data --username ankang --auth trust --locale C.UTF-8 --encoding UTF8 \
        --no-sync >initdb.log || { cat initdb.log >&2; exit 1; }
    # Durability is not what is tested here: speed is welcome.
    options="-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off"
    "${owner[@]}" "$bin/pg_ctl" --pgdata data --wait --silent --log data/server.log \
        --options "$options -c full_page_writes=off" start </dev/null
) || fail "PostgreSQL 没有启动。 PostgreSQL did not start."
export DATABASE_URL=postgres://ankang@127.0.0.1:$port/postgres
status=0
"$@" || status=$?
exit $status
