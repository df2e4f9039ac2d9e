// What `/task …` asks for. Pure.
export const taskVerbs = ['add', 'list', 'run', 'stop', 'retry', 'answer', 'clear'] as const
export type TaskVerb = (typeof taskVerbs)[number]

export interface TaskWish {
  readonly verb: TaskVerb
  /** Whatever stands behind the verb. */
  readonly rest: string
}

/** Without words the list is meant; null: the first word is none of the verbs. */
export function readTaskWish(prompt: string): TaskWish | null {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([^]*)$/.exec(prompt) ?? []
  if (word === '') return { verb: 'list', rest: '' }
  const verb = taskVerbs.find((one) => one === word.toLowerCase())
  return verb === undefined ? null : { verb, rest: rest.trim() }
}

/** The first word of `rest`, as an id may be written, and what follows it. */
export function splitId(rest: string): { readonly id: string; readonly text: string } {
  const [, id = '', text = ''] = /^[`#]?([^\s`]*)`?\s*([^]*)$/.exec(rest) ?? []
  return { id, text: text.trim() }
}
