#!/usr/bin/env bash
# Starts the database of a cluster of up.sh, and waits until it answers. usage: database.sh DIR
set -euo pipefail
dir=$1
mariadbd --no-defaults --datadir="$dir/db" --socket="$dir/run/db.sock" --pid-file="$dir/run/mariadbd.pid" --skip-networking \
  --innodb-buffer-pool-size=64M --innodb-log-file-size=16M --innodb-lock-wait-timeout=900 --innodb-flush-log-at-trx-commit=0 \
  --log-error="$dir/log/mariadbd.log" --user="$(id -un)" </dev/null >>"$dir/log/mariadbd.out" 2>&1 &
for _ in $(seq 400); do mariadb-admin --no-defaults --socket="$dir/run/db.sock" -u root ping >/dev/null 2>&1 && exit 0 || sleep 0.05; done
echo 'The database did not come up:' >&2
tail -n 20 "$dir/log/mariadbd.log" >&2
exit 1
