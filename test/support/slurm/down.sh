#!/usr/bin/env bash
# Ends a cluster of up.sh, each of its daemons by its own pid. usage: down.sh DIR
set -u
dir=$1
stop() {
  local pid signal
  pid=$(cat "$1" 2>/dev/null) || return 0
  for signal in ${2:-TERM} KILL; do
    kill -CONT "$pid" 2>/dev/null
    kill -"$signal" "$pid" 2>/dev/null || return 0
    for _ in $(seq 40); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.05; done
  done
}
export SLURM_CONF="$dir/slurm.conf"
for name in n1 n2 slurmctld; do stop "$dir/run/$name.pid" KILL & done
wait
stop "$dir/run/slurmdbd.pid" KILL
stop "$dir/run/mariadbd.pid" KILL
stop "$dir/socket/munged.pid"
# What steps were still running: their command lines name the node's own socket directory.
for pid in $(pgrep -x slurmstepd); do
  tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "SLURM_CONF=$dir/slurm.conf" && kill -KILL "$pid" 2>/dev/null
done
true
