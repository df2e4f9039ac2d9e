// What `relay check --json` prints: blocks and findings by line and column, for tools and agents.
import type { Diagnostic, DiagnosticCode } from './diagnostic'
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

/** Advice for who writes an agent's answer in an editor; a file on disk is no answer. */
const editorCodes: readonly DiagnosticCode[] = ['task-done-missing', 'then-task-vague']
const isForFiles = ({ code }: Diagnostic): boolean => !editorCodes.includes(code)

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
      diagnostics: block.diagnostics.filter(isForFiles).map(render),
    })),
    diagnostics: diagnostics.filter(isForFiles).map(render),
  }
}
