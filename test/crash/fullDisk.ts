// A state folder on a disk of its own that can be filled: a tmpfs in a mount namespace that needs no root. The supervisor
// lives in the namespace, the test looks at the disk from outside, through /proc.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { eventually } from '../support/eventually'
import { Relay } from '../support/relay'
import { install, startDetached } from './traced'

export class SmallDiskRelay extends Relay {
  private holder = 0

  /** Mounts the disk. Throws where the kernel forbids it to ordinary users. */
  async mount(kilobytes: number): Promise<void> {
    const disk = path.join(this.root, 'disk')
    fs.mkdirSync(disk)
    const script = `mount -t tmpfs -o size=${kilobytes}k,mode=700 tmpfs '${disk}' && touch '${disk}/ready' && exec sleep 3600`
    // The root is named in the arguments, so that dispose() ends this process too.
    const child = spawn('unshare', ['-Urm', 'sh', '-c', script, this.root], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    this.holder = child.pid ?? 0
    await eventually(() => {
      if (child.exitCode !== null)
        throw new Error(
          `no disk could be mounted in a namespace (unshare -Urm, user namespaces must be allowed): ${said}`,
        )
      return fs.existsSync(path.join(this.disk, 'ready'))
    }, 5_000)
  }

  /** The disk as it is seen from outside of the namespace. */
  private get disk(): string {
    return path.join(this.namespace, this.root, 'disk')
  }

  private get namespace(): string {
    return path.join('/proc', String(this.holder), 'root')
  }

  override get stateRoot(): string {
    return path.join(this.disk, 'relay-jobs')
  }

  /** Starts a keeper in the namespace, as `wake` does. */
  startKeeper(): void {
    const supervisor = install(this)
    const keeper = path.join(path.dirname(supervisor), 'keeper.sh')
    const files = [keeper, process.execPath, supervisor, this.stateRoot, this.state.supervisorLog]
    const words = files.map((file) => file.replace(this.namespace, ''))
    startDetached(this, ['nsenter', '--preserve-credentials', '-U', '-m', '-t', String(this.holder), 'sh', ...words])
  }

  /** Fills the disk to the last byte. */
  fill(): void {
    const fd = fs.openSync(path.join(this.disk, 'ballast'), 'a')
    try {
      for (const size of [65_536, 4_096, 1])
        try {
          for (;;) fs.writeSync(fd, Buffer.alloc(size))
        } catch {
          // Full for pieces of this size.
        }
    } finally {
      fs.closeSync(fd)
    }
  }

  free(): void {
    fs.rmSync(path.join(this.disk, 'ballast'))
  }
}
