import { describe, expect, it } from 'vitest'
import { figure, judge, mergedFigures } from './app/figures.ts'
import { parseOptions, SCENES } from './app/options.ts'

describe('figures of the app', () => {
  it('are judged by their median; the worst stands beside it', () => {
    const times = figure('Page', 'sort', [10, 60, 20, 30], { most: 50 })
    expect([times.median, times.worst, times.samples]).toEqual([25, 60, 4])
    expect(judge([times])).toEqual([{ title: 'Page: sort: less than 50 ms', figure: '25.0 ms (60.0)', met: true }])
    expect(judge([figure('Page', 'sort', [50, 50], { most: 50 })])[0]!.met).toBe(false)
  })

  it('of rates are worst where they are least', () => {
    const rate = figure('Page', 'frames', [60, 59.5, 30], { least: 59 }, { unit: 'frames/s' })
    expect([rate.worst, judge([rate])[0]!.met]).toEqual([30, true])
  })

  it('take the place of those of the same scenes', () => {
    const [sort, filter, live] = [
      figure('Table', 'sort', [10], null),
      figure('Table', 'filter', [20], null),
      figure('Live', 'cost', [1], null),
    ]
    const [again, other] = [figure('Table', 'sort', [5], null), figure('Inspect', 'open', [7], null)]
    expect(mergedFigures([sort, filter, live], [other, again])).toEqual([again, live, other])
    expect(mergedFigures([], [sort])).toEqual([sort])
  })

  it('without a goal are not judged', () => {
    expect(judge([figure('Page', 'open', [1], null)])).toEqual([])
  })
})

describe('options of the app’s benchmark', () => {
  it('name scenes and turns', () => {
    expect(parseOptions([])).toEqual({ scenes: SCENES, pairs: 5, name: undefined, strict: false })
    expect(parseOptions(['--scenes', 'live,table', '--pairs', '3', '--strict', '--name', 'a-b'])).toEqual({
      scenes: ['table', 'live'],
      pairs: 3,
      name: 'a-b',
      strict: true,
    })
    expect(parseOptions(['--help'])).toBe('help')
  })

  it.each([
    ['scenes', ['--scenes', 'tabel']],
    ['pairs', ['--pairs', '0']],
    ['name', ['--name', '../x']],
    ['option', ['--fast']],
  ])('refuse what they do not know: %s', (field, args) => {
    expect(() => parseOptions(args)).toThrow(expect.objectContaining({ code: 'bad-input', field }))
  })
})
