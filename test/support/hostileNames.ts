// 500 names that mean something to a shell, to git, to gh or to Markdown. Whatever is run because of one leaves a file `canary…` behind.

export function hostileNames(canary: string): readonly string[] {
  const touch = `touch ${canary}`
  const payloads = [
    `$(${touch})`,
    `\`${touch}\``,
    `; ${touch}`,
    `| ${touch}`,
    `&& ${touch}`,
    `\n${touch}\n`,
    `'; ${touch}; '`,
    `"; ${touch}; "`,
    `--upload-pack=${touch}`,
    `--receive-pack=${touch}`,
    `--exec=${touch}`,
    `-oProxyCommand=${touch}`,
    `ext::sh -c ${touch.replace(' ', '% ')}`,
    `--output=${canary}-output`,
    `-c core.sshCommand=${touch}`,
    `!${touch}`,
    `:(exec)${touch}`,
    `@{-1}$\{IFS}`,
    `../../../../../../..${canary}-path`,
    `> ${canary}-redirect`,
    `--body-file=/etc/hostname`,
    `--repo=mallory/evil`,
    `\u0000${touch}`,
    `\u202e${touch}\u001b]0;x\u0007`,
    `--template={{"${touch}"}}`,
  ]
  const frames = [
    ...[
      '@',
      'x@',
      '@-',
      '"@"',
      "'@'",
      '@ #12 @ada',
      '- @',
      '@.md',
      'a/@',
      '[@](https://x.y)',
      '<img src="@">',
      '`@`',
      '|@|',
      '\t@\r\n',
      '{@}',
      '%0a@',
    ],
    ...['<!-- /relay:status @ -->', '=@', '\\@', '(@)'],
  ]
  return frames.flatMap((frame) => payloads.map((payload) => frame.replace('@', () => payload)))
}
