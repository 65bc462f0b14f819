import { expect, it } from 'vitest'
import type { Arithmetic } from '../../shared/run-events.ts'
import { openHistory } from './history.ts'
import { ENVIRONMENT, start } from './testing/events.ts'
import { study, withHome } from './testing/fixtures.ts'

type Began = readonly [resumed: boolean, arithmetic?: Arithmetic, before?: Arithmetic]

it.each<[string, readonly Began[], Arithmetic | 'mixed' | null]>([
  ['nothing where no device says', [[false]], null],
  ['what the device says', [[false, 'fused']], 'fused'],
  [
    'the same where it goes on alike',
    [
      [false, 'unfused'],
      [true, 'unfused'],
    ],
    'unfused',
  ],
  [
    'that it changed on the way',
    [
      [false, 'fused'],
      [true, 'unfused', 'fused'],
    ],
    'mixed',
  ],
  ['that it was another than the checkpoint came with', [[false], [true, 'unfused', 'fused']], 'mixed'],
  [
    'that it changed, however it goes on',
    [
      [false, 'fused'],
      [true, 'unfused', 'fused'],
      [true, 'unfused'],
    ],
    'mixed',
  ],
  ['nothing of a run whose beginning is not known', [[false], [true, 'fused']], null],
  [
    'what a run from the start says anew',
    [
      [false, 'fused'],
      [false, 'unfused'],
    ],
    'unfused',
  ],
])('the record of a run tells %s', (_, began, expected) =>
  withHome(home => {
    const history = openHistory({ home })
    history.studies.add(study())
    const { id } = history.runs.list()[0]!
    history.runs.claim(id, { environment: ENVIRONMENT })
    for (const [resumed, arithmetic, before] of began)
      history.record(
        id,
        start({
          resumed,
          ...(arithmetic ? { arithmetic } : {}),
          ...(before ? { arithmeticBefore: before } : {}),
        }),
      )
    expect(history.runs.get(id).arithmetic).toBe(expected)
    history.close()
  }),
)
