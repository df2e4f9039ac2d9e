#!/bin/sh
# Measures the model on data that it has not seen. Training may still be going on: it is waited for.
set -eu
waited=0
while [ ! -s model.txt ]; do
  if [ "$waited" -ge 30 ]; then
    echo "There is no model.txt after $waited s." >&2
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
read -r a b < model.txt
awk -F, -v a="$a" -v b="$b" '{ error = a * $1 + b - $2; sum += error * error } END {
  printf "{\n  \"val_mse\": %.5f,\n  \"a\": %s,\n  \"b\": %s\n}\n", sum / NR, a, b
}' data/val.csv > metrics.json
cat metrics.json
