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
 * Numbers the words: those of the training part in order of their first occurrence, then `<unk>`, then `<eos>` (spec §5). A word occurring fewer than `rarest`
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

/** One sentence a line, words apart by spaces, taken as they stand. */
export const lines = (text: string): string[][] =>
  text
    .split('\n')
    .map(line => line.split(/\s+/).filter(word => word !== ''))
    .filter(sentence => sentence.length > 0)

/**
 * Running text as Mikolov et al. 2010 prepared the Penn Treebank, as far as that can be done without a tagger: lower case, punctuation left out, every number
 * the word N, a sentence to a list. A sentence ends at a full stop, a question or an exclamation mark that a space follows, and at an empty line.
 */
export function sentencesOf(text: string): string[][] {
  return text
    .replaceAll('\r', '')
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
  const [first, second] = [Math.floor(sentences.length * 0.8), Math.floor(sentences.length * 0.9)]
  return { train: sentences.slice(0, first), validation: sentences.slice(first, second), test: sentences.slice(second) }
}
