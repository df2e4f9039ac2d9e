// The tests of test/vscode/api, which run inside of an extension host, each as a test of its own here.
import { expect, test } from 'vitest'
import { runApiTests } from './support/apiRun'

const { host, records, broken } = await runApiTests()
const versions = records
  .map((one) => (one.kind === 'began' ? `, VS Code ${one.vscode}, Node ${one.node}` : ''))
  .join('')
console.info(`\n>>> The API tests ran in ${host}${versions}.\n`)

test('the extension host ran the tests to their end', () => {
  expect(broken).toBeNull()
  expect(records.at(-1)).toEqual({ kind: 'ended' })
})

for (const record of records)
  if (record.kind === 'passed') {
    const tries = records.flatMap((one) => (one.kind === 'retried' && one.title === record.title ? [asError(one)] : []))
    test(record.title, () => {
      const failed = tries.shift()
      if (failed !== undefined) throw failed
    })
  } else if (record.kind === 'pending') test.skip(record.title)
  else if (record.kind === 'failed')
    test(record.title, { retry: 0 }, () => {
      throw asError(record)
    })

function asError({ message, stack }: { message: string; stack: string }): Error {
  return Object.assign(new Error(message), { stack })
}
