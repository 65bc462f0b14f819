import { InputError } from '../../shared/errors.ts'
import { path as pathOption } from '../../shared/options.ts'
import { lines, numbered, PARTS, type Part } from './corpus/corpus.ts'
import { textLanguage } from './corpus/text-language.ts'
import { defineTask, onlyFile, type TextFiles } from './task.ts'

const FILES: Readonly<Record<Part, string>> = {
  train: 'ptb.train.txt',
  validation: 'ptb.valid.txt',
  test: 'ptb.test.txt',
}

/** A text that is known. */
export interface Prepared {
  readonly vocabulary: number
  readonly parts: Readonly<
    Record<Part, { /** Ends of sentences included. */ readonly words: number; readonly md5: string }>
  >
}

/** Mikolov's files: words as Mikolov et al. 2010 left them; the sums are those by which torchtext, and others, check their downloads. */
const MIKOLOV: Prepared = {
  vocabulary: 10_000,
  parts: {
    train: { words: 929_589, md5: 'f26c4b92c5fdc7b3f8c7cdcb991d8420' },
    validation: { words: 73_760, md5: 'aa0affc06ff7c36e977d7cd49e3839bf' },
    test: { words: 82_430, md5: '8b80168b89c18661a38ef683c0dc3721' },
  },
}

/** The treebank of three files that are known: Mikolov's, for which tests have no licence, or others. */
export const treebankOf = ({ vocabulary, parts }: Prepared) =>
  defineTask({
    id: 'penn-treebank',
    title: 'Penn Treebank, word by word',
    source: 'Marcus, Santorini & Marcinkiewicz 1993, as prepared by Mikolov et al. 2010',
    form: 'w₁ w₂ w₃ …',
    reads: 'text',
    options: {
      path: pathOption({
        default: '',
        doc: `the folder or archive (.tgz, .tar, .zip) that holds ${Object.values(FILES).join(', ')}, such as Mikolov's simple-examples; the treebank is licensed, and not part of the lab`,
      }),
    },
    language({ path }, field, files) {
      const where = `${field}.path`
      if (path === '') throw new InputError(where, path, `a folder or archive with ${Object.values(FILES).join(', ')}`)
      const found = files.list(path, where)
      const texts = Object.fromEntries(
        PARTS.map(part => [part, onlyFile(found, FILES[part], path, where).text()]),
      ) as Record<Part, string>
      const corpus = numbered(
        { train: lines(texts.train), validation: lines(texts.validation), test: lines(texts.test) },
        { vocabulary: Infinity, rarest: 1 },
      )
      for (const part of PARTS) {
        const { words } = parts[part]
        if (corpus[part].length !== words)
          throw new InputError(
            where,
            path,
            `${FILES[part]} of ${words} words, ends of sentences included (this one has ${corpus[part].length}: it is not, or no longer, the file that Mikolov prepared)`,
          )
      }
      if (corpus.words.length !== vocabulary)
        throw new InputError(
          where,
          path,
          `a treebank of ${vocabulary} different words (this one has ${corpus.words.length})`,
        )
      for (const part of PARTS) {
        if (!isPrepared(texts[part], parts[part].md5, files))
          throw new InputError(
            where,
            path,
            `${FILES[part]} as Mikolov prepared it (this one has as many words, but not the same ones; the task text with "form": "tokens" trains on any)`,
          )
      }
      return textLanguage(corpus, where, path)
    },
  })

export default treebankOf(MIKOLOV)

/** Spaces and ends of lines may differ: they get lost on the way through other programs. */
function isPrepared(text: string, md5: string, files: TextFiles): boolean {
  const asWritten = text.replaceAll('\r\n', '\n')
  return (
    files.md5(asWritten) === md5 ||
    files.md5(
      lines(asWritten)
        .map(words => ` ${words.join(' ')} \n`)
        .join(''),
    ) === md5
  )
}
