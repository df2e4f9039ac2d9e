import os from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Where CI wants a machine-readable report. */
const report = process.env['RELAY_TEST_REPORT']

/** The longest first, which the size of the file does not tell: what begins last alone is waited for by all. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith('test/vscode/api.test.ts')
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))]
  }
}

/** Real processes on a busy machine: what fails twice is a fault. That it was tried twice `.ci/run` says at its end. */
const secondTry = 1

export default defineConfig({
  // Shell scripts are text, as in the build.
  plugins: [
    {
      name: 'shell-scripts-as-text',
      transform: (code, id) =>
        id.endsWith('.sh') ? { code: `export default ${JSON.stringify(code)}`, map: null } : null,
    },
  ],
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    // Most of their time tests wait for processes: on few cores several go side by side all the same.
    maxWorkers: Math.max(3, os.availableParallelism()),
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/{core,store,cli,lint,extension}/**/*.test.ts'],
          // Nothing there is left behind in a module: to load them all for each file took longer than the tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'real', include: ['test/{supervisor,webview}/**/*.test.ts'], retry: secondTry } },
      {
        extends: true,
        test: { name: 'agents', include: ['test/agents/**/*.test.ts'], testTimeout: 60_000, retry: secondTry },
      },
      { extends: true, test: { name: 'crash', include: ['test/crash/**/*.test.ts'], testTimeout: 3_600_000 } },
      {
        extends: true,
        test: {
          name: 'vscode',
          include: ['test/vscode/**/*.test.ts'],
          // Two at a time, and nothing beside them: an editor and its browser want a core each.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          retry: secondTry,
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
