import { LabError } from '../../shared/errors.ts'
import { utf8 } from '../../shared/utf8.ts'

/** Records inside of records; a study has far fewer. */
const DEEPEST = 100

/**
 * A study file's content, not checked yet. @param name what to call the file in an error
 * @throws LabError `bad-input` for what is not JSON in UTF-8, or has a field twice
 */
export function readStudyJson(bytes: Uint8Array, name: string): unknown {
  const { text, problem } = utf8(bytes)
  if (problem !== null) throw new LabError('bad-input', `${name} is not a text in UTF-8: ${problem}.`)
  return parseStudyJson(text, name)
}

/** @throws as `readStudyJson` */
export function parseStudyJson(text: string, name: string): unknown {
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\s+/g, ' ').slice(0, 200)
    throw new LabError(
      'bad-input',
      `${name} is not JSON (${reason}); allowed: a study as JSON, which has no NaN, no comments and no trailing commas`,
      { cause },
    )
  }
  const twice = twiceIn(text)
  if (twice !== null) throw new LabError('bad-input', `${name} is no study file: ${twice}.`)
  return content
}

/** JSON.parse takes the last of several fields of one name without a word. @param text is JSON @returns what is wrong, or null */
export function twiceIn(text: string): string | null {
  /** Records and lists that are open: the fields of a record that were seen, null for a list. */
  const open: (Set<string> | null)[] = []
  let isKey = false
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    switch (sign) {
      case '{':
      case '[':
        open.push(sign === '{' ? new Set() : null)
        isKey = sign === '{'
        if (open.length > DEEPEST) return `it has records inside of records more than ${DEEPEST} deep`
        break
      case '}':
      case ']':
        open.pop()
        isKey = false
        break
      case ',':
        isKey = open.at(-1) instanceof Set
        break
      case '"': {
        const end = endOfText(text, at)
        const seen = open.at(-1)
        if (isKey && seen) {
          const key = JSON.parse(text.slice(at, end)) as string
          if (seen.has(key)) {
            const line = text.slice(0, at).split('\n').length
            return `${JSON.stringify(key)} is there a second time, in line ${line}; allowed: each field of a record once`
          }
          seen.add(key)
        }
        isKey = false
        at = end - 1
      }
    }
  }
  return null
}

/** Where a text that begins there ends, its quotes included. */
function endOfText(text: string, from: number): number {
  for (let at = from + 1; ; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
}
