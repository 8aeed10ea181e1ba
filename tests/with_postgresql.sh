#!/usr/bin/env bash
# A PostgreSQL server of its own in a temporary folder for as long as a command runs:
#   tests/with_postgresql.sh .venv/bin/python -m pytest tests/store tests/review
# Needs Debian's postgresql; as root the server runs as the user postgres, which it insists on.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || { echo "no PostgreSQL here: apt-get install postgresql" >&2; exit 2; }
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as=()
if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; as=(setpriv --reuid=postgres --regid=postgres --init-groups); fi
cd "$folder"
trap '"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null || true; rm -rf "$folder"' EXIT
"${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust >/dev/null
# Nothing here outlives the tests, so nothing waits for the disk.
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
  -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off" start >/dev/null
cd "$OLDPWD"
LABELLOOP_TEST_POSTGRESQL="postgresql://postgres@127.0.0.1:$port/postgres" "$@"
