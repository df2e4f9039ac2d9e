// The JSON Schema of what stands between the markers, made from the one schema: for editors and other tools.
import * as z from 'zod'
import { blockSchema } from './schema'

export function blockJsonSchema(): object {
  return { ...z.toJSONSchema(blockSchema), title: 'relay-actions' }
}
