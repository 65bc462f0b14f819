import { choice, int, path as pathOption } from '../../shared/options.ts'
import { InputError } from '../../shared/errors.ts'
import { lines, numbered, sentencesOf, split, type Sentences } from './corpus/corpus.ts'
import { textLanguage } from './corpus/text-language.ts'
import { defineTask, type TextFile } from './task.ts'

const NAMES = { train: ['train.txt'], validation: ['valid.txt', 'validation.txt'], test: ['test.txt'] } as const

export default defineTask({
  id: 'text',
  title: 'Text, word by word',
  source: 'preparation after Mikolov et al. 2010, doi:10.21437/Interspeech.2010-343',
  form: 'w₁ w₂ w₃ …',
  reads: 'text',
  options: {
    path: pathOption({
      default: 'opticks',
      doc: 'opticks (Newton 1730, part of the lab), or a text file, or a folder or archive with train.txt, valid.txt and test.txt',
    }),
    form: choice({
      default: 'plain',
      choices: ['plain', 'tokens'],
      doc: 'plain: running text, made lower case and stripped of punctuation; tokens: one sentence a line, words apart by spaces, taken as they stand',
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
    const read = form === 'plain' ? sentencesOf : lines
    return textLanguage(
      numbered(sentencesIn(files.list(path, `${field}.path`), read, path, `${field}.path`), { vocabulary, rarest }),
      `${field}.path`,
      path,
    )
  },
})

/** One file is cut into three parts; of several, those named for the parts are taken. */
function sentencesIn(
  found: readonly TextFile[],
  read: (text: string) => string[][],
  path: string,
  field: string,
): Sentences {
  if (found.length === 1) return split(read(found[0]!.text()))
  const part = (name: keyof typeof NAMES): string[][] => {
    const [file, other] = found.filter(file =>
      NAMES[name].some(ending => file.name === ending || file.name.endsWith(`.${ending}`)),
    )
    if (!file) throw new InputError(field, path, `a text file, or a folder or archive with ${NAMES[name][0]}`)
    if (other)
      throw new InputError(
        field,
        path,
        `a folder or archive with one ${NAMES[name][0]} (this one has ${file.name} and ${other.name})`,
      )
    return read(file.text())
  }
  return { train: part('train'), validation: part('validation'), test: part('test') }
}
