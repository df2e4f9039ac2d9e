#!/bin/sh
# The results in words.
set -eu
value() { sed -n "s/.*\"$1\": \([-0-9.]*\).*/\1/p" metrics.json; }
{
  echo "# A line through noisy points"
  echo
  echo "The model is y = $(value a)x + $(value b); the true line is y = 3x + 2."
  echo "Its validation error is $(value val_mse), and it has made $(wc -l < generated/examples.csv | tr -d ' ') examples."
} > report.md
cat report.md
echo "Report written"
