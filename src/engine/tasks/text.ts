import { choice, int, path as pathOption } from '../../shared/options.ts'
import { InputError } from '../../shared/errors.ts'
import {
  lines,
  markedSentences,
  marksIn,
  numbered,
  PARTS,
  sentencesOf,
  split,
  splitStream,
  streamOf,
  type Part,
  type Sentences,
} from './corpus/corpus.ts'
import { textLanguage } from './corpus/text-language.ts'
import { defineTask, TEXT_NAME, type TextFile } from './task.ts'

const FORMS = {
  plain: sentencesOf,
  tokens: lines,
  marked: markedSentences,
  stream: streamOf,
} as const
type Form = keyof typeof FORMS

/** What the names of a part's files end in, before .txt and the like; the first is how the lab calls it. */
const NAMES: Readonly<Record<Part, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['valid', 'validation', 'dev', 'val'],
  test: ['test'],
}

export default defineTask({
  id: 'text',
  title: 'Text, word by word',
  source: 'preparation after Mikolov et al. 2010, doi:10.21437/Interspeech.2010-343',
  form: 'w₁ w₂ w₃ …',
  reads: 'text',
  options: {
    path: pathOption({
      default: 'opticks',
      doc: 'opticks (Newton 1730, part of the lab), or a text file, or a folder or archive with train.txt, valid.txt and test.txt (.tokens, .raw and .gz too)',
    }),
    form: choice({
      default: 'plain',
      choices: Object.keys(FORMS) as Form[],
      doc: 'plain: running text, made lower case and stripped of punctuation; tokens: one sentence a line, words apart by spaces, taken as they stand; marked: the same, but with sentences that end at <eos> or </s>; stream: words apart by spaces, without sentences',
    }),
    vocabulary: int({
      default: 10_000,
      min: 4,
      max: 100_000,
      doc: 'most words, <unk> and <eos> among them; the others become <unk>',
    }),
    rarest: int({ default: 2, min: 1, doc: 'words that occur less often in the training part become <unk>' }),
  },
  language({ path, form, vocabulary, rarest }, field, files) {
    const texts = partsIn(files.list(path, `${field}.path`), path, `${field}.path`)
    const read = (text: string): string[][] => {
      refuseMarks(text, form, `${field}.form`)
      return FORMS[form](text)
    }
    const sentences: Sentences =
      typeof texts === 'string'
        ? cutText(texts, read(texts), form, `${field}.form`)
        : { train: read(texts.train), validation: read(texts.validation), test: read(texts.test) }
    return textLanguage(numbered(sentences, { vocabulary, rarest }), `${field}.path`, path)
  },
})

/** A text that another tool has prepared says so by its marks: read in another form, they would be spoilt, or counted as words. @throws InputError naming the form that takes them */
function refuseMarks(text: string, form: Form, field: string): void {
  const { ends, unknown } = marksIn(text)
  const found = Object.entries(ends).map(([mark, times]) => `${mark} ${times} times`)
  if (form === 'marked') {
    if (found.length === 0) throw new InputError(field, form, 'plain, tokens, stream (this text has no <eos> or </s>)')
    return
  }
  if (found.length > 0)
    throw new InputError(
      field,
      form,
      `marked (this text has marks of its own, ${found.join(', ')}: a sentence would end twice)`,
    )
  if (form === 'plain' && unknown > 0)
    throw new InputError(
      field,
      form,
      `tokens (this text is prepared already: it has <unk> ${unknown} times, which would become a word unk)`,
    )
}

/** Fewer sentences than this, of a text that is long enough, are none. */
const FEWEST_SENTENCES = 10
const ENOUGH_WORDS = 200

function cutText(text: string, sentences: string[][], form: Form, field: string): Sentences {
  if (form === 'stream') return splitStream(sentences)
  const words = sentences.reduce((sum, { length }) => sum + length, 0)
  if (sentences.length < FEWEST_SENTENCES && words >= ENOUGH_WORDS) {
    const other = (['tokens', 'plain'] as const).find(
      one => one !== form && FORMS[one](text).length >= FEWEST_SENTENCES,
    )
    throw new InputError(
      field,
      form,
      `${other ?? 'stream'} (this text has ${words} words, but no more than ${sentences.length} of what ${form} takes for a sentence)`,
    )
  }
  return split(sentences)
}

/** One file is the whole text; of several, those named for the parts are taken. Where .txt files do, others are not looked at. */
function partsIn(found: readonly TextFile[], path: string, field: string): string | Record<Part, string> {
  const plain = found.filter(({ name }) => /\.txt$/i.test(name))
  const among = plain.length === 1 || namedParts(plain).every(([, files]) => files.length > 0) ? plain : found
  if (among.length === 1) return among[0]!.text()
  const parts = namedParts(among).map(([part, [file, other]]) => {
    if (!file)
      throw new InputError(
        field,
        path,
        `a text file, or a folder or archive with ${NAMES[part][0]}.txt (looked for names that end in ${NAMES[part].join(', ')} and .txt, .tokens, .raw or one of these and .gz; found ${listed(found)})`,
      )
    if (other)
      throw new InputError(
        field,
        path,
        `a folder or archive with one ${NAMES[part][0]}.txt (this one has ${file.name} and ${other.name})`,
      )
    return [part, file.text()] as const
  })
  return Object.fromEntries(parts) as Record<Part, string>
}

/** Names that come first where there are others like them. */
const USUAL: Readonly<Record<Part, RegExp>> = {
  train: /(^|\.)train\.txt$/,
  validation: /(^|\.)(valid|validation)\.txt$/,
  test: /(^|\.)test\.txt$/,
}

function namedParts(found: readonly TextFile[]): [Part, TextFile[]][] {
  return PARTS.map(part => {
    const exactly = found.filter(({ name }) => USUAL[part].test(name))
    const similarly = found.filter(({ name }) =>
      NAMES[part].some(word => new RegExp(`(^|[._-])${word}$`).test(name.toLowerCase().replace(TEXT_NAME, ''))),
    )
    return [part, exactly.length > 0 ? exactly : similarly]
  })
}

function listed(found: readonly TextFile[]): string {
  const MOST = 6
  if (found.length === 0) return 'no text'
  const names = found.slice(0, MOST).map(({ name }) => name)
  return `${names.join(', ')}${found.length > MOST ? ` and ${found.length - MOST} more` : ''}`
}
