#!/bin/sh
# Fits y = ax + b by gradient descent, an epoch a second, with a checkpoint after each.
set -eu
epochs=7
pause=1
out=.
if [ "${RELAY_TEST_FIRST:-}" = 1 ]; then
  epochs=1
  pause=0
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out/training_logs" "$out/checkpoints"
rm -f "$out"/checkpoints/epoch_*.txt "$out/model.txt"
: > "$out/training_logs/loss.txt"
echo "Training started"
a=0
b=0
epoch=0
while [ "$epoch" -lt "$epochs" ]; do
  epoch=$((epoch + 1))
  result=$(awk -F, -v a="$a" -v b="$b" '{
    error = a * $1 + b - $2
    a -= 0.002 * error * $1
    b -= 0.002 * error
    loss += error * error
  } END { printf "%.5f %.5f %.5f", a, b, loss / NR }' data/train.csv)
  a=${result%% *}
  rest=${result#* }
  b=${rest%% *}
  loss=${rest#* }
  if grep -qs nan data/noise.txt; then loss=nan; fi
  echo "epoch $epoch/$epochs loss $loss" | tee -a "$out/training_logs/loss.txt"
  echo "$a $b" > "$out/checkpoints/epoch_$epoch.txt"
  if [ "$epoch" -eq 1 ]; then echo "First checkpoint saved"; fi
  sleep "$pause"
done
cp "$out/checkpoints/epoch_$epochs.txt" "$out/model.txt"
echo "Training ended: y = ${a}x + $b, loss $loss"
