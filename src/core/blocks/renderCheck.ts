// What `relay check --json` prints: blocks and findings by line and column, for tools and agents.
import type { Diagnostic } from './diagnostic'
import { parseBlocks } from './parseBlocks'
import { lineColumnAt } from './position'
import type { Action } from './schema'

export interface CheckedDiagnostic {
  readonly code: string
  readonly severity: Diagnostic['severity']
  readonly message: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

export interface CheckJson {
  readonly blocks: readonly {
    readonly line: number
    readonly column: number
    readonly actions: readonly Action[]
    readonly diagnostics: readonly CheckedDiagnostic[]
  }[]
  readonly diagnostics: readonly CheckedDiagnostic[]
}

/** Lines and columns count from 1; the outer list holds what belongs to no block. */
export function renderCheckJson(text: string): CheckJson {
  const positionOf = lineColumnAt(text)
  const render = ({ code, severity, message, start, end }: Diagnostic): CheckedDiagnostic => {
    const { line: endLine, column: endColumn } = positionOf(end)
    return { code, severity, message, ...positionOf(start), endLine, endColumn }
  }
  const { blocks, diagnostics } = parseBlocks(text)
  return {
    blocks: blocks.map((block) => ({
      ...positionOf(block.start),
      actions: block.actions,
      diagnostics: block.diagnostics.map(render),
    })),
    diagnostics: diagnostics.map(render),
  }
}
