// Plays a VS Code window by the files alone: attaches to a folder, and answers what it is offered.
// usage: node windowPlayer.mjs FOLDER_STATE ID BEHAVIOUR [AFTER_MS [GO_FILE]]
//   apply    claims, edits, answers            ignore   never claims
//   decline  claims, answers                   claim    claims, and no more
//   edit     claims, edits, and no more        wait     claims; when GO_FILE is there, goes on like apply
// Says on standard output what it has done, a word a line.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const [, , folder, id, behaviour, afterMs = '0', goFile = ''] = process.argv
const stat = fs.readFileSync('/proc/self/stat', 'latin1')
const handle = {
  host: os.hostname().toLowerCase(),
  bootId: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  pid: process.pid,
  startTime: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19],
}
const self = JSON.stringify({ v: 1, id, handle })
const edits = path.join(folder, 'edits')
const seen = new Set()
const say = (word) => fs.writeSync(1, `${word}\n`)

function put(file, text) {
  fs.writeFileSync(`${file}.tmp`, text)
  fs.renameSync(`${file}.tmp`, file)
}

function claim(offer) {
  const own = path.join(offer, `claim.${id}`)
  try {
    fs.mkdirSync(own)
    fs.writeFileSync(path.join(own, 'claimant.json'), self)
    fs.renameSync(own, path.join(offer, 'claim'))
    return true
  } catch {
    fs.rmSync(own, { recursive: true, force: true })
    return false
  }
}

function answer(offer, result) {
  put(path.join(offer, 'result.json'), JSON.stringify({ v: 1, ...result }))
  say(result.kind)
}

function edit(offer, { file, edit }) {
  if (!fs.existsSync(path.join(offer, 'claim'))) return say('withdrawn')
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  if (!before.includes(edit.marker)) fs.appendFileSync(file, `\nby window ${id}\n${edit.text}`)
  if (behaviour === 'edit') return say('edited')
  answer(offer, { kind: 'applied', problem: null })
}

function take(offer) {
  const wanted = JSON.parse(fs.readFileSync(path.join(offer, 'offer.json'), 'utf8'))
  if (behaviour === 'ignore' || !claim(offer)) return
  say('claimed')
  if (behaviour === 'decline') answer(offer, { kind: 'declined', why: 'it plays' })
  else if (behaviour === 'wait') waitFor(() => edit(offer, wanted))
  else if (behaviour !== 'claim') edit(offer, wanted)
}

function waitFor(then) {
  if (fs.existsSync(goFile)) then()
  else setTimeout(waitFor, 10, then)
}

function look() {
  for (const name of fs.readdirSync(edits)) {
    if (name.startsWith('.') || seen.has(name)) continue
    seen.add(name)
    say('offered')
    setTimeout(() => {
      try {
        take(path.join(edits, name))
      } catch (error) {
        if (error.code !== 'ENOENT') throw error // It was withdrawn.
      }
    }, Number(afterMs))
  }
}

fs.mkdirSync(edits, { recursive: true })
fs.mkdirSync(path.join(folder, 'windows'), { recursive: true })
put(path.join(folder, 'windows', `${id}.json`), self)
say('attached')
setInterval(look, 5)
