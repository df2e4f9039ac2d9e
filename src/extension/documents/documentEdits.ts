// The window's side of edits of the user's documents: while this lives, the supervisor offers edits to this window. It never
// claims what it could not make, and never makes what is not offered any more. What makes them is loaded with the first.
import fs from 'node:fs'
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'
import { type EditOffer, type EditResult, readOffer, writeResult } from '../../store/documentEdits'
import { makeDirectory } from '../../store/durableFile'
import { claimOffer } from '../../store/offers'
import type { OfferPaths } from '../../store/offerPaths'
import type { FolderPaths } from '../../store/stateFolder'
import { watchDirectory } from '../../store/watchDirectory'
import { type AttachedWindow, attachWindow, detachWindow, ownWindow } from '../../store/windows'
import { openDocumentAt } from './openDocument'

/** Who claims first: the window with unsaved changes in the document, then one that shows it, then any. */
const waitMs = { dirty: 0, open: 150, other: 400 }

export interface DocumentEditsOptions {
  /** The workspace folder, as this window names it. */
  readonly root: string
  /** Where the state of that folder is. */
  readonly folder: FolderPaths
  /** Tells this window from every other that has the folder open. */
  readonly windowId: string
  readonly log: (fact: string) => void
}

/** One for each workspace folder. Attaches as soon as the workspace is trusted, until it is disposed of. */
export class DocumentEdits implements vscode.Disposable {
  private knownWindow: AttachedWindow | null = null
  private readonly disposables: vscode.Disposable[] = []
  /** Offers that are being waited for, or were answered. */
  private readonly seen = new Set<string>()
  private readonly timers = new Set<NodeJS.Timeout>()

  constructor(private readonly options: DocumentEditsOptions) {
    if (vscode.workspace.isTrusted) this.attach()
    else this.disposables.push(vscode.workspace.onDidGrantWorkspaceTrust(() => this.attach()))
  }

  /** From here on the supervisor asks other windows, or makes its edits itself. */
  dispose(): void {
    for (const timer of this.timers) clearTimeout(timer)
    for (const disposable of this.disposables.splice(0).reverse()) disposable.dispose()
  }

  /** Who this is. Not asked for before the workspace is trusted: it may take a process to tell. */
  private get window(): AttachedWindow {
    return (this.knownWindow ??= ownWindow(this.options.windowId))
  }

  private attach(): void {
    const { folder, log } = this.options
    try {
      makeDirectory(folder.edits)
      const watch = watchDirectory(folder.edits, () => this.look(), true)
      this.disposables.push(new vscode.Disposable(() => watch.close()))
      attachWindow(folder, this.window)
      this.disposables.push(new vscode.Disposable(() => detachWindow(folder, this.window)))
      this.look()
    } catch (error) {
      // The disk is full, say: the supervisor makes its edits itself.
      log(`the window could not be attached to ${folder.key}: ${describe(error)}`)
    }
  }

  private look(): void {
    const { folder, log } = this.options
    try {
      // Somebody may have cleared the state folder, or taken our file for that of a dead window with our id.
      if (!fs.existsSync(folder.window(this.window.id))) attachWindow(folder, this.window)
      const names = folder.listOffers()
      for (const name of this.seen) if (!names.includes(name)) this.seen.delete(name)
      for (const name of names) if (!this.seen.has(name)) this.consider(name, folder.offer(name))
    } catch (error) {
      log(`offers of edits could not be read: ${describe(error)}`)
    }
  }

  private consider(name: string, paths: OfferPaths): void {
    this.seen.add(name)
    const offer = readOffer(paths)
    if (offer === null || fs.existsSync(paths.claim)) return
    const document = openDocumentAt(offer.file)
    const timer = setTimeout(
      () => {
        this.timers.delete(timer)
        void this.make(offer, paths)
      },
      document === null ? waitMs.other : document.isDirty ? waitMs.dirty : waitMs.open,
    )
    this.timers.add(timer)
  }

  private async make(offer: EditOffer, paths: OfferPaths): Promise<void> {
    const { root, log } = this.options
    try {
      const { applyEdit } = await import('./applyEdit')
      if (!claimOffer(paths, this.window)) return
      const result = await applyEdit(offer, root, () => fs.existsSync(paths.claimant)).catch(asDeclined)
      log(`the edit ${offer.id} was ${result === null ? 'taken back' : result.kind}`)
      if (result !== null) writeResult(paths, result)
    } catch (error) {
      log(`the edit ${offer.id} could not be answered: ${describe(error)}`)
    }
  }
}

/** Whatever went wrong here, the supervisor can still make the edit: it looks in the document first. */
function asDeclined(error: unknown): EditResult {
  return { v: 1, kind: 'declined', why: describe(error) }
}

function describe(error: unknown): string {
  if (error instanceof RelayError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
