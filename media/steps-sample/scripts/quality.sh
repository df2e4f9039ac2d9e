#!/bin/sh
# Whether the examples so far rise with x, as they must.
set -eu
awk -F, '{ sx += $1; sy += $2; sxx += $1 * $1; sxy += $1 * $2 } END {
  slope = (NR * sxy - sx * sy) / (NR * sxx - sx * sx)
  printf "%d examples, slope %.3f\n", NR, slope
  exit !(slope > 1)
}' generated/examples.csv
