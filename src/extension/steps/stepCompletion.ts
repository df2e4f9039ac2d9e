// What the editor offers while definitions of steps are written, and says about their fields.
import * as vscode from 'vscode'
import { stepCompletionsAt, stepHoverAt } from '../../core/steps/completeDefinitions'
import { rangeOf } from '../blocks/ranges'
import type { StepFindings } from './stepFindings'
import { stepPlaceOf } from './stepPlaces'

/** They begin a value, an item, a name. */
export const stepTriggers = [' ', '"', '[', ',']

const kinds = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  step: vscode.CompletionItemKind.Snippet,
} as const

export class StepCompletion implements vscode.CompletionItemProvider, vscode.HoverProvider {
  constructor(private readonly findings: StepFindings) {}

  provideCompletionItems(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
    const place = stepPlaceOf(document)
    if (place?.kind !== 'definitions') return []
    const workspace = this.findings.workspaceOf(place)
    return stepCompletionsAt(document.getText(), document.offsetAt(position), workspace).map((each, index) => {
      const item = new vscode.CompletionItem(each.label, kinds[each.kind])
      item.detail = each.detail
      item.documentation = new vscode.MarkdownString(each.doc)
      item.insertText = new vscode.SnippetString(each.snippet)
      item.range = rangeOf(document, each)
      // In the order in which a step is written.
      item.sortText = String(index).padStart(3, '0')
      return item
    })
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | null {
    if (stepPlaceOf(document)?.kind !== 'definitions') return null
    const found = stepHoverAt(document.getText(), document.offsetAt(position))
    if (found === null) return null
    const { name, type, doc } = found.field
    const text = new vscode.MarkdownString(`**${name}** — ${type}\n\n${doc}`)
    return new vscode.Hover(text, rangeOf(document, found))
  }
}
