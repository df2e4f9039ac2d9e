// The relay block as a language of the editor. Composition root of a bundle of its own: it starts nothing and writes
// nothing, so it works in Restricted Mode too, and where no job can be run.
import * as vscode from 'vscode'
import type { Block } from '../../core/blocks/parseBlocks'
import type { JobModel } from '../jobs/jobModel'
import type { JobStarter } from '../jobs/startJob'
import { fixAllInBlocks, formatBlockAtCursor, insertBlock } from './blockCommands'
import { BlockCompletion, completionTriggers } from './blockCompletion'
import { BlockFindings } from './blockFindings'
import { BlockFixes, fixKinds } from './blockFixes'
import { BlockLenses } from './blockLenses'
import { BlockLinks } from './blockLinks'
import { BlockProblems } from './blockProblems'
import { blockDocuments } from './blockSchemes'
import { OpenBlocks } from './openBlocks'

export class BlockLanguage implements vscode.Disposable {
  private readonly open = new OpenBlocks()
  private readonly subscriptions: { dispose(): void }[]

  constructor() {
    const findings = new BlockFindings(this.open)
    const completion = new BlockCompletion(this.open)
    const { languages } = vscode
    this.subscriptions = [
      this.open,
      new BlockProblems(this.open, findings),
      languages.registerCodeActionsProvider(blockDocuments, new BlockFixes(this.open, findings), fixKinds),
      languages.registerCompletionItemProvider(blockDocuments, completion, ...completionTriggers),
      languages.registerHoverProvider(blockDocuments, completion),
      languages.registerDocumentLinkProvider(blockDocuments, new BlockLinks(this.open, findings)),
    ]
  }

  dispose(): void {
    for (const subscription of [...this.subscriptions].reverse()) subscription.dispose()
  }

  /** The blocks of a document as it is now. */
  blocksOf(document: vscode.TextDocument): readonly Block[] {
    return this.open.of(document).parsed.blocks
  }

  /** Start job above every block, or what it has started. */
  showLenses(model: JobModel, starter: JobStarter): void {
    const lenses = new BlockLenses(model, starter, this.open)
    this.subscriptions.push(lenses, vscode.languages.registerCodeLensProvider(blockDocuments, lenses))
  }

  fixAll = fixAllInBlocks
  insert = insertBlock

  format(style: 'line' | 'readable'): Promise<void> {
    return formatBlockAtCursor(this.open, style)
  }
}
