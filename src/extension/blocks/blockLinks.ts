// Links from the files that a block speaks of to the files themselves, where they lie in the folder of its job.
import fs from 'node:fs'
import path from 'node:path'
import * as vscode from 'vscode'
import type { BlockPath } from '../../core/blocks/blockPaths'
import { type BlockFindings, folderOf } from './blockFindings'
import type { OpenBlocks } from './openBlocks'
import { isInside } from './outsideFolder'
import { rangeOf } from './ranges'

/** So many files are looked for on the disk in one document. */
const maxLooks = 500
/** A name in a sentence with one of these is a file that the job is going to write. */
const isLog = /\.(?:log|out|err)$/i

class FileLink extends vscode.DocumentLink {
  constructor(
    range: vscode.Range,
    readonly file: string,
    readonly folder: string,
  ) {
    super(range)
  }
}

export class BlockLinks implements vscode.DocumentLinkProvider<FileLink> {
  constructor(
    private readonly open: OpenBlocks,
    private readonly findings: BlockFindings,
  ) {}

  provideDocumentLinks(document: vscode.TextDocument): FileLink[] {
    const { blocks } = this.open.of(document).parsed
    const folder = blocks.length === 0 ? null : folderOf(document)
    if (folder === null) return []
    let looks = 0
    const isLink = ({ path: name, role }: BlockPath) => {
      if (!isInside(name, folder) || ++looks > maxLooks) return false
      const kind = kindOf(path.resolve(folder, name))
      return kind === 'none' ? role !== 'mentioned' || isLog.test(name) : kind === 'file'
    }
    return blocks.flatMap((block) =>
      this.findings
        .pathsOf(document, block)
        .filter(isLink)
        .map((each) => {
          const link = new FileLink(rangeOf(document, each), path.resolve(folder, each.path), folder)
          link.tooltip = vscode.l10n.t('Open the file')
          return link
        }),
    )
  }

  /** Looks only now: a job may have written it since. Without a target the editor says that there is none. */
  resolveDocumentLink(link: FileLink): FileLink {
    try {
      const real = fs.realpathSync(link.file)
      if (isInside(real, link.folder)) link.target = vscode.Uri.file(real)
    } catch {
      // Not there yet.
    }
    return link
  }
}

function kindOf(file: string): 'file' | 'other' | 'none' {
  try {
    return fs.statSync(file).isFile() ? 'file' : 'other'
  } catch {
    return 'none' // Not there, or nothing that could be there: too long, or below a file.
  }
}
