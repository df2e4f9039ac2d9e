// The lines by which failures are known. Every pattern is linear in the line: bounded repetitions, no nesting.
import type { FailureClass } from './failureClass'

export interface FailurePattern {
  readonly class: Exclude<FailureClass, 'unknown'>
  /** 3: can hardly mean anything else · 2: plausible · 1: better than nothing. */
  readonly strength: 1 | 2 | 3
  readonly pattern: RegExp
  /** A line that also matches this does not count. */
  readonly unless?: RegExp
}

/** In this order: the first that matches a line decides for it. */
export const failurePatterns: readonly FailurePattern[] = [
  {
    class: 'oom',
    strength: 3,
    pattern:
      /CUDA out of memory|CUDA error: out of memory|OutOfMemoryError|\bMemoryError\b|Cannot allocate memory|std::bad_alloc|\boom[-_ ]kill|Out of memory: Kill|heap out of memory|RESOURCE_EXHAUSTED.{0,60}(?:OOM|memory)|Unable to allocate [\d.]{1,12} [KMGT]i?B|DefaultCPUAllocator: (?:can't|not enough)|CUBLAS_STATUS_ALLOC_FAILED|exceeded.{0,20} memory limit/i,
  },
  { class: 'oom', strength: 2, pattern: /killed by signal: Killed/ },
  {
    class: 'disk_full',
    strength: 3,
    pattern: /No space left on device|\bENOSPC\b|Disk quota exceeded|\bEDQUOT\b|\bdisk is full\b/i,
  },
  {
    class: 'dependency_missing',
    strength: 3,
    pattern:
      /\bModuleNotFoundError\b|No module named|\bImportError\b|cannot open shared object file|error while loading shared libraries|command not found|Cannot find module|: GLIBC\w{0,4}_[\d.]{1,12}' not found|: \d{1,6}: [^\s:]{1,120}: not found$/,
  },
  {
    class: 'timeout',
    strength: 3,
    pattern: /DUE TO TIME LIMIT|CPU time limit exceeded|Watchdog caught collective operation timeout/i,
  },
  {
    class: 'nan',
    strength: 3,
    pattern:
      /(?:\b|_)(?:loss|cost|objective|perplexity)\s{1,3}(?:is|was|became|becomes|has become|went|turned(?: to| into)?|diverged to|contains)\s{1,3}(?:a |an |to )?(?:nan|inf(?:inite|inity)?|non-?finite|not (?:a number|finite))\b|\bnon-?finite (?:loss|gradient)|\bnan (?:loss|values?|gradients?|weights?)? ?(?:was |were )?(?:detected|encountered|found)|\breturned nan values\b/i,
    unless:
      /\b(?:no|not|without|zero|0|if|whether|when)\s{1,3}(?:nan|non-?finite)|\b(?:if|whether|when|unless)\b.{0,20}\bloss\b|: ?(?:false|0|no)\b/i,
  },
  {
    class: 'timeout',
    strength: 2,
    pattern: /\bTimeoutError\b|\bTimeoutExpired\b|\btimed out\b|\bdeadline exceeded\b|\bReadTimeout\b/i,
  },
  {
    class: 'permission',
    strength: 2,
    pattern:
      /\bPermission denied\b|\bPermissionError\b|\bEACCES\b|\bOperation not permitted\b|\bRead-only file system\b|\b401 Unauthorized\b|\b403 Forbidden\b/i,
  },
  {
    class: 'data_missing',
    strength: 2,
    pattern:
      /\bFileNotFoundError\b|No such file\b|\bENOENT\b|\bNotADirectoryError\b|\bDatasetNotFoundError\b|\b(?:dataset|checkpoint|data file|input file)\b.{0,80}\b(?:not found|does not exist|is missing|is empty)/i,
  },
  {
    class: 'config_error',
    strength: 2,
    pattern:
      /\bunrecognized arguments\b|\bthe following arguments are required\b|\binvalid choice\b|\berror: argument\b|\byaml\.\w{1,20}\.\w{1,30}Error\b|\bTOMLDecodeError\b|\bJSONDecodeError\b|\bConfig\w{0,20}Error\b|\bMissingMandatoryValue\b|\bunexpected keyword argument\b|\b[Nn]o such option\b|\b[Uu]nknown option\b|\b[Ii]nvalid value for\b/,
  },
  { class: 'config_error', strength: 1, pattern: /\bKeyError\b|^usage: |\bValidationError\b/ },
  {
    class: 'interrupted',
    strength: 1,
    pattern:
      /\bKeyboardInterrupt\b|\bCANCELLED AT\b|\bPREEMPTED\b|\b[Rr]eceived signal (?:15|2)\b|\bInterrupted by user\b/,
  },
]

/** Every line that a pattern above can match also matches this; it saves trying them all on every line. */
export const interestingLine =
  /error|memory|alloc|oom[-_ ]kill|RESOURCE_EXHAUSTED|killed|space left|ENOSPC|quota|EDQUOT|disk is full|module|shared |not found|limit|timeout|timed out|exceeded|nan\b|finite|\binf(?:inite|inity)?\b|number|denied|EACCES|permitted|read-only|unauthorized|forbidden|no such|ENOENT|dataset|checkpoint|(?:data|input) file|argument|choice|MissingMandatory|option|invalid value|usage: |interrupt|CANCELLED|PREEMPTED|received signal/i

export const warningLine = /\bwarn(?:ing)?\b|Warning:/i

/** The line that ends a Python traceback, or its like: `pkg.SomeError: message`. */
export const exceptionLine = /^[A-Za-z_][\w.]{0,120}(?:Error|Exception|Exit|Interrupt|Failure)\b(?::|$)/

export const errorLine =
  /\b(?:error|fatal|exception|panic|panicked|segmentation fault|core dumped|assertion failed|aborted|killed|failed)\b/i
