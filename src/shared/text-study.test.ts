import { describe, expect, it } from 'vitest'
import { parseStudies, parseStudy, problemsIn } from './study.ts'

const text = (given: object = {}): object => ({ name: 'Text', task: { id: 'text' }, ...given })

describe('a study of a text', () => {
  it('has the defaults of the main study on the Penn Treebank', () => {
    const { training, model, data, evaluation } = parseStudy(text())
    expect(training).toMatchObject({
      batch: 32,
      steps: 35,
      epochs: 100,
      optimizer: { id: 'sgd' },
      decay: { factor: 1 / 1.5, patience: 0, threshold: 0 },
      earlyStop: { patience: 2 },
    })
    expect(model).toMatchObject({ controller: { id: 'lstm' }, memory: { id: 'none' }, initial: 0.05 })
    expect(data.train.lengths).toEqual([1, 35])
    expect(evaluation.bins.map(({ name, by, lengths }) => [name, by, lengths[0]])).toEqual([
      ['test', 'position', 1],
      ['first 35', 'position', 1],
      ['after 35', 'position', 36],
      ['context', 'context', 1],
    ])
  })

  it('reads back as it was, and keeps what is given', () => {
    const study = parseStudy(
      text({
        training: { batch: 4, steps: 9, learningRate: 1 },
        model: { initial: null, dropout: 0.5, embedding: { tied: true } },
        evaluation: { bins: [{ name: 'all', lengths: [1, 99] }] },
      }),
    )
    expect(parseStudy(JSON.parse(JSON.stringify(study)))).toEqual(study)
    expect(study).toMatchObject({
      training: { batch: 4, steps: 9, learningRate: 1, clipNorm: 0.25 },
      model: { initial: null, dropout: 0.5, embedding: { size: null, tied: true } },
      data: { train: { lengths: [1, 9] } },
      evaluation: { bins: [{ name: 'all', by: 'position', perLength: 1 }] },
    })
  })

  it('can be part of a grid, and other studies are as they were', () => {
    const [words, strings] = parseStudies({
      tasks: [{ id: 'penn-treebank', path: 'ptb' }, { id: 'count-3' }],
      models: [{ name: 'lstm' }],
    })
    expect([words!.training.batch, strings!.training.batch, strings!.training.steps]).toEqual([32, 10, undefined])
    expect('initial' in strings!.model).toBe(false)
  })

  it.each([
    [{ training: { steps: 0 } }, 'study.training.steps is 0; allowed: at least 1'],
    [{ model: { dropout: 1 } }, 'study.model.dropout is 1; allowed: less than 1'],
    [{ model: { embedding: { size: 0 } } }, 'study.model.embedding.size is 0; allowed: at least 1'],
    [{ model: { embedding: { width: 3 } } }, 'study.model.embedding.width is 3; allowed: no such field'],
    [{ training: 7 }, 'study.training is 7; allowed: a record'],
  ])('%j is refused in one line', (given, message) => {
    expect(() => parseStudy(text(given))).toThrow(message)
    expect(problemsIn(text(given)).length).toBeGreaterThan(0)
  })
})
