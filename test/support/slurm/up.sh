#!/usr/bin/env bash
# A whole SLURM of one's own on loopback: munged, slurmctld and two slurmd, with --accounting also MariaDB and slurmdbd. All of it
# lives in DIR and belongs to whoever starts it; no root, no systemd, no cgroups.
# usage: PORT=26800 up.sh DIR [--accounting]     (takes PORT and the five after it; then SLURM_CONF=DIR/slurm.conf)
set -euo pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)
accounting=${2:-}
port=${PORT:-26800}
user=$(id -un)
chmod 0755 "$dir"
mkdir -p "$dir"/{ctld,n1,n2,log,run}

# munged wants its key in a directory of its own, and its socket where everybody can reach it.
mkdir -p -m 0700 "$dir/munge"
mkdir -p -m 0711 "$dir/socket"
[ -s "$dir/munge/key" ] || (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")
munged --key-file="$dir/munge/key" --socket="$dir/socket/munge" --pid-file="$dir/socket/munged.pid" \
  --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" --num-threads=2

if [ "$accounting" = --accounting ]; then
  [ -d "$dir/db/mysql" ] || mariadb-install-db --no-defaults --auth-root-authentication-method=normal --user="$user" \
    --datadir="$dir/db" --skip-test-db >"$dir/log/install.log" 2>&1
  "$(dirname "$0")/database.sh" "$dir"
  mariadb --no-defaults --socket="$dir/run/db.sock" -u root -e "CREATE DATABASE IF NOT EXISTS slurm_acct_db;
    CREATE USER IF NOT EXISTS slurm@localhost IDENTIFIED BY 'x'; GRANT ALL ON slurm_acct_db.* TO slurm@localhost"
  (umask 077 && cat >"$dir/slurmdbd.conf" <<CONF
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((port + 1))
SlurmUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/socket/munge
LogFile=$dir/log/slurmdbd.log
PidFile=$dir/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StoragePort=0
StorageUser=slurm
StoragePass=x
StorageLoc=slurm_acct_db
CONF
  )
  storage="AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$((port + 1))
AccountingStoragePass=$dir/socket/munge"
else
  storage='AccountingStorageType=accounting_storage/none'
fi

cat >"$dir/slurm.conf" <<CONF
ClusterName=relaytest
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/socket/munge
StateSaveLocation=$dir/ctld
SlurmdSpoolDir=$dir/%n
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
MinJobAge=${MIN_JOB_AGE:-10}
KillWait=2
MessageTimeout=${MESSAGE_TIMEOUT:-5}
SlurmdTimeout=60
InactiveLimit=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
MailProg=/bin/true
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
$storage
NodeName=n1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=16 RealMemory=16000 State=UNKNOWN
NodeName=n2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + 3)) CPUs=2 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=n1 Default=YES MaxTime=INFINITE DefMemPerCPU=64 PriorityTier=1 PreemptMode=REQUEUE State=UP
PartitionName=small Nodes=n2 Default=NO MaxTime=INFINITE DefMemPerCPU=64 PriorityTier=1 PreemptMode=REQUEUE State=UP
PartitionName=urgent Nodes=n2 Default=NO MaxTime=INFINITE DefMemPerCPU=64 PriorityTier=10 PreemptMode=OFF State=UP
CONF
printf 'CgroupAutomount=no\nConstrainCores=no\n' >"$dir/cgroup.conf"
export SLURM_CONF="$dir/slurm.conf"

if [ "$accounting" = --accounting ]; then
  # The client library of MySQL takes its socket from there.
  MYSQL_UNIX_PORT="$dir/run/db.sock" slurmdbd
  for _ in $(seq 200); do sacctmgr -n show cluster >/dev/null 2>&1 && break || sleep 0.05; done
  sacctmgr -i add cluster relaytest >/dev/null 2>&1 || true
  sacctmgr -i add account test Cluster=relaytest >/dev/null 2>&1 || true
  sacctmgr -i add user "$user" Account=test >/dev/null 2>&1 || true
fi
slurmctld
slurmd -N n1
slurmd -N n2
for _ in $(seq 200); do [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c idle)" -ge 2 ] && exit 0 || sleep 0.05; done
echo 'The nodes of the cluster did not come up:' >&2
tail -n 20 "$dir"/log/*.log >&2
exit 1
