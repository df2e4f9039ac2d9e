// Lint proves the layers of the architecture: core ← store ← { supervisor, cli, extension }, core ← webview, and no other arrow.
import tseslint from 'typescript-eslint'

/** What each layer may import besides files of its own. `packages` are bare specifiers, `layers` are folders of src. */
const layers = {
  core: { packages: ['zod', 'jsonc-parser', 'yaml'], layers: [] },
  store: { packages: ['node:.*', 'zod', 'chokidar'], layers: ['core'] },
  supervisor: { packages: ['node:.*', 'zod', 'execa', 'chokidar', 'simple-git'], layers: ['core', 'store'] },
  cli: { packages: ['node:.*', 'zod'], layers: ['core', 'store'] },
  extension: { packages: ['node:.*', 'vscode'], layers: ['core', 'store'] },
  // What runs inside of a page that the extension shows.
  webview: { packages: ['uplot'], layers: ['core'] },
}

const layerRules = Object.entries(layers).map(([layer, may]) => {
  const foreign = Object.keys(layers).filter((other) => other !== layer && !may.layers.includes(other))
  const arrow = `${layer} may import ${[...may.layers, ...may.packages].join(', ') || 'nothing'} besides its own files`
  return {
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: `^(?!\\.)(?!(${may.packages.join('|')})(/|$))`, message: `${arrow}.` },
            { regex: `(^|/)\\.\\./(${foreign.join('|')})/`, message: `${arrow}: see "Layers" in CONTRIBUTING.md.` },
          ],
        },
      ],
      'no-restricted-syntax': ['error', ...restrictedSyntax(layer, may, foreign, arrow)],
    },
  }
})

/** The same for `import()`, which no-restricted-imports does not see; and core has no clock. */
function restrictedSyntax(layer, may, foreign, message) {
  const at = (pattern) => `ImportExpression[source.value=/${pattern.replaceAll('/', '\\u002F')}/]`
  return [
    { selector: at(`^(?!\\.)(?!(${may.packages.join('|')})(/|$))`), message: `${message}.` },
    { selector: at(`(^|/)\\.\\./(${foreign.join('|')})/`), message: `${message}.` },
    ...(layer === 'core'
      ? [{ selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'core has no clock.' }]
      : []),
  ]
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.vscode-test', 'media'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', '*.config.mts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './src/webview/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      eqeqeq: 'error',
    },
  },
  ...layerRules,
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'process',
          'Buffer',
          'require',
          'setTimeout',
          'setInterval',
          'performance',
          'crypto',
          'fetch',
          'console',
          'globalThis',
        ].map((name) => ({
          name,
          message: 'core is pure: no Node, no clock, no randomness, no I/O. Take it as an argument.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'core has no clock: take the time as an argument.' },
        { object: 'Math', property: 'random', message: 'core has no randomness: take the value as an argument.' },
      ],
    },
  },
)
