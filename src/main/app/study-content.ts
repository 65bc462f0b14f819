import { LabError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { utf8 } from '../../shared/utf8.ts'
import { twiceIn } from '../services/study-json.ts'

/** What a file that is no text begins with, and what it then is. */
const KINDS: readonly (readonly [start: readonly number[], what: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], 'a picture (PNG)'],
  [[0xff, 0xd8, 0xff], 'a picture (JPEG)'],
  [[0x47, 0x49, 0x46, 0x38], 'a picture (GIF)'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF'],
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'a database'],
]

/** The content of a study file that somebody imports, to become a draft: sound or not, but a study. @throws LabError `bad-input`, `bad-bundle` */
export function studyContent(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new LabError('bad-input', `${name} is no study file: ${why}.`, { cause })
  }
  if (/\.permafrost$/i.test(name))
    throw new LabError('bad-bundle', `${name} cannot be taken in: it is damaged, or no bundle.`)
  const kind = KINDS.find(([start]) => start.every((byte, i) => bytes[i] === byte))
  if (kind) return refuse(`it is ${kind[1]}`)
  const content = parsed(bytes, refuse)
  if (!isRecord(content)) return refuse('a study is a record, { … }')
  if (!isRecord(content.task) && !Array.isArray(content.tasks))
    return refuse('it names no task, such as "task": { "id": "marked-reversal" }')
  return content
}

function parsed(bytes: Uint8Array, refuse: (why: string, cause?: unknown) => never): unknown {
  const { text, problem } = utf8(bytes)
  if (problem !== null) return refuse(`it holds no text in UTF-8: ${problem}`)
  if (text.includes('\0')) return refuse('it holds no text')
  if (text.trim() === '') return refuse('it is empty')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    return refuse(`it is not JSON${placeIn(text, (cause as Error).message)}`, cause)
  }
  const twice = twiceIn(text)
  return twice === null ? content : refuse(twice)
}

/** Where the reading of JSON ended, as far as the error says: `, from line 3 on`. */
function placeIn(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1]
  const token = /^Unexpected token '(.+?)'/.exec(message)?.[1]
  if (token !== undefined) return `: “${token}” stands where it may not`
  if (position === undefined) return /end of JSON/.test(message) ? ': it ends too early' : ''
  return `, from line ${text.slice(0, Number(position)).split('\n').length} on`
}
