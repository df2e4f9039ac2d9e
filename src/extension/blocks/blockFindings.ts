// Everything that is wrong in a document: what its text says, and what its folder adds to that.
import fs from 'node:fs'
import * as vscode from 'vscode'
import { type BlockPath, pathsIn } from '../../core/blocks/blockPaths'
import type { Diagnostic } from '../../core/blocks/diagnostic'
import type { Block } from '../../core/blocks/parseBlocks'
import type { OpenBlocks } from './openBlocks'
import { findOutside } from './outsideFolder'

export class BlockFindings {
  /** By what stays the same while a block is only moved; offsets from its start on. */
  private readonly paths = new WeakMap<Block['actions'], readonly BlockPath[]>()

  constructor(private readonly open: OpenBlocks) {}

  /** In the order of the text. */
  of(document: vscode.TextDocument): readonly Diagnostic[] {
    const { blocks, diagnostics } = this.open.of(document).parsed
    const folder = blocks.length === 0 ? null : folderOf(document)
    const own = blocks.flatMap((block) => {
      const outside = folder === null ? [] : findOutside(this.pathsOf(document, block), folder)
      const isExample = block.context !== 'plain'
      return [...block.diagnostics.filter((each) => !isSaidBetter(each, outside)), ...outside].map((each) =>
        isExample ? asExample(each) : each,
      )
    })
    return [...diagnostics, ...own].sort((a, b) => a.start - b.start)
  }

  /** The files that a block speaks of; offsets are those of the document. */
  pathsOf(document: vscode.TextDocument, block: Block): readonly BlockPath[] {
    const { start } = block
    let known = this.paths.get(block.actions)
    if (known === undefined) {
      const index = this.open.of(document)
      const span = index.spans.find((each) => each.start === start)
      const by = span === undefined ? 0 : span.bodyStart - start
      const found = span === undefined ? [] : pathsIn(index.slice(span.bodyStart, span.bodyEnd), span.inQuote)
      known = found.map((each) => ({ ...each, start: each.start + by, end: each.end + by }))
      this.paths.set(block.actions, known)
    }
    return known.map((each) => ({ ...each, start: each.start + start, end: each.end + start }))
  }
}

/** Core says of every absolute path that it is one. */
function isSaidBetter({ code, start }: Diagnostic, outside: readonly Diagnostic[]): boolean {
  return code === 'path-absolute' && outside.some((each) => each.start === start)
}

/** What is shown in a fence or a quote is seldom meant to run as it stands: its placeholders belong there. */
function asExample(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code === 'placeholder-left' ? { ...diagnostic, severity: 'hint' } : diagnostic
}

/** The real path of the folder that jobs of this document run in; null if that is asked for only at the start. */
export function folderOf({ uri }: vscode.TextDocument): string | null {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((one) => one.uri.scheme === 'file')
  const own = vscode.workspace.getWorkspaceFolder(uri) ?? (folders.length === 1 ? folders[0] : undefined)
  if (own?.uri.scheme !== 'file') return null
  try {
    return fs.realpathSync(own.uri.fsPath)
  } catch {
    return null // Not there now.
  }
}
