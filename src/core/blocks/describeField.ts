// What the schema says about its fields, for those who show it to people: names, types, defaults, limits.
import * as z from 'zod'
import * as schema from './schema'

export interface FieldInfo {
  readonly name: string
  /** One sentence or two. */
  readonly doc: string
  /** In words: `whole number from 1 to 86400`. */
  readonly type: string
  /** JSON; undefined where there is none. */
  readonly defaultJson: string | undefined
  readonly isRequired: boolean
  /** The JSON texts that can stand here, where there are few. */
  readonly values: readonly string[]
  /** The beginning of a value, as JSON with one place to write in. */
  readonly emptyJson: string
}

type Shape = Readonly<Record<string, z.core.$ZodType>>
/** An object of the schema by its fields; the names are what the place is called. */
export type PlaceName = 'block' | 'action' | 'watch' | 'preflight' | 'check' | 'supervisor' | 'queue'

const actions: Readonly<Record<schema.ActionType, Shape>> = {
  job_start: { ...schema.commandJobSchema.shape, supervisor: schema.supervisorJobSchema.shape.supervisor },
  job_watch: schema.jobWatchSchema.shape,
  job_stop: schema.jobStopSchema.shape,
  task_add: schema.taskAddSchema.shape,
  task_run: schema.taskRunSchema.shape,
}
const oneOf = { action: schema.actionTypes, check: schema.checkTypes } as const

/** The fields of a place. `type` is what an action or check says it is; without a known one, all that there could be. */
export function fieldsOf(place: PlaceName, type?: string): readonly FieldInfo[] {
  return Object.entries(shapeOf(place, type?.trim().toLowerCase())).map(([name, field]) => {
    const info = describe(name, field)
    const types = name === 'type' && (place === 'action' || place === 'check') ? oneOf[place] : undefined
    const isEither = place === 'action' && (name === 'command' || name === 'supervisor')
    return {
      ...info,
      ...(isEither && { isRequired: false }),
      ...(types && { values: types.map((each) => JSON.stringify(each)), type: types.join(' or ') }),
    }
  })
}

function shapeOf(place: PlaceName, type: string | undefined): Shape {
  switch (place) {
    case 'block':
      return schema.blockSchema.shape
    case 'watch':
      return schema.watchSchema.shape
    case 'preflight':
      return schema.preflightSchema.shape
    case 'supervisor':
      return schema.supervisorSchema.shape
    case 'queue':
      return schema.queueSchema.shape
    case 'action': {
      const name = schema.actionTypes.find((each) => each === type)
      return actions[name ?? 'job_start']
    }
    case 'check': {
      const options = schema.checkSchema.options
      const option = options.find(({ shape }) => shape.type.value === type)
      return option ? option.shape : Object.fromEntries(options.flatMap(({ shape }) => Object.entries(shape)))
    }
  }
}

function describe(name: string, field: z.core.$ZodType): FieldInfo {
  const meta = z.globalRegistry.get(field)
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field
  return {
    name,
    doc: meta?.description ?? '',
    defaultJson: meta?.['default'] === undefined ? undefined : JSON.stringify(meta['default']),
    isRequired: !(field instanceof z.ZodOptional),
    ...describeType(inner),
  }
}

function describeType(field: z.core.$ZodType): Pick<FieldInfo, 'type' | 'values' | 'emptyJson'> {
  if (field instanceof z.ZodBoolean) return { type: 'true or false', values: ['true', 'false'], emptyJson: 'true' }
  if (field instanceof z.ZodEnum || field instanceof z.ZodLiteral) {
    const options = field instanceof z.ZodEnum ? field.options : [...field.values]
    const values = options.map((option) => JSON.stringify(option))
    return { type: options.map(String).join(' or '), values, emptyJson: values[0] ?? '""' }
  }
  if (field instanceof z.ZodNumber) {
    const isWhole = field.format !== null
    const range = isWhole
      ? `from ${field.minValue} to ${field.maxValue}`
      : `more than ${field.minValue}, at most ${field.maxValue}`
    return { type: `${isWhole ? 'whole number' : 'number'} ${range}`, values: [], emptyJson: '1' }
  }
  if (field instanceof z.ZodArray)
    return { type: 'list', values: [], emptyJson: field.element instanceof z.ZodString ? '[""]' : '[{}]' }
  if (field instanceof z.ZodString) {
    const limit = field.maxLength === null ? '' : `, at most ${field.maxLength} characters`
    return { type: `text${limit}`, values: [], emptyJson: '""' }
  }
  return { type: 'object', values: [], emptyJson: '{}' }
}
