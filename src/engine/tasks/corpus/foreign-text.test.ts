import { describe, expect, it } from 'vitest'
import { InputError } from '../../../shared/errors.ts'
import { tasks } from '../index.ts'
import { openLanguage, type Language, type TextFiles } from '../task.ts'
import { lines, sentencesOf } from './corpus.ts'
import { unigramNats } from './text-language.ts'

const files = (content: Readonly<Record<string, string>>): TextFiles => ({
  list: () => Object.entries(content).map(([name, text]) => ({ name, text: () => text })),
  md5: () => '',
})
const open = (content: string | Readonly<Record<string, string>>, form: string): Language =>
  openLanguage(
    tasks.text!,
    { path: 'some', form, rarest: 1 },
    'study.task',
    files(typeof content === 'string' ? { 'book.txt': content } : content),
  )
const refusal = (content: string | Readonly<Record<string, string>>, form: string): string => {
  try {
    open(content, form)
    return 'taken'
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
}

/** Sentences of different words and lengths. */
const SENTENCES = Array.from({ length: 300 }, (_, k) =>
  Array.from({ length: 3 + (k % 5) }, (_, i) => `w${(k * 7 + i * 3) % 40}`),
)
const perplexity = ({ corpus }: Language): number => Math.exp(unigramNats(corpus!, corpus!.test))
const written = (of: (words: string) => string, between: string): string =>
  SENTENCES.map(words => of(words.join(' '))).join(between)

describe('a text with ends of its own', () => {
  const plain = open(
    written(words => words, '\n'),
    'tokens',
  )
  const forms: readonly [string, string][] = [
    ['<eos> before the end of a line', written(words => `${words} <eos>`, '\n')],
    ['<s> and </s>', written(words => `<s> ${words} </s>`, '\n')],
    ['all in one line', written(words => `<bos> ${words} <eos>`, ' ')],
    ['ends of lines inside', written(words => `${words.replace(' ', '\n')} </s>`, '\n')],
  ]
  it.each(forms)('%s: each end is counted once, as in the same text without', (_, text) => {
    const marked = open(text, 'marked')
    expect(marked.symbols).toEqual(plain.symbols)
    for (const part of ['train', 'validation', 'test'] as const)
      expect([...marked.corpus![part]]).toEqual([...plain.corpus![part]])
    expect(perplexity(marked)).toBe(perplexity(plain))
  })
  it.each(forms)('%s: is refused in the forms that would count them twice', (_, text) => {
    for (const form of ['tokens', 'plain', 'stream'])
      expect(refusal(text, form)).toMatch(
        new RegExp(
          `^study\\.task\\.form is "${form}"; allowed: marked \\(this text has marks of its own, <.*300 times`,
        ),
      )
  })
  it('is what the form for it asks for', () => {
    expect(
      refusal(
        written(words => words, '\n'),
        'marked',
      ),
    ).toBe('study.task.form is "marked"; allowed: plain, tokens, stream (this text has no <eos> or </s>)')
  })
})

describe('a text that does not fit the form', () => {
  it('is not spoilt where it has <unk>', () => {
    const text = written(words => `${words} <unk> N .`, '\n')
    expect(refusal(text, 'plain')).toContain('allowed: tokens (this text is prepared already: it has <unk> 300 times')
    expect(refusal(text, 'tokens')).toBe('taken')
  })
  it('has one sentence a line: the form for that is named', () => {
    const text = written(words => words, '\n')
    expect(refusal(text, 'plain')).toContain('study.task.form is "plain"; allowed: tokens (this text has 1500 words')
  })
  it('is running text: the form for that is named', () => {
    const text = written(words => `${words}.`, ' ')
    expect(refusal(text, 'tokens')).toContain('study.task.form is "tokens"; allowed: plain (this text has 1500 words')
  })
  it('has no sentences, as text8: it is a stream, cut by words', () => {
    const text = written(words => words, ' ')
    for (const form of ['plain', 'tokens'])
      expect(refusal(text, form)).toContain(`study.task.form is "${form}"; allowed: stream (this text has 1500 words`)
    const { corpus } = open(text, 'stream')
    expect([corpus!.train.length, corpus!.validation.length, corpus!.test.length]).toEqual([1201, 151, 151])
  })
})

it.each(['\n', '\r\n', '\r', '\u2028', '\u2029', '\u0085', '\r\r\n'])('%j ends a line', end => {
  expect(lines(`a b${end}c`)).toEqual([['a', 'b'], ['c']])
  expect(sentencesOf(`One b${end}c two. Three`)).toEqual([['one', 'b', 'c', 'two'], ['three']])
})

describe('the parts of a text', () => {
  const content = written(words => words, '\n')
  it.each([
    ['WikiText', ['wiki.train.tokens', 'wiki.valid.tokens', 'wiki.test.tokens']],
    ['raw', ['wiki.train.raw', 'wiki.valid.raw', 'wiki.test.raw']],
    ['a development set', ['train.txt', 'dev.txt', 'test.txt']],
    ['upper case', ['TRAIN.TXT', 'VALID.TXT', 'TEST.TXT']],
    ['hyphens', ['en-train.txt', 'en_val.txt', 'en-test.txt']],
    ['others beside', ['train.txt', 'valid.txt', 'test.txt', 'en-train.txt', 'train.raw']],
  ])('are known by their names: %s', (_, names) => {
    expect(refusal(Object.fromEntries(names.map(name => [name, content])), 'tokens')).toBe('taken')
  })
  it('are told where they are not found, and what was found', () => {
    expect(refusal({ 'train.txt': content, 'a.txt': content, 'b.raw': content }, 'tokens')).toContain(
      'looked for names that end in valid, validation, dev, val and .txt, .tokens, .raw or one of these and .gz; found train.txt, a.txt, b.raw',
    )
  })
})
