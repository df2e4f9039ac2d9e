// Which processes are the editor's own: a person who looks for their work in a list does not mean these.

/**
 * Those whose program is of an editor's own installation, as of a server for remote windows, and those that it forks. What an extension
 * starts with a program of the person's, such as a Python that is debugged, is theirs. `args`: the command line as `ps` shows it.
 */
export function isEditorsOwn(args: string): boolean {
  const [program = ''] = args.split(' ')
  return (
    /\/(?:\.?(?:vscode|cursor|windsurf|vscodium)-(?:server|remote)(?:-[a-z]+)?|code-server)\//.test(program) ||
    /\/(?:server-main\.js|bootstrap-fork)(?:\s|$)/.test(args) ||
    /\s--(?:type=(?:extensionHost|ptyHost|fileWatcher|utility|renderer|zygote|gpu-process)|node-ipc|clientProcessId)\b/.test(
      args,
    )
  )
}
