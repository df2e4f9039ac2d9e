#!/bin/sh
# Keeps a supervisor there: starts it again when something kills it, and ends when it ends by itself.
# usage: keeper.sh NODE SUPERVISOR ROOT LOG
failures=0
node=$1
# The Node that started us may be gone by now: an update of the editor or of Node itself.
[ -x "$node" ] || node=$(command -v node) || exit 3
while :; do
  begun=$(date +%s)
  "$node" --max-semi-space-size=1 "$2" supervise "$3" </dev/null >>"$4" 2>&1
  status=$?
  # 0: nothing left to do, another one is there, or it was asked to go. 3: it cannot work here, and has said why.
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ] && exit "$status"
  if [ $(($(date +%s) - begun)) -ge 10 ]; then failures=0; else failures=$((failures + 1)); fi
  # The first five tries at once, then with pauses.
  [ "$failures" -le 5 ] || sleep 3
done
