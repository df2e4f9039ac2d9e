// What the editor offers while a block is written, and says about the fields of one.
import * as vscode from 'vscode'
import { type Completion, completionsAt, hoverAt } from '../../core/blocks/completeBlock'
import type { OpenBlocks } from './openBlocks'
import { rangeOf } from './ranges'

/** They begin a key, a value, an object, a list, and a marker. */
export const completionTriggers = ['"', ':', '{', '[', ',']

export class BlockCompletion implements vscode.CompletionItemProvider, vscode.HoverProvider {
  constructor(private readonly open: OpenBlocks) {}

  provideCompletionItems(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
    return completionsAt(this.open.of(document), document.offsetAt(position)).flatMap((each, index) => {
      const range = rangeOf(document, each)
      return range.isSingleLine ? itemOf(each, index, range, document.getText(range)) : []
    })
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | null {
    const found = hoverAt(this.open.of(document), document.offsetAt(position))
    if (found === undefined) return null
    const { name, type, defaultJson, isRequired, doc } = found
    const rest = isRequired
      ? vscode.l10n.t('required')
      : defaultJson === undefined
        ? null
        : vscode.l10n.t('default {0}', defaultJson)
    const text = new vscode.MarkdownString(`**${name}** `)
    text.appendText(`— ${[type, rest].filter((part) => part !== null).join(', ')}`).appendMarkdown('\n\n')
    return new vscode.Hover(text.appendText(doc), rangeOf(document, found))
  }
}

const kinds = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  template: vscode.CompletionItemKind.Snippet,
} as const

function itemOf(
  { kind, label, detail, doc, newText, isSnippet }: Completion,
  index: number,
  range: vscode.Range,
  written: string,
): vscode.CompletionItem {
  const item = new vscode.CompletionItem(label, kinds[kind])
  item.detail = detail
  item.documentation = doc
  item.insertText = isSnippet ? new vscode.SnippetString(newText) : newText
  item.range = range
  // In the order of the schema, and what begins a block after everything that the language itself has to offer.
  item.sortText = `${kind === 'template' ? '~' : ''}${String(index).padStart(3, '0')}`
  // The editor compares this with what is in the range.
  item.filterText =
    kind === 'template'
      ? `${written.startsWith('[') ? '[[relay-actions]] ' : ''}${label}`
      : kind === 'key' && written.startsWith('"')
        ? JSON.stringify(label)
        : label
  return item
}
