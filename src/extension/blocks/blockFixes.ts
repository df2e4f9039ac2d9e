// The light bulb in a block: a fix for each mistake that has one, all of them at once, and the two forms of a block.
import * as vscode from 'vscode'
import type { Diagnostic, Fix } from '../../core/blocks/diagnostic'
import { fixAll } from '../../core/blocks/fixAll'
import type { BlockStyle } from '../../core/blocks/formatBlock'
import { commands } from '../contributions'
import type { BlockFindings } from './blockFindings'
import { formatInDocument } from './formatInDocument'
import type { OpenBlocks } from './openBlocks'
import { rangeOf, workspaceEdit } from './ranges'

const fixAllKind = vscode.CodeActionKind.SourceFixAll.append('relay')
const formatKind = vscode.CodeActionKind.RefactorRewrite.append('relay')

export const fixKinds: vscode.CodeActionProviderMetadata = {
  providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, fixAllKind, formatKind],
}

type Fixable = Diagnostic & { readonly fix: Fix }

export class BlockFixes implements vscode.CodeActionProvider {
  constructor(
    private readonly open: OpenBlocks,
    private readonly findings: BlockFindings,
  ) {}

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { only, diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const isWanted = (kind: vscode.CodeActionKind) => only === undefined || only.intersects(kind)
    return [
      ...(isWanted(vscode.CodeActionKind.QuickFix) ? this.quickFixes(document, range, diagnostics) : []),
      // What changes the whole document is for those who ask for it.
      ...(only?.intersects(fixAllKind) === true ? this.fixAllAction(document) : []),
      ...(isWanted(formatKind) ? this.formatActions(document, range) : []),
    ]
  }

  private quickFixes(
    document: vscode.TextDocument,
    range: vscode.Range,
    shown: readonly vscode.Diagnostic[],
  ): vscode.CodeAction[] {
    const fixable = this.findings.of(document).filter((each): each is Fixable => each.fix !== undefined)
    const here = fixable.filter((each) => rangeOf(document, each).intersection(range) !== undefined)
    const actions = here.map((finding) => {
      const { code, fix } = finding
      const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix)
      const own = rangeOf(document, finding)
      action.edit = workspaceEdit(document, [fix])
      action.diagnostics = shown.filter((each) => each.code === code && each.range.isEqual(own))
      // A guess is for a person to choose.
      action.isPreferred = fix.isGuess !== true
      return action
    })
    const certain = fixable.filter(({ fix }) => fix.isGuess !== true).length
    if (here.every(({ fix }) => fix.isGuess === true) || certain < 2) return actions
    const all = new vscode.CodeAction(
      vscode.l10n.t('Fix all in relay blocks'),
      vscode.CodeActionKind.QuickFix.append('relay'),
    )
    all.command = { title: all.title, command: commands.fixAllInBlocks }
    return [...actions, all]
  }

  private fixAllAction(document: vscode.TextDocument): vscode.CodeAction[] {
    const isFixable = this.findings.of(document).some(({ fix }) => fix !== undefined && fix.isGuess !== true)
    const edits = isFixable ? fixAll(document.getText()) : []
    if (edits.length === 0) return []
    const action = new vscode.CodeAction(vscode.l10n.t('Fix all in relay blocks'), fixAllKind)
    action.edit = workspaceEdit(document, edits)
    return [action]
  }

  private formatActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const offset = document.offsetAt(range.start)
    const block = this.open.of(document).parsed.blocks.find(({ start, end }) => start <= offset && offset <= end)
    if (block === undefined) return []
    const action = (style: BlockStyle, title: string) => {
      const edits = formatInDocument(document, block, style) ?? []
      if (edits.length === 0) return []
      const made = new vscode.CodeAction(title, formatKind.append(style))
      made.edit = workspaceEdit(document, edits)
      return [made]
    }
    return [
      ...action('line', vscode.l10n.t('Format relay block on one line')),
      ...action('readable', vscode.l10n.t('Format relay block readably')),
    ]
  }
}
