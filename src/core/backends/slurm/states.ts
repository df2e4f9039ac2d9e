// The states of SLURM (squeue(1), sacct(1), of 22.05 and newer), and what each of them means for a job that is watched.

/**
 * `waiting`: it has not begun, or will begin anew. `going`: it runs, or something of it does. `over`: nothing will change. `unknown`:
 * a word of a version that we do not know: it is watched on.
 */
export type StateKind = 'waiting' | 'going' | 'over' | 'unknown'

interface StateMeaning {
  readonly kind: StateKind
  /** A phrase for people. */
  readonly words: string
}

const meanings: Readonly<Record<string, StateMeaning>> = {
  PENDING: { kind: 'waiting', words: 'waits' },
  CONFIGURING: { kind: 'waiting', words: 'its nodes are made ready' },
  REQUEUED: { kind: 'waiting', words: 'was requeued, to begin anew' },
  REQUEUE_FED: { kind: 'waiting', words: 'was requeued, to begin anew on a cluster of the federation' },
  REQUEUE_HOLD: { kind: 'waiting', words: 'was requeued and is held: it waits for scontrol release' },
  SPECIAL_EXIT: { kind: 'waiting', words: 'was requeued after a special exit and is held' },
  RESV_DEL_HOLD: { kind: 'waiting', words: 'is held, for its reservation was deleted' },
  POWER_UP_NODE: { kind: 'waiting', words: 'its nodes are powered up' },
  RECONFIG_FAIL: { kind: 'waiting', words: 'the configuration of its nodes failed' },
  EXPEDITING: { kind: 'waiting', words: 'is expedited' },
  RUNNING: { kind: 'going', words: 'runs' },
  COMPLETING: { kind: 'going', words: 'is about to end: something of it still runs' },
  SUSPENDED: { kind: 'going', words: 'is suspended' },
  STOPPED: { kind: 'going', words: 'is stopped by a signal, and keeps its processors' },
  RESIZING: { kind: 'going', words: 'changes its size' },
  SIGNALING: { kind: 'going', words: 'is being signalled' },
  STAGE_OUT: { kind: 'going', words: 'stages its files out' },
  UPDATE_DB: { kind: 'going', words: 'is being recorded' },
  COMPLETED: { kind: 'over', words: 'ended with exit 0' },
  FAILED: { kind: 'over', words: 'failed' },
  CANCELLED: { kind: 'over', words: 'was cancelled' },
  TIMEOUT: { kind: 'over', words: 'was ended at its time limit' },
  NODE_FAIL: { kind: 'over', words: 'was ended by the failure of a node' },
  OUT_OF_MEMORY: { kind: 'over', words: 'was killed for it used more memory than it had asked for' },
  BOOT_FAIL: { kind: 'over', words: 'was ended, for a node did not boot' },
  DEADLINE: { kind: 'over', words: 'was ended at its deadline' },
  REVOKED: { kind: 'over', words: 'was taken by another cluster of the federation' },
  LAUNCH_FAILED: { kind: 'over', words: 'could not be launched on its node' },
  /** An end only where it is not requeued: then there is a newer row, or a newer word. */
  PREEMPTED: { kind: 'over', words: 'was ended to make room for a job of higher priority' },
}

/** The first word: `CANCELLED by 1001` is CANCELLED, `COMPLETED+` a shortened one. */
export function stateWord(text: string): string {
  return /^[A-Z_]+/.exec(text.trim())?.[0] ?? ''
}

export function meaningOf(word: string): StateMeaning {
  return meanings[word] ?? { kind: 'unknown', words: `is ${word === '' ? 'in a state without a name' : word}` }
}

/** Reasons why a job waits (squeue(1), JOB REASON CODES), as they follow “waits”. */
const reasons: Readonly<Record<string, string>> = {
  None: '',
  Priority: 'behind jobs of higher priority',
  Resources: 'for free processors, memory or cards',
  Dependency: 'for a job that it depends on',
  DependencyNeverSatisfied: 'for ever: the job that it depends on did not end as it was to. Cancel it',
  BeginTime: 'until the time that it asked for',
  JobHeldUser: 'held by its owner: scontrol release lets it go',
  JobHeldAdmin: 'held by an administrator',
  launch_failed_requeued_held: 'held after its launch failed: scontrol release lets it go',
  JobArrayTaskLimit: 'for other tasks of its array to end',
  PartitionDown: 'for its partition is down',
  PartitionInactive: 'for its partition takes no jobs to run now',
  PartitionNodeLimit: 'for ever: it asks for more nodes than its partition has',
  PartitionTimeLimit: 'for ever: it asks for more time than its partition allows',
  PartitionConfig: 'for ever: its partition does not allow what it asks for',
  ReqNodeNotAvail: 'for a node that is down, drained or reserved',
  NodeDown: 'for a node that is down',
  Reservation: 'for its reservation to begin',
  Licenses: 'for licences',
  QOSMaxJobsPerUserLimit: 'for other jobs of yours to end (limit of the QOS)',
  QOSGrpCpuLimit: 'for processors of the QOS',
  AssocMaxJobsLimit: 'for other jobs of yours to end (limit of the account)',
  AssocGrpCpuLimit: 'for processors of the account',
  AssocGrpGRES: 'for cards of the account',
  BadConstraints: 'for ever: no node has what it asks for',
  InvalidAccount: 'for ever: its account is not valid',
  InvalidQOS: 'for ever: its QOS is not valid',
  AccountNotAllowed: 'for ever: its account may not use the partition',
  QOSNotAllowed: 'for ever: its QOS may not use the partition',
  Cleaning: 'for what is left of its last run to be cleaned up',
  Prolog: 'for the prolog of its nodes',
  FrontEndDown: 'for its front end',
  SystemFailure: 'for the scheduler to recover',
  WaitingForScheduling: 'for the scheduler to look at it',
}

/** `Nodes required for job are DOWN, DRAINED…` comes in words of its own, which are kept. */
export function renderReason(reason: string): string {
  const known = reasons[reason.trim()]
  if (known !== undefined) return known
  if (/DOWN, DRAINED/.test(reason)) return 'for nodes that are down, drained or reserved for others'
  const limit = /^(QOS|Assoc)(Max|Grp)(.+?)(Limit)?$/.exec(reason)
  if (limit !== null) return `for a limit of the ${limit[1] === 'QOS' ? 'QOS' : 'account'} (${reason})`
  return `(${reason})`
}
