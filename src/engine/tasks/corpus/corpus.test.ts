import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chance } from '../../chance.ts'
import { tasks } from '../index.ts'
import { treebankOf } from '../penn-treebank.ts'
import { openLanguage, type TextFiles } from '../task.ts'
import { lines, numbered, sentencesOf, split } from './corpus.ts'
import { unigramNats } from './text-language.ts'

const files = (content: Readonly<Record<string, string>>): TextFiles => ({
  list: () => Object.entries(content).map(([name, text]) => ({ name, text: () => text })),
  md5: text => createHash('md5').update(text).digest('hex'),
})
const repeated = (words: string, times: number): string => Array.from({ length: times }, () => words).join('\n')

describe('preparing running text', () => {
  it('makes it lower case, without punctuation, numbers one word, sentences apart', () => {
    expect(sentencesOf('The Sun\'s _Light_ is white!  Of 35 Rays,\n"3.5 bend." Mr. X\n\nPROP. II')).toEqual([
      ['the', "sun's", 'light', 'is', 'white'],
      ['of', 'N', 'rays', 'N', 'N', 'bend'],
      ['mr'],
      ['x'],
      ['prop'],
      ['ii'],
    ])
  })

  it('takes tokens as they stand, empty lines left out', () => {
    expect(lines(" no it was n't <unk> N \n\n black monday \n")).toEqual([
      ['no', 'it', 'was', "n't", '<unk>', 'N'],
      ['black', 'monday'],
    ])
  })

  it('cuts sentences into 80, 10 and 10 per cent', () => {
    const { train, validation, test } = split(Array.from({ length: 25 }, (_, k) => [String(k)]))
    expect([train.length, validation[0], test[0], test.at(-1)]).toEqual([20, ['20'], ['22'], ['24']])
  })
})

describe('numbering words', () => {
  const sentences = {
    train: [
      ['b', 'a', '<unk>', 'b'],
      ['c', 'a'],
    ],
    validation: [['d', 'a']],
    test: [['c']],
  }

  it('goes by the first occurrence in the training part, then <unk>, then <eos>', () => {
    const corpus = numbered(sentences, { vocabulary: 100, rarest: 1 })
    expect(corpus.words).toEqual(['b', 'a', 'c', '<unk>', '<eos>'])
    expect([[...corpus.train], [...corpus.validation], [...corpus.test]]).toEqual([
      [0, 1, 3, 0, 4, 2, 1, 4],
      [3, 1, 4],
      [2, 4],
    ])
  })

  it('leaves out rare words, and those beyond the vocabulary', () => {
    expect(numbered(sentences, { vocabulary: 100, rarest: 2 }).words).toEqual(['b', 'a', '<unk>', '<eos>'])
    expect(numbered(sentences, { vocabulary: 3, rarest: 1 }).words).toEqual(['b', '<unk>', '<eos>'])
  })

  it('gives the cost of the unigram model, one added to each count', () => {
    const corpus = numbered(sentences, { vocabulary: 100, rarest: 1 })
    // Of 8 words: b 2, a 2, c 1, <unk> 1, <eos> 2; 5 are added.
    expect(unigramNats(corpus, corpus.test)).toBeCloseTo(-(Math.log(2 / 13) + Math.log(3 / 13)) / 2, 12)
  })
})

describe('the text task', () => {
  const text = tasks.text!
  const open = (content: Readonly<Record<string, string>>, options = {}) =>
    openLanguage(text, { path: 'some', ...options }, 'study.task', files(content))

  it('reads three files, or cuts one', () => {
    const tokens = { form: 'tokens' }
    const parts = open(
      { 'train.txt': repeated('a b c', 50), 'valid.txt': repeated('b a', 10), 'test.txt': repeated('c z', 10) },
      tokens,
    ).corpus!
    expect([parts.words, parts.train.length, parts.validation.length, parts.test.length]).toEqual([
      ['a', 'b', 'c', '<unk>', '<eos>'],
      200,
      30,
      30,
    ])
    expect([...parts.test.subarray(0, 3)]).toEqual([2, 3, 4])
    expect(open({ 'book.txt': repeated('a b c', 100) }, tokens).corpus!.train).toHaveLength(320)
  })

  it('has excerpts of its training part for strings, and the most frequent word for a trivial prediction', () => {
    const language = open({ 'book.txt': repeated('a b a c', 100) }, { form: 'tokens' })
    const string = language.sample(chance(1), 9)
    expect(string).toHaveLength(9)
    expect(language.accepts(string)).toBe(true)
    expect(language.trivialCorrect([0, 1, 0, 2, 4])).toBe(2)
    expect(language.logProbability(string)).toBeNaN()
  })

  it.each([
    ['an empty text', { 'book.txt': '' }, 'a text whose train part has at least 100 words (it has 0)'],
    ['a short text', { 'book.txt': repeated('a b', 20) }, 'a text whose train part has at least 100 words (it has 48)'],
    ['one word', { 'book.txt': repeated('a a a', 100) }, 'a text of at least 2 different words (it has 1)'],
    [
      'rare words only',
      { 'book.txt': Array.from({ length: 300 }, (_, k) => `word${k}`).join('\n') },
      'a text of at least 2 different words (it has 1)',
    ],
    [
      'a missing part',
      { 'train.txt': repeated('a b', 100), 'test.txt': 'a b' },
      'a text file, or a folder or archive with valid.txt',
    ],
  ])('refuses %s', (_, content, allowed) => {
    expect(() => open(content, { form: 'tokens' })).toThrow(`study.task.path is "some"; allowed: ${allowed}`)
  })
})

describe('the Penn Treebank', () => {
  /** As many words as asked for: 9,998 different ones and <unk>, 99 and an end to a sentence. */
  function part(tokens: number): string {
    const sentences = Math.ceil(tokens / 100)
    let left = tokens - sentences
    return Array.from({ length: sentences }, (_, k) => {
      const size = Math.ceil(left / (sentences - k))
      left -= size
      return Array.from({ length: size }, (_, i) =>
        (k * 99 + i) % 9999 === 9998 ? '<unk>' : `w${(k * 99 + i) % 9999}`,
      ).join(' ')
    }).join('\n')
  }
  const sound = { 'ptb.train.txt': part(929_589), 'ptb.valid.txt': part(73_760), 'ptb.test.txt': part(82_430) }
  const sum = (text: string): string => files({}).md5(text)
  const treebank = treebankOf({
    vocabulary: 10_000,
    parts: {
      train: { words: 929_589, md5: sum(sound['ptb.train.txt']) },
      validation: { words: 73_760, md5: sum(sound['ptb.valid.txt']) },
      test: { words: 82_430, md5: sum(sound['ptb.test.txt']) },
    },
  })
  const open = (content: Readonly<Record<string, string>>) =>
    openLanguage(treebank, { path: 'ptb' }, 'study.task', files(content))

  it('has 10,000 words, <unk> the last but one and <eos> the last', () => {
    const { words, train, validation, test } = open(sound).corpus!
    expect([words.length, words.at(-2), words.at(-1), train.length, validation.length, test.length]).toEqual([
      10_000,
      '<unk>',
      '<eos>',
      929_589,
      73_760,
      82_430,
    ])
  })

  it('is refused with a file missing or altered', () => {
    const { 'ptb.valid.txt': _, ...without } = sound
    expect(() => open(without)).toThrow('study.task.path is "ptb"; allowed: a folder or archive with ptb.valid.txt')
    expect(() => open({ ...sound, 'ptb.test.txt': `${sound['ptb.test.txt']} more` })).toThrow(
      'allowed: ptb.test.txt of 82430 words, ends of sentences included (this one has 82431',
    )
    expect(() => open({ ...sound, 'ptb.train.txt': sound['ptb.train.txt'].replaceAll(' w7 ', ' w8 ') })).toThrow(
      'allowed: a treebank of 10000 different words (this one has 9999)',
    )
    expect(() => openLanguage(tasks['penn-treebank']!, { path: 'ptb' }, 'study.task', files(sound))).toThrow(
      'allowed: ptb.train.txt as Mikolov prepared it',
    )
    expect(() => openLanguage(treebank, {}, 'study.task', files(sound))).toThrow(
      'study.task.path is ""; allowed: a folder or archive with ptb.train.txt, ptb.valid.txt, ptb.test.txt',
    )
  })
})
