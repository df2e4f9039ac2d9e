#!/bin/sh
# Runs the command of an experiment and records what ran: run_dir/train.log, meta.json, and what is certain of metrics.json.
# Needs nothing but a POSIX shell, awk, sed and tee; git if there is one. It never makes up a number: a metric that the command did
# not write is missing. The exit status is the command's own.
set -u

usage() {
  cat <<'END'
usage: scripts/vr_run.sh --run-id ID --run-dir DIR -- COMMAND [ARGUMENT...]

Makes DIR (exp/results/ID) with
  artifacts/      for what the command writes; its path is in $RELAY_OUT_DIR
  train.log       everything the command prints
  meta.json       what ran, from which commit, when, and how it ended
  metrics.json    is the command's to write; "run" and "status" are added if it has none

Variables:
  VR_PRIMARY_NAME, VR_PRIMARY_HIGHER_IS_BETTER   the metric by which the run is judged (for a run that failed without writing it)
  RELAY_RUN_PARAMS, RELAY_RUN_SEED               its parameters (a JSON object), its seed (a whole number)
  VR_ENV_ALLOWLIST                               names of variables to record, with commas between
END
}

fail() {
  printf '[vr_run] %s\n' "$1" >&2
  exit 2
}

run_id= run_dir=
while [ $# -gt 0 ]; do
  case $1 in
    --run-id) [ $# -ge 2 ] || fail '--run-id wants a value'; run_id=$2; shift 2 ;;
    --run-id=*) run_id=${1#*=}; shift ;;
    --run-dir) [ $# -ge 2 ] || fail '--run-dir wants a value'; run_dir=$2; shift 2 ;;
    --run-dir=*) run_dir=${1#*=}; shift ;;
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    *) fail "unknown argument: $1 (the command stands behind --)" ;;
  esac
done
[ -n "$run_id" ] || fail '--run-id is missing'
case $run_id in *[!A-Za-z0-9._-]* | .*) fail "not the id of a run: $run_id" ;; esac
[ $# -gt 0 ] || fail 'there is no command behind --'
run_dir=${run_dir:-exp/results/$run_id}
case $run_dir in -*) run_dir=./$run_dir ;; esac
if [ -e "$run_dir" ] && [ -n "$(ls -A "$run_dir" 2>/dev/null)" ]; then
  fail "$run_dir is not empty: a run has a directory of its own. Start it with a new run id."
fi

now() { date -u +%Y-%m-%dT%H:%M:%S+00:00; }

# One JSON string for any text.
json() {
  printf '%s.' "$1" | LC_ALL=C awk '
    BEGIN { for (i = 1; i < 32; i++) control[sprintf("%c", i)] = sprintf("\\u%04x", i) }
    { text = text (NR > 1 ? "\n" : "") $0 }
    END {
      out = "\""
      for (i = 1; i < length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\"") out = out "\\\""
        else if (c == "\\") out = out "\\\\"
        else if (c in control) out = out control[c]
        else out = out c
      }
      printf "%s\"", out
    }'
}

json_or_null() { if [ -n "$1" ]; then json "$1"; else printf null; fi; }

# Git is asked before the directory of the run is there: that is no change of the project's.
commit= branch= dirty=null
if command -v git >/dev/null 2>&1 && git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  commit=$(git rev-parse --verify -q HEAD) || commit=
  branch=$(git symbolic-ref --short -q HEAD) || branch=
  if changes=$(GIT_OPTIONAL_LOCKS=0 git status --porcelain 2>/dev/null); then
    if [ -n "$changes" ]; then dirty=true; else dirty=false; fi
  fi
fi

mkdir -p "$run_dir/artifacts" || fail "cannot make $run_dir"
run_dir_abs=$(cd "$run_dir" && pwd) || fail "cannot use $run_dir"
RELAY_RUN_ID=$run_id RELAY_RUN_DIR=$run_dir RELAY_OUT_DIR=$run_dir/artifacts
export RELAY_RUN_ID RELAY_RUN_DIR RELAY_OUT_DIR
started_at=$(now)

command_json=
for word in "$@"; do command_json="$command_json${command_json:+, }$(json "$word")"; done

# Only what is named is recorded: an environment holds secrets.
env_json=
for name in $(printf '%s' "${VR_ENV_ALLOWLIST:-CUDA_VISIBLE_DEVICES,OMP_NUM_THREADS,PYTHONPATH,PYTHONHASHSEED,HF_HOME,WANDB_MODE,WANDB_PROJECT,WANDB_RUN_ID}" | tr ',' ' '); do
  case $name in [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
  eval "value=\${$name-} is_set=\${$name+yes}"
  [ "$is_set" = yes ] && env_json="$env_json${env_json:+, }$(json "$name"): $(json "$value")"
done

# In one step: nobody reads half of it. Arguments: what is known of the end.
write_meta() {
  {
    printf '{\n  "run_id": %s,\n  "run_dir": %s,\n' "$(json "$run_id")" "$(json "$run_dir_abs")"
    printf '  "started_at": "%s",\n  "cwd": %s,\n  "command": [%s],\n' "$started_at" "$(json "$(pwd)")" "$command_json"
    printf '  "git": {"commit": %s, "branch": %s, "dirty": %s},\n' "$(json_or_null "$commit")" "$(json_or_null "$branch")" "$dirty"
    printf '  "context": {"job_id": %s, "task_id": %s},\n' "$(json_or_null "${VR_JOB_ID:-${RELAY_JOB_ID:-}}")" "$(json_or_null "${VR_TASK_ID:-${RELAY_TASK_ID:-}}")"
    printf '  "env": {%s}%s\n}\n' "$env_json" "$1"
  } >"$run_dir/.meta.json.$$" && mv -f "$run_dir/.meta.json.$$" "$run_dir/meta.json"
}
write_meta '' || fail "cannot write $run_dir/meta.json"

# The output goes through a named pipe to tee, so that the status is the command's and not tee's.
pipes=${TMPDIR:-/tmp}/vr_run.$$
rm -rf "$pipes"
mkdir -m 700 "$pipes" && mkfifo "$pipes/output" || fail "cannot make a pipe in $pipes"
# What ends the run must not take its last words: tee ends when the last writer does.
(trap '' HUP INT TERM; tee "$run_dir/train.log" <"$pipes/output"; : >"$pipes/done") &

printf '[vr_run] run %s in %s\n' "$run_id" "$run_dir"
stopped_by=
child=
stop() {
  stopped_by=$1
  # In the background of a shell SIGINT is ignored.
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap 'stop HUP' HUP
trap 'stop INT' INT
trap 'stop TERM' TERM
exec 3<&0
"$@" <&3 3<&- >"$pipes/output" 2>&1 &
child=$!
[ -z "$stopped_by" ] || kill -TERM "$child" 2>/dev/null
while :; do
  wait "$child"
  status=$?
  # A trap interrupts the wait, and the command may still be alive.
  if [ "$status" -gt 128 ] && kill -0 "$child" 2>/dev/null; then continue; fi
  break
done
exec 3<&-

# What the command left running may hold the pipe open: its output is still written, but not waited for.
tries=0
while [ ! -e "$pipes/done" ] && [ "$tries" -lt 20 ]; do
  sleep 0.1 2>/dev/null || sleep 1
  tries=$((tries + 1))
done
rm -rf "$pipes"
ended_at=$(now)

signal=
if [ "$status" -gt 128 ]; then signal=$(kill -l "$status" 2>/dev/null) || signal=; fi
[ -z "$signal" ] || signal=SIG${signal#SIG}
if [ "$status" -eq 0 ]; then result=success; elif [ -n "$stopped_by" ]; then result=canceled; else result=failed; fi
write_meta ",
  \"ended_at\": \"$ended_at\",
  \"exit_code\": $status,
  \"signal\": $(json_or_null "$signal"),
  \"status\": \"$result\"" || printf '[vr_run] cannot write the end to meta.json\n' >&2

run_json="\"run_id\": $(json "$run_id"), \"started_at\": \"$started_at\", \"ended_at\": \"$ended_at\""
job_id=${VR_JOB_ID:-${RELAY_JOB_ID:-}}
[ -z "$job_id" ] || run_json="$run_json, \"job_id\": $(json "$job_id")"
case ${RELAY_RUN_SEED:-} in '' | *[!0-9]*) ;; *) run_json="$run_json, \"seed\": $RELAY_RUN_SEED" ;; esac
case ${RELAY_RUN_PARAMS:-} in '{'*'}') run_json="$run_json, \"params\": $RELAY_RUN_PARAMS" ;; esac

metrics=$run_dir/metrics.json
if [ -s "$metrics" ]; then
  # Beside what the command wrote only what it cannot know, or did not say.
  added=
  grep -q '"run"[[:space:]]*:' "$metrics" || added="\"run\": {$run_json}"
  grep -q '"status"[[:space:]]*:' "$metrics" || added="$added${added:+, }\"status\": \"$result\""
  if [ -n "$added" ] && LC_ALL=C awk '{ sub(/^[ \t\r]+/, "") } length($0) > 0 { exit substr($0, 1, 1) == "{" ? 0 : 1 }' "$metrics"; then
    ADDED=$added LC_ALL=C awk '
      { text = text (NR > 1 ? "\n" : "") $0 }
      END {
        at = index(text, "{")
        rest = substr(text, at + 1)
        bare = rest
        gsub(/[ \t\r\n]/, "", bare)
        print substr(text, 1, at) ENVIRON["ADDED"] (substr(bare, 1, 1) == "}" ? "" : ", ") rest
      }' "$metrics" >"$run_dir/.metrics.json.$$" && mv -f "$run_dir/.metrics.json.$$" "$metrics"
  fi
elif [ "$status" -ne 0 ]; then
  primary=null
  if [ -n "${VR_PRIMARY_NAME:-}" ]; then
    case ${VR_PRIMARY_HIGHER_IS_BETTER:-} in
      true | false) primary="{\"name\": $(json "$VR_PRIMARY_NAME"), \"value\": null, \"higher_is_better\": $VR_PRIMARY_HIGHER_IS_BETTER}" ;;
    esac
  fi
  printf '{\n  "status": "%s",\n  "primary": %s,\n  "metrics": {},\n  "run": {%s},\n  "error": %s\n}\n' "$result" "$primary" "$run_json" \
    "$(json "The command ended with ${signal:-exit status $status} and wrote no metrics.json.")" >"$metrics"
else
  printf '[vr_run] the command ended well and wrote no %s: nothing was measured\n' "$metrics" >&2
fi
exit "$status"
