#!/bin/sh
# Makes the examples of one chunk with the newest checkpoint. What a chunk before it has made stays; what an interrupted one
# has left of itself is made anew.
set -eu
size=${RELAY_CHUNK_SIZE:-300}
offset=${RELAY_CHUNK_OFFSET:-0}
every=${RELAY_CHECKPOINT_EVERY:-50}
out=generated
if [ "${RELAY_TEST_FIRST:-}" = 1 ]; then
  size=2
  offset=0
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"
touch "$out/examples.csv"
head -n "$offset" "$out/examples.csv" > "$out/examples.csv.new"
mv "$out/examples.csv.new" "$out/examples.csv"
model=model.txt
[ -s "$model" ] || model=$(ls checkpoints/epoch_*.txt | tail -n 1)
read -r a b < "$model"
made=0
while [ "$made" -lt "$size" ]; do
  next=$((size - made < every ? size - made : every))
  awk -v a="$a" -v b="$b" -v from="$((offset + made))" -v count="$next" 'BEGIN {
    for (i = from + 1; i <= from + count; i++) {
      x = i % 40 / 10 - 2
      printf "%.2f,%.4f\n", x, a * x + b
    }
  }' >> "$out/examples.csv"
  made=$((made + next))
  echo "$((offset + made)) examples with $model" | tee -a "$out/generation.log"
done
sleep 1
