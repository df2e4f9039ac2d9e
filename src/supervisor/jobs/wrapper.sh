#!/bin/sh
# Runs one attempt of a job and records how it ended. It is its own session, and knows nothing of who started it.
# usage: wrapper.sh ATTEMPT CWD BELL WAKE      (its output is the job's log)
attempt=$1 cwd=$2 bell=$3 wake=$4

# Whoever makes this directory runs the job; a second start finds it and goes away.
# What this script needs is found whatever PATH the job has.
path=${PATH-}
PATH=$path:/usr/bin:/bin
mkdir "$attempt/claim" 2>/dev/null || exit 0

# A stop is meant for the command. This shell waits for it and still writes the record.
trap : HUP INT TERM

if [ -r /proc/self/stat ]; then
  IFS= read -r stat <"/proc/$$/stat"
  IFS= read -r boot </proc/sys/kernel/random/boot_id
else
  stat=$(ps -o lstart= -p $$) boot=
fi
printf '%s\n%s\n%s\n%s\n' "$$" "$stat" "$boot" "$(date +%s%3N)" >"$attempt/started"

if ! cd "$cwd"; then
  echo "relay: cannot enter the directory of the job: $cwd" >&2
  status=1
elif PATH=$path command -v bash >/dev/null 2>&1; then
  PATH=$path bash -l "$attempt/command.sh"
  status=$?
else
  echo 'relay: there is no bash here; the command is run by sh' >&2
  PATH=$path /bin/sh "$attempt/command.sh"
  status=$?
fi

# The record appears whole or not at all. On a full disk, where no byte can be written, the name of an empty file tells.
{
  printf '%s %s\n' "$status" "$(date +%s%3N)" >"$attempt/exit.tmp" &&
    { [ ! -d /proc/self ] || sync "$attempt/exit.tmp"; } &&
    mv "$attempt/exit.tmp" "$attempt/exit"
} 2>/dev/null || : >"$attempt/exit.$status"

{ : >"$bell"; } 2>/dev/null
[ ! -f "$wake" ] || exec env -i /bin/sh "$wake" >/dev/null 2>&1
