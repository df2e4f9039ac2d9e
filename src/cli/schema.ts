// relay schema: the JSON Schema of what stands between the markers, for editors and other tools.
import { blockJsonSchema } from '../core/blocks/jsonSchema'
import { exitOk, type Verb } from './verb'

export const schemaVerb: Verb = {
  name: 'schema',
  operands: [],
  summary: 'Print the JSON Schema of what stands between the markers of a block',
  options: {},
  run: ({ console }) => {
    console.out(JSON.stringify(blockJsonSchema(), null, 2))
    return Promise.resolve(exitOk)
  },
}
