import { InputError } from '../../shared/errors.ts'
import { text } from '../../shared/options.ts'
import { lines, numbered, PARTS, type Part } from './corpus/corpus.ts'
import { textLanguage } from './corpus/text-language.ts'
import { defineTask, type TextFiles } from './task.ts'

const FILES: Readonly<Record<Part, string>> = { train: 'ptb.train.txt', validation: 'ptb.valid.txt', test: 'ptb.test.txt' }
/** Words of each part, ends of sentences included (spec §5). */
const TOKENS: Readonly<Record<Part, number>> = { train: 929_589, validation: 73_760, test: 82_430 }
const VOCABULARY = 10_000

export default defineTask({
  id: 'penn-treebank', title: 'Penn Treebank, word by word', source: 'Marcus, Santorini & Marcinkiewicz 1993, as prepared by Mikolov et al. 2010; spec §5',
  form: 'w₁ w₂ w₃ …',
  reads: 'text',
  options: { path: text({ default: '', doc: `the folder or archive (.tgz, .tar) that holds ${Object.values(FILES).join(', ')}; the treebank is licensed, and not part of the lab` }) },
  language({ path }, field, files) {
    const where = `${field}.path`
    if (path === '') throw new InputError(where, path, `a folder or archive with ${Object.values(FILES).join(', ')}`)
    const found = files.list(path, where)
    const read = (part: Part) => lines(fileIn(found, FILES[part], path, where).text())
    const corpus = numbered({ train: read('train'), validation: read('validation'), test: read('test') }, { vocabulary: Infinity, rarest: 1 })
    for (const part of PARTS) {
      if (corpus[part].length !== TOKENS[part]) throw new InputError(where, path, `${FILES[part]} of ${TOKENS[part]} words, ends of sentences included (this one has ${corpus[part].length}: it is not, or no longer, the file that Mikolov prepared)`)
    }
    if (corpus.words.length !== VOCABULARY) throw new InputError(where, path, `a treebank of ${VOCABULARY} different words (this one has ${corpus.words.length})`)
    return textLanguage(corpus, where, path)
  },
})

function fileIn(found: ReturnType<TextFiles['list']>, name: string, path: string, field: string): ReturnType<TextFiles['list']>[number] {
  const file = found.find(one => one.name === name)
  if (!file) throw new InputError(field, path, `a folder or archive with ${name}`)
  return file
}
