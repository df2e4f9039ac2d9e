// The folders around a conversation in which requests are on, those of other windows among them.
import path from 'node:path'
import type { FolderAround } from '../../core/agentRequests/whoseConversation'
import { type FolderPaths, folderKey, type StateFolder } from '../stateFolder'
import { listWindows } from '../windows'
import { requestsOnSince } from './requestsSwitch'

export interface AskingFolderAround extends FolderAround {
  readonly paths: FolderPaths
}

/** `real`: the real path where the conversation began. */
export function foldersAround(state: StateFolder, real: string): readonly AskingFolderAround[] {
  const found: AskingFolderAround[] = []
  for (let at = real; ; at = path.dirname(at)) {
    const paths = state.folder(folderKey(at))
    const sinceMs = requestsOnSince(paths)
    if (sinceMs !== null) found.push({ paths, path: at, sinceMs, isOpen: listWindows(paths).length > 0 })
    if (at === path.dirname(at)) return found
  }
}
