/** A text as streams of word numbers, the end of a sentence being a word like the others. */
export interface Corpus {
  /** Every word of the vocabulary; index = number. The last is the end of a sentence. */
  readonly words: readonly string[]
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
}

export const UNKNOWN = '<unk>'
export const END_OF_SENTENCE = '<eos>'

export const PARTS = ['train', 'validation', 'test'] as const
export type Part = (typeof PARTS)[number]

/** Sentences of each part, as lists of words. */
export type Sentences = Readonly<Record<Part, readonly (readonly string[])[]>>

export const endOfSentence = ({ words }: Pick<Corpus, 'words'>): number => words.length - 1

/**
 * Numbers the words: those of the training part in order of their first occurrence, then `<unk>`, then `<eos>`, as Mikolov et al. 2010. A word occurring fewer than `rarest`
 * times there, or not among the `vocabulary - 2` most frequent, becomes `<unk>`; of equally frequent ones the earlier is kept.
 */
export function numbered(sentences: Sentences, { vocabulary, rarest }: { vocabulary: number; rarest: number }): Corpus {
  const counts = new Map<string, number>()
  for (const sentence of sentences.train)
    for (const word of sentence) if (word !== UNKNOWN) counts.set(word, (counts.get(word) ?? 0) + 1)
  const frequent = [...counts].filter(([, count]) => count >= rarest)
  const kept = new Set(
    frequent.length <= vocabulary - 2
      ? frequent.map(([word]) => word)
      : frequent
          .toSorted(([, a], [, b]) => b - a)
          .slice(0, vocabulary - 2)
          .map(([word]) => word),
  )
  const words = [...[...counts.keys()].filter(word => kept.has(word)), UNKNOWN, END_OF_SENTENCE]
  const numbers = new Map(words.map((word, number) => [word, number]))
  const unknown = words.length - 2,
    end = words.length - 1
  const stream = (part: Part): Int32Array =>
    Int32Array.from(sentences[part].flatMap(sentence => [...sentence.map(word => numbers.get(word) ?? unknown), end]))
  return { words, train: stream('train'), validation: stream('validation'), test: stream('test') }
}

/** Every form of a line's end as one. */
const withLineFeeds = (text: string): string => text.replace(/\r*\n|[\r\u0085\u2028\u2029]/g, '\n')

const wordsIn = (text: string): string[] => text.split(/[\s\u0085]+/).filter(word => word !== '')

/** One sentence a line, words apart by spaces, taken as they stand. */
export const lines = (text: string): string[][] =>
  withLineFeeds(text)
    .split('\n')
    .map(wordsIn)
    .filter(sentence => sentence.length > 0)

/** Marks by which other tools say where a sentence begins and ends. */
const BEGIN_MARKS: ReadonlySet<string> = new Set(['<s>', '<bos>', '<sos>', '<S>', '<BOS>', '<SOS>'])
const END_MARKS: ReadonlySet<string> = new Set(['</s>', '<eos>', '<EOS>', '</S>', '<|endoftext|>', '<eos/>'])

/** Words as they stand, a sentence to each of its own marks; ends of lines are spaces. The marks are no words. */
export function markedSentences(text: string): string[][] {
  const sentences: string[][] = [[]]
  for (const word of wordsIn(text)) {
    if (BEGIN_MARKS.has(word) || END_MARKS.has(word)) sentences.push([])
    else sentences.at(-1)!.push(word)
  }
  return sentences.filter(sentence => sentence.length > 0)
}

/** Words as they stand, in one stream without sentences. */
export const streamOf = (text: string): string[][] => [wordsIn(text)]

/** How often each mark of other tools stands alone in a text: those of ends and beginnings, and `<unk>`. */
export function marksIn(text: string): { readonly ends: Readonly<Record<string, number>>; readonly unknown: number } {
  const ends: Record<string, number> = {}
  let unknown = 0
  for (const [mark] of text.matchAll(/(?<![^\s\u0085])(?:<[a-z|/]{1,15}>|<unk>)(?![^\s\u0085])/gi)) {
    if (mark.toLowerCase() === UNKNOWN) unknown++
    else if (BEGIN_MARKS.has(mark) || END_MARKS.has(mark)) ends[mark] = (ends[mark] ?? 0) + 1
  }
  return { ends, unknown }
}

/**
 * Running text as Mikolov et al. 2010 prepared the Penn Treebank, as far as that can be done without a tagger: lower case, punctuation left out, every number
 * the word N, a sentence to a list. A sentence ends at a full stop, a question or an exclamation mark that a space follows, and at an empty line.
 */
export function sentencesOf(text: string): string[][] {
  return withLineFeeds(text)
    .split(/\n\s*\n|(?<=[.!?]["'”’)_]*)\s+/u)
    .map(sentence =>
      (sentence.toLowerCase().match(/[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu) ?? []).map(word =>
        /\p{L}/u.test(word) ? word : 'N',
      ),
    )
    .filter(sentence => sentence.length > 0)
}

/** Cuts sentences, in their order, into 80 % to train, 10 % to validate and 10 % to test. */
export function split(sentences: readonly string[][]): Sentences {
  const [train, validation, test] = cut(sentences)
  return { train, validation, test }
}

/** Cuts a stream's words in the same way: each part is one sentence. */
export function splitStream([words = []]: readonly string[][]): Sentences {
  const [train, validation, test] = cut(words)
  return { train: [train], validation: [validation], test: [test] }
}

function cut<T>(items: readonly T[]): [T[], T[], T[]] {
  const [first, second] = [Math.floor(items.length * 0.8), Math.floor(items.length * 0.9)]
  return [items.slice(0, first), items.slice(first, second), items.slice(second)]
}
