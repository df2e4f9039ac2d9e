// Texts of blocks, jobs and logs for places of the editor that give some characters a meaning: links, icons, several lines.
import { shorten } from '../jobs/jobWords'

/** Characters that cannot be seen, or that reorder what can, as `\\u{…}`; line ends and tabs stay. */
export function showInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, (character) =>
    character === '\n' || character === '\t' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/**
 * One line for a label, a lens or a title: `$(…)` would be drawn as an icon there. Cut at `maxChars`; characters that cannot
 * be seen are shown as `\\u{…}`.
 */
export function plainLabel(text: string, maxChars: number): string {
  return showInvisible(shorten(text, maxChars)).replaceAll('$(', '$ (')
}

/** One line for a notification or the prompt of an input box, where `[…](…)` would become a link, even one that runs a command. Cut at `maxChars`. */
export function plainNotice(text: string, maxChars = 400): string {
  return plainLabel(text, maxChars).replaceAll('](', '] (')
}
