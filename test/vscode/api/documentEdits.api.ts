// Edits of documents that are open here, as the supervisor asks for them, while a person types into them.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import * as vscode from 'vscode'
import type { AppendOnce } from '../../../src/core/documents/documentEdit'
import type { MarkStep } from '../../../src/core/steps/markStep'
import { DocumentEdits } from '../../../src/extension/documents/documentEdits'
import { findOffer, offerEdit, readResult } from '../../../src/store/documentEdits'
import { hostName } from '../../../src/store/processIdentity'
import { folderKey, type FolderPaths, StateFolder } from '../../../src/store/stateFolder'
import { listWindows } from '../../../src/store/windows'
import { DocumentEditor } from '../../../src/supervisor/documents/documentEditor'
import { count, type Random, seededRandom } from '../../support/scale'
import { eventually } from '../../support/eventually'

const entry: AppendOnce = {
  kind: 'append_once',
  header: '# Handoff log\n',
  text: '\n## An entry\n\nloss 0.25, größer\n\n<!-- relay end e1 -->\n',
  marker: '<!-- relay end e1 -->',
}
const inCrlf = (text: string) => text.replaceAll('\n', '\r\n')
const fromDisk = 'no window made the edit'

describe('Edits of documents', function () {
  this.timeout(60_000)
  let root: string
  let file: string
  let folder: FolderPaths
  let window: DocumentEdits
  let editor: DocumentEditor
  let said: string[]

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-edits-')))
    const workspace = path.join(root, 'workspace')
    fs.mkdirSync(workspace)
    file = path.join(workspace, 'HANDOFF_LOG.md')
    folder = StateFolder.open(path.join(root, 'state')).folder(folderKey(workspace))
    said = []
    window = attach('window-1')
    editor = new DocumentEditor((fact) => said.push(fact))
  })
  afterEach(async () => {
    window.dispose()
    editor.close()
    await discardAll()
    fs.rmSync(root, { recursive: true })
  })

  const attach = (windowId: string) =>
    new DocumentEdits({ root: path.dirname(file), folder, windowId, log: (fact) => said.push(fact) })
  const edit = () => editor.edit(folder, { id: 'e1', file, within: path.dirname(file), edit: entry })
  const onDisk = () => fs.readFileSync(file, 'utf8')
  const wasMadeOnDisk = () => said.some((fact) => fact.startsWith(fromDisk))
  /** Every edit of this file must be this window's, or else the test proves nothing of it. */
  const editHere = async () => {
    assert.equal(await edit(), null)
    assert.deepEqual(said, ['the edit e1 was applied'])
  }

  it('are saved where nothing was unsaved, and one undo takes them back, for good', async () => {
    fs.writeFileSync(file, '# Mine\n')
    const shown = await show(file)
    await editHere()
    assert.equal(onDisk(), `# Mine\n${entry.text}`)
    assert.equal(shown.document.getText(), onDisk())
    assert.equal(shown.document.isDirty, false)

    await vscode.commands.executeCommand('undo')
    assert.equal(shown.document.getText(), '# Mine\n')
    editor.forget(folder, 'e1')
    assert.equal(findOffer(folder, 'e1'), null)
    await vscode.commands.executeCommand('redo')
    assert.equal(shown.document.getText(), `# Mine\n${entry.text}`)
  })

  it('leave what was unsaved unsaved', async () => {
    fs.writeFileSync(file, '# Mine\n')
    const shown = await show(file)
    await typeInto(shown, 2, 'Not saved: ')
    await editHere()
    assert.equal(shown.document.getText(), `# Not saved: Mine\n${entry.text}`)
    assert.equal(shown.document.isDirty, true)
    assert.equal(onDisk(), '# Mine\n')
    await vscode.commands.executeCommand('undo')
    assert.equal(shown.document.getText(), '# Not saved: Mine\n')
  })

  it('reach a document that no editor shows, and open none', async () => {
    fs.writeFileSync(file, '# Mine\n')
    await editHere()
    assert.equal(onDisk(), `# Mine\n${entry.text}`)
    assert.equal(vscode.window.visibleTextEditors.length, 0)
  })

  it('create a document that is missing', async () => {
    await editHere()
    assert.equal(onDisk(), entry.header + entry.text)
  })

  it('have the line ends of the document, and begin on a line of their own', async () => {
    fs.writeFileSync(file, '# Mine\r\nlast')
    await editHere()
    assert.equal(onDisk(), `# Mine\r\nlast${inCrlf(`\n${entry.text}`)}`)
  })

  it('keep the byte order mark and the encoding of the document', async () => {
    fs.writeFileSync(file, '\ufeff# Mine, größer\n')
    await editHere()
    assert.equal(onDisk(), `\ufeff# Mine, größer\n${entry.text}`)
  })

  it('are not made again where they are, unsaved though they may be', async () => {
    fs.writeFileSync(file, '# Mine\n')
    const shown = await show(file)
    await typeInto(shown, 7, entry.text)
    await editHere()
    assert.equal(shown.document.getText(), `# Mine\n${entry.text}`)
    assert.equal(onDisk(), '# Mine\n')
  })

  it('do not come between the letters of a word at the end', async () => {
    fs.writeFileSync(file, '# Mine\n')
    const shown = await show(file)
    shown.selection = new vscode.Selection(1, 0, 1, 0)
    await typeKey('be')
    const edited = editHere()
    for (const letter of ['f', 'o', 'r', 'e']) {
      await new Promise((resolve) => setTimeout(resolve, 200)) // A slow typist: slower than a window claims.
      await typeKey(letter)
    }
    await edited
    await typeKey('hand')
    assert.equal(shown.document.getText(), `# Mine\nbeforehand\n${entry.text}`)
  })

  it('leave the cursor on the line that the person has just begun', async () => {
    fs.writeFileSync(file, '# Mine\n')
    const shown = await show(file)
    shown.selection = new vscode.Selection(1, 0, 1, 0)
    await editHere()
    await typeKey('next')
    assert.equal(shown.document.getText(), `# Mine\nnext${entry.text}`)
  })

  for (const [what, bytes] of [
    ['that VS Code cannot decode', Buffer.from('# Mine \xe9\xff\n', 'latin1')],
    ['with NUL bytes', Buffer.from('# Mine\0\n')],
    ['with lines that end in different ways', Buffer.from('# Mine\r\nyours\n')],
    ['of more than 50 MB', Buffer.alloc(51 * 1024 * 1024, 'Mine, all mine.\n')],
  ] as const)
    it(`do not change a byte of a document ${what}: they are made on disk`, async () => {
      fs.writeFileSync(file, bytes)
      await edit()
      assert(wasMadeOnDisk(), said.join('\n'))
      const after = fs.readFileSync(file)
      assert(after.subarray(0, bytes.length).equals(bytes))
      assert.equal(after.subarray(bytes.length).toString().split(entry.marker).length, 2)
    })

  it('lose nothing that another program has just written', async () => {
    fs.writeFileSync(file, '# Mine\n')
    const shown = await show(file)
    for (let line = 1; line <= 10; line++) {
      fs.appendFileSync(file, `line ${line} of an agent\n`)
      const id = `e${line}`
      const marker = `<!-- end ${id} -->`
      const wanted = { id, file, within: path.dirname(file), edit: { ...entry, text: `${marker}\n`, marker } }
      assert.equal(await editor.edit(folder, wanted), null)
    }
    const lines = Array.from({ length: 10 }, (_, index) => [
      `line ${index + 1} of an agent`,
      `<!-- end e${index + 1} -->`,
    ])
    assert.deepEqual(onDisk().split('\n'), ['# Mine', ...lines.flat(), ''])
    await eventually(() => shown.document.getText() === onDisk())
    assert.equal(shown.document.isDirty, false)
  })

  it('do not follow a link out of the folder', async () => {
    const outside = path.join(root, 'outside.md')
    fs.writeFileSync(outside, 'not yours\n')
    fs.symlinkSync(outside, file)
    await assert.rejects(edit(), /it is a link that leads out of the workspace/)
    assert.equal(fs.readFileSync(outside, 'utf8'), 'not yours\n')
  })

  it('find the unsaved document by whatever path it was opened', async () => {
    fs.writeFileSync(file, '# Mine\n')
    const link = path.join(root, 'link')
    fs.symlinkSync(path.dirname(file), link)
    const shown = await show(path.join(link, 'HANDOFF_LOG.md'))
    await typeInto(shown, 0, 'Not saved. ')
    await editHere()
    assert.equal(shown.document.getText(), `Not saved. # Mine\n${entry.text}`)
    assert.equal(onDisk(), '# Mine\n')
  })

  it('are made by one of several windows', async () => {
    const others = ['window-2', 'window-3'].map(attach)
    try {
      fs.writeFileSync(file, '# Mine\n')
      await editHere()
      assert.equal(onDisk(), `# Mine\n${entry.text}`)
    } finally {
      for (const other of others) other.dispose()
    }
  })

  it('are not asked of a window that has let go of the folder', async () => {
    assert.deepEqual(
      listWindows(folder).map(({ id }) => id),
      ['window-1'],
    )
    window.dispose()
    assert.deepEqual(listWindows(folder), [])
    await edit()
    assert.equal(onDisk(), entry.header + entry.text)
    assert.deepEqual(said, [])
  })

  it('are asked of a window again after its file was cleared away', async () => {
    fs.rmSync(folder.windows, { recursive: true })
    await eventually(() => listWindows(folder).length === 1)
    await editHere()
  })

  it('leave offers of another host alone', async () => {
    const foreign = offerEdit(folder, { v: 1, id: 'foreign', host: 'node-17.cluster', file, edit: entry }, 1)
    const own = offerEdit(folder, { v: 1, id: 'own', host: hostName(), file, edit: entry }, 1)
    await eventually(() => readResult(own) !== null)
    assert.equal(fs.existsSync(foreign.claim), false)
  })

  describe('of a step', () => {
    const mark: MarkStep = {
      kind: 'mark_step',
      step: 2,
      title: 'Train the model',
      outcome: 'ticked',
      taskId: 'task_2_a2b3c4d5',
      at: '2026-11-28 09:15:02',
      text: 'loss 0.12',
    }
    const ticked = '- [x] **STEP 2**: ✓ [2026-11-28 09:15:02] Train the model (task_2_a2b3c4d5: loss 0.12)\n'
    const before = '# Plan\n\n- [ ] **STEP 1**: Make the data\n'
    const open = '- [ ] **STEP 2**: Train the model\n'

    it('come on its line beside what the person has not saved, and one undo takes them back', async () => {
      fs.writeFileSync(file, `${before}${open}\nNotes:\n`)
      const shown = await show(file)
      const end = shown.document.getText().length
      await typeInto(shown, end, 'half a sentence')
      // The line has moved since the step began.
      await typeInto(shown, 7, 'A line more.\n')
      await editStep(mark)
      const after = `# Plan\nA line more.\n\n- [ ] **STEP 1**: Make the data\n${ticked}\nNotes:\nhalf a sentence`
      assert.equal(shown.document.getText(), after)
      assert.equal(shown.document.isDirty, true)
      assert.equal(onDisk(), `${before}${open}\nNotes:\n`)
      await vscode.commands.executeCommand('undo')
      assert.equal(shown.document.getText(), after.replace(ticked, open))
    })

    it('leave the cursor in the title that the person writes at', async () => {
      fs.writeFileSync(file, `${before}- [ ] **STEP 2**: Train the mo\n- [ ] **STEP 3**: More\n`)
      const shown = await show(file)
      const at = shown.document.lineAt(3).range.end
      shown.selection = new vscode.Selection(at, at)
      await typeKey('d')
      const edited = editStep(mark)
      await edited
      await typeKey('el')
      assert.equal(shown.document.getText(), `${before}${ticked}- [ ] **STEP 3**: More\n`)
    })

    it('come once, and on no other line, whatever is typed above it at the same time', async function () {
      this.timeout(120_000)
      const random = seededRandom('steps')
      for (let round = 0; round < count(4, 40); round++) {
        file = path.join(path.dirname(file), `SPEC-${round}.md`)
        fs.writeFileSync(file, `${before}${open}`)
        const shown = await show(file)
        said.length = 0
        const edited = editStep(mark)
        const typed: string[] = []
        for (let line = 0; line < 12; line++) {
          const text = `typed ${line}\n`
          // The person's key has the last word on a document that has changed since it was looked at.
          if (await shown.edit((builder) => builder.insert(new vscode.Position(2, 0), text))) typed.unshift(text)
          await new Promise((resolve) => setTimeout(resolve, random() * 60))
        }
        await edited
        const [head = '', own = ''] = before.split('\n\n')
        assert.equal(shown.document.getText(), `${head}\n\n${typed.join('')}${own}${ticked}`)
        editor.forget(folder, 'e1')
        await discardAll()
      }
    })

    async function editStep(edit: MarkStep): Promise<void> {
      assert.equal(await editor.edit(folder, { id: 'e1', file, within: path.dirname(file), edit }), null)
      assert.deepEqual(said, ['the edit e1 was applied'])
    }
  })

  it('lose nothing that a person types at the same time, in whatever order', async function () {
    this.timeout(600_000)
    const random = seededRandom('typing')
    const rounds = count(20, 200)
    const byWindow: string[] = []
    for (let round = 0; round < rounds; round++) {
      const before = ['', '# Mine\n', '# Mine\nlast', '# Mine\r\n\r\nlast\r\n'][round % 4] ?? ''
      file = path.join(path.dirname(file), `log-${round}.md`)
      fs.writeFileSync(file, before)
      said.length = 0
      await typeWhile(edit, await show(file), before, random)
      byWindow.push(...said.filter((fact) => fact === 'the edit e1 was applied'))
      editor.forget(folder, 'e1')
      await discardAll()
    }
    assert.equal(byWindow.length, rounds, 'all edits were made in the window')
  })
})

/** A person's typing around our edit: no character is lost, and the entry is there once. */
async function typeWhile(
  edit: () => Promise<unknown>,
  shown: vscode.TextEditor,
  before: string,
  random: Random,
): Promise<void> {
  const { document } = shown
  const tokens = Array.from({ length: 12 }, (_, index) => `‹${index}›`)
  const editAt = Math.floor(random() * tokens.length)
  const pending: Promise<unknown>[] = []
  for (const [index, token] of tokens.entries()) {
    if (index === editAt) pending.push(edit())
    const typed = random() < 0.5 ? typeKey(token) : typeAnywhere(shown, token, random)
    if (random() < 0.5) await typed
    else pending.push(typed)
    if (random() < 0.1) pending.push(Promise.resolve(document.save()))
    // From one turn of the loop to as long as a window waits before it claims.
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 60))
  }
  await Promise.all(pending)
  const text = document.getText()
  for (const token of tokens) assert.equal(text.split(token).length, 2, `${token} in ${JSON.stringify(text)}`)
  const rest = tokens.reduce((left, token) => left.replace(token, ''), text).replaceAll('\r\n', '\n')
  const mine = before.replaceAll('\r\n', '\n')
  // What was typed decides whether the document is empty, or its last line is ended, when the entry comes.
  const possible = ['', '\n'].flatMap((lineEnd) => [mine + lineEnd + entry.text, mine + entry.header + entry.text])
  assert(possible.includes(rest), JSON.stringify({ before, text }))
  await document.save()
  await eventually(() => fs.readFileSync(document.fileName, 'utf8') === text)
}

/** A key press, wherever the cursor is. */
async function typeKey(text: string): Promise<void> {
  await vscode.commands.executeCommand('type', { text })
}

/** An edit somewhere in the person's own text, tried until it meets the document as it is. */
async function typeAnywhere(shown: vscode.TextEditor, token: string, random: Random): Promise<void> {
  const { document } = shown
  for (;;) {
    const text = document.getText()
    const ours = text.search(/(\r?\n## An entry|# Handoff log)/)
    const offset = Math.floor(random() * ((ours < 0 ? text.length : ours) + 1))
    const isInPair = text[offset - 1] === '\r' || /‹\d*$/.test(text.slice(0, offset))
    if (isInPair) continue
    if (await shown.edit((builder) => builder.insert(document.positionAt(offset), token))) return
  }
}

async function typeInto(shown: vscode.TextEditor, offset: number, text: string): Promise<void> {
  assert(await shown.edit((builder) => builder.insert(shown.document.positionAt(offset), text)))
}

async function show(file: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false })
}

/** Closes all editors without saving. */
async function discardAll(): Promise<void> {
  while (vscode.window.tabGroups.all.some(({ tabs }) => tabs.length > 0))
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
}
