// Whether the value of a short form is a sentence for an agent or a command for a shell. Either mistake is safe: a command
// that does not exist fails, and a sentence that nobody can answer is not checked; neither of the two has passed.

/** What a sentence has no use for: operators, variables and options. */
const shellSigns = /[|<>;&$`\\]|(?:^|\s)--?[A-Za-z]/
const programs = new Set(
  (
    'awk bash cat cargo chmod conda cp curl cut date df diff docker du echo env false file find free git gpustat grep head hostname id ' +
    'jq julia kubectl less ls lsof make md5sum mkdir mv nice node npm nproc npx nvidia-smi perl pgrep pip pip3 ps pwd pytest ' +
    'python python3 Rscript rg rm rsync ruby sacct scontrol sed sh sha256sum sinfo sleep sort squeue ssh stat tail tar tee test ' +
    'time timeout top touch tr tree true uname uniq uptime uv uvx wc wget which who xargs zcat zip'
  ).split(' '),
)
/** Behind these words a program's name is a verb of a sentence: `find the files`, `test that it answers`. */
const behindVerb =
  /^(?:the|a|an|all|any|each|every|if|that|whether|how|what|which|when|our|is|are|for|sure|there|access|enough|of)$/i

export function isProse(text: string): boolean {
  const words = text.trim().split(/\s+/)
  const [first = '', second = ''] = words
  if (/^[^\p{ASCII}]/u.test(first)) return true
  if (shellSigns.test(text) || words.length < 2) return false
  if (programs.has(first)) return words.length > 2 && behindVerb.test(second)
  if (/^[A-Z][a-z’']+$/.test(first)) return true
  return words.length > 2 && words.every((word) => /^[\p{L}\d’'(),:%-]+\.?$/u.test(word))
}
