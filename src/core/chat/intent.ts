// What few words of a person mean without a model.

/** Whether they mean the block that was talked of before: "start it", "yes, run that job". */
export function meansEarlierBlock(prompt: string): boolean {
  return /^\s*(?:(?:yes|ok|okay|please|now)\b[,.!]?\s*)*(?:start|run|launch)\s+(?:it|that|this|(?:the|that|this) (?:job|block))\s*(?:please|now)?\s*[.!]*\s*$/i.test(
    prompt,
  )
}
