import { expect, test } from 'vitest'
import { editDocument } from '../../../src/core/tracking/editDocument'
import { renderBody, renderCommitMessage, renderTitle, updateBody } from '../../../src/core/tracking/renderResults'
import type { ResultsPage } from '../../../src/core/tracking/resultsPage'
import { defaultBodyTemplate, defaultTitleTemplate } from '../../../src/core/tracking/resultsTemplate'
import { planted, sixtySecrets } from '../../support/plantedSecrets'
import { resultsPage } from '../../support/resultsPage'

/** A page that has that text wherever anybody's text can be. */
function pageWith(text: string): ResultsPage {
  const cut = `${'x'.repeat(150)}\n${text}`
  return resultsPage({
    experiment: text,
    summary: [text, cut],
    table: { metrics: [{ name: text, better: null }], rows: [{ label: text, state: 'failed', note: text, cells: {} }] },
    metrics: [text],
    jobs: [{ id: text, isDone: true }],
    attempts: [
      { number: 1, known: text, outcome: text, durationMs: 1, failure: text, change: text, patch: `+${text}\n` },
    ],
    failure: { class: text, explanation: cut, evidence: [text, `${'y'.repeat(280)}\n${text}`], why: text },
    discussion: { by: text, text: `${text}\n\n\`${text}\`\n\n\`\`\`\n${text}\n\`\`\`\n` },
    final: text,
  })
}

test('secrets of known shapes, planted everywhere, are in no title, body, document or commit', () => {
  const lines = sixtySecrets.map(({ secret, line }) => [line, secret, line.replace(secret, '@')] as const)
  for (const [name, secret, around] of [...planted, ...lines]) {
    const page = pageWith(around.replace('@', () => secret))
    const body = renderBody(page, defaultBodyTemplate)
    const texts = [
      renderTitle(page, defaultTitleTemplate),
      body,
      updateBody(renderBody(resultsPage(), defaultBodyTemplate), page, defaultBodyTemplate).text,
      editDocument(null, page, true).text,
      renderCommitMessage(page, 'metrics', null),
    ]
    for (const text of texts) {
      expect(
        text.split('\n').filter((line) => line.includes(secret)),
        name,
      ).toEqual([])
      // Nor a part of it that is worth something.
      if (secret.length >= 40 && !secret.includes('\n')) expect(text, name).not.toContain(secret.slice(0, 24))
    }
    expect(body, name).toContain(' removed›')
  }
})
