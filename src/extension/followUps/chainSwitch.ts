// The switch that stops all chains: two commands, an item in the status bar while it is off, and the limits as they are set.
import * as vscode from 'vscode'
import { defaultChainLimits } from '../../core/followUps/decideNext'
import { limitChains, readChains, resumeChains, stopChains } from '../../store/followUps/chains'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { StateFolder } from '../../store/stateFolder'
import { type DirectoryWatch, watchDirectory } from '../../store/watchDirectory'
import { requireTrust } from '../requireTrust'
import { commands, contextKeys } from '../contributions'
import { userValue } from '../settings'

const mostLimit = 1000

export class ChainSwitch implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('relay.chains', vscode.StatusBarAlignment.Left, 9)
  private readonly subscriptions: readonly { dispose(): void }[]
  private watch: DirectoryWatch
  /** As it is shown; null: not yet. */
  private isStopped: boolean | null = null

  constructor(
    private readonly state: StateFolder,
    private readonly requests: JobRequests,
    private readonly onError: (error: unknown) => void,
  ) {
    this.item.name = vscode.l10n.t('Relay Jobs: Chains')
    this.item.command = commands.resumeChains
    this.item.text = `$(circle-slash) ${vscode.l10n.t('Chains stopped')}`
    this.item.tooltip = vscode.l10n.t('Nothing starts by itself when a follow-up asks for it. Choose to resume.')
    this.item.accessibilityInformation = {
      label: vscode.l10n.t('Relay Jobs: all chains are stopped. Resume chains'),
      role: 'button',
    }
    this.watch = watchDirectory(state.root, () => this.draw())
    this.subscriptions = [
      this.item,
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('relay.chains')) this.pushLimits(true)
      }),
    ]
    this.draw()
  }

  /** The state folder may have been made just now: what was not there could only be polled. */
  watchAnew(): void {
    this.watch.close()
    this.watch = watchDirectory(this.state.root, () => this.draw())
    this.draw()
  }

  dispose(): void {
    this.watch.close()
    for (const subscription of this.subscriptions) subscription.dispose()
  }

  stop(): Promise<void> {
    requireTrust()
    stopChains(this.state, Date.now())
    this.draw()
    return Promise.resolve()
  }

  resume(): Promise<void> {
    requireTrust()
    resumeChains(this.state)
    this.requests.wake()
    this.draw()
    return Promise.resolve()
  }

  /** The supervisor reads no settings of VS Code: they are told to it. `changed`: what is not set any more counts, too. */
  pushLimits(changed: boolean): void {
    if (!vscode.workspace.isTrusted) return
    try {
      const known = changed ? defaultChainLimits : readChains(this.state).limits
      limitChains(this.state, {
        maxDepth: limitOf(userValue('relay.chains.maxDepth')) ?? known.maxDepth,
        startsPerHour: limitOf(userValue('relay.chains.startsPerHour')) ?? known.startsPerHour,
      })
    } catch (error) {
      this.onError(error)
    }
  }

  private draw(): void {
    try {
      const isStopped = readChains(this.state).stoppedAtMs !== null
      if (isStopped === this.isStopped) return
      this.isStopped = isStopped
      if (isStopped) this.item.show()
      else this.item.hide()
      void vscode.commands.executeCommand('setContext', contextKeys.chainsStopped, isStopped)
    } catch (error) {
      this.onError(error)
    }
  }
}

function limitOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostLimit ? value : null
}
