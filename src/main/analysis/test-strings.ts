import type { Batch } from '../../engine/devices/device.ts'
import type { Corpus } from '../../engine/tasks/corpus/corpus.ts'
import type { Language } from '../../engine/tasks/task.ts'
import { testBatches } from '../../engine/train/data.ts'
import type { BinSpec, StudySpec } from '../../shared/study.ts'

/** The test strings of a bin, or the test part of a text in pieces, each read from the empty state. */
export function testStrings(study: StudySpec, language: Language, bin: BinSpec): Iterable<Batch> {
  return language.corpus
    ? excerpts(language.corpus, study)
    : testBatches({ study: { ...study, evaluation: { bins: [bin] } }, language })
}

const MOST_EXCERPTS = 256

/** The test part of a text in pieces as long as a training step, evenly apart where there are many. */
function* excerpts({ test }: Corpus, { data }: StudySpec): Generator<Batch> {
  const length = Math.min(data.train.lengths[1], test.length - 1)
  const all = Math.floor((test.length - 1) / length)
  const count = Math.min(all, MOST_EXCERPTS)
  for (let k = 0; k < count; k++) {
    const start = Math.floor((k * all) / count) * length
    yield {
      size: 1,
      length,
      symbols: test.slice(start, start + length),
      next: test.slice(start + length, start + length + 1),
    }
  }
}
