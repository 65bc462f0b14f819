import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../../shared/comparison.ts'
import { compare } from '../compare.ts'
import { comparisonCsv, comparisonValuesCsv } from './csv.ts'
import { comparisonLatex } from './latex.ts'
import { comparisonMarkdown } from './markdown.ts'
import { tablesOf } from './tables.ts'
import { inputOf, learner, runOf, SPEC, trivial } from './testing/study.ts'

const HOSTILE = 'a|b, "c" & 50 % of $x_1^{2}~\\ <i>#1</i>\nline'

function comparisonOf(title = 'Memory frozen'): Comparison {
  const spec = {
    ...SPEC,
    name: title,
    plans: SPEC.plans.map(plan => (plan.id === 'frozen-memory' ? { ...plan, title } : plan)),
  }
  const runs = Array.from({ length: 8 }, (_, i) => i + 1).flatMap(seed => [
    runOf('full', seed, learner(0.6, 0.1 + 0.002 * (seed % 3))),
    runOf('frozen-memory', seed, learner(0.9, 0.07 + 0.003 * (seed % 2))),
    runOf('frozen-controller', seed, seed === 1 ? () => ({ accuracy: 0.5, loss: NaN }) : trivial),
  ])
  return compare({ ...inputOf(runs), spec }, { resamples: 200 })
}
const comparison = comparisonOf()

describe('tables', () => {
  const tables = tablesOf(comparison)
  const titled = (start: string) => tables.find(table => table.title.startsWith(start))!
  it('have as many cells in each row as columns', () => {
    expect(tables.length).toBe(9)
    for (const { columns, rows } of tables) for (const row of rows) expect(row.cells).toHaveLength(columns.length)
  })
  it('show floor and ceiling under accuracy and retention, the bound under perplexity', () => {
    const limits = (start: string): string[] =>
      titled(start)
        .rows.filter(row => row.kind === 'limit')
        .map(row => row.cells[0]!)
    expect(limits('Accuracy')).toEqual(['floor: trivial predictor', 'ceiling: optimal predictor'])
    expect(limits('Retention')).toEqual(['floor: trivial predictor', 'ceiling: optimal predictor'])
    expect(limits('Perplexity')).toEqual(['bound: exact distribution'])
  })
  it('give perplexity as median and range, diverged seeds as infinite', () => {
    expect(titled('Perplexity').title).toContain('median (lowest–highest seed)')
    expect(titled('Perplexity').rows[2]!.cells).toEqual(['Controller frozen', ...new Array(3).fill('1.221 (1.221–∞)')])
  })
  it('mark what is shown to be better or worse, and what is void', () => {
    const contrasts = titled('Against Full training: cross-entropy').rows
    expect(contrasts.map(row => [row.kind, row.cells.at(-1)])).toEqual([
      ['better', 'better'],
      ['worse', 'worse'],
    ])
    expect(titled('Against Full training: retention').rows.map(row => row.cells.at(-1))).toEqual(['better', 'void'])
  })
  it('leave out what nothing is known of', () => {
    const titles = tablesOf(
      compare({ ...inputOf([runOf('full', 1, trivial, { stepsPerSecond: null })]), limits: [] }, { resamples: 20 }),
    ).map(table => table.title.split(',')[0])
    expect(titles).toContain('Accuracy')
    expect(titles.join()).not.toMatch(/Skill|speed|Against/)
    expect(tablesOf(compare(inputOf([])))).toEqual([])
  })
})

describe('CSV', () => {
  it('reads back: one row for each plan, bin and measure, one contrast for each target', () => {
    const [header, ...rows] = parseCsv(comparisonCsv(comparison))
    expect(rows).toHaveLength(3 * (3 * 5 + 1))
    for (const row of rows) expect(row).toHaveLength(header!.length)
    const at = (row: string[], name: string): string => row[header!.indexOf(name)]!
    const contrast = comparison.contrasts[0]!
    const row = rows.find(
      row =>
        at(row, 'plan') === 'frozen-memory' &&
        at(row, 'bin') === 'long' &&
        at(row, 'measure') === 'cross-entropy-difference',
    )!
    expect(['difference', 'difference_low', 'holm_p', 'hedges_g', 'pairs'].map(name => Number(at(row, name)))).toEqual([
      contrast.mean,
      contrast.interval!.low,
      contrast.test!.holmP,
      contrast.effect!.g,
      8,
    ])
    expect(rows.filter(row => at(row, 'verdict') !== '')).toHaveLength(4)
    const retention = rows.find(row => at(row, 'measure') === 'retention')!
    expect([Number(at(retention, 'floor')), at(retention, 'at_floor')]).toEqual([comparison.retention!.floor, 'false'])
    expect(rows.some(row => at(row, 'max') === 'Infinity')).toBe(true)
  })
  it('of values has one row for each run and measure', () => {
    const [header, ...rows] = parseCsv(comparisonValuesCsv(comparison))
    expect(header).toEqual(['study', 'weights', 'plan', 'seed', 'bin', 'measure', 'value'])
    expect(rows).toHaveLength(8 * 3 * (3 * 5 + 1))
  })
  it('quotes what needs it', () => {
    const rows = parseCsv(comparisonCsv(comparisonOf(HOSTILE)))
    expect(rows[1]![0]).toBe(HOSTILE)
    expect(new Set(rows.map(row => row.length)).size).toBe(1)
  })
})

describe('Markdown', () => {
  it('holds headline, all tables and all sentences; better rows are bold', () => {
    const text = comparisonMarkdown(comparison)
    expect(text.startsWith('# Memory frozen\n\nCross-entropy difference on long: Memory frozen better')).toBe(true)
    expect(text.match(/^\| plan \|/gm)).toHaveLength(9)
    expect(text).toMatch(/^\| \*\*Memory frozen\*\* \| \*\*8\*\* \|/m)
    for (const { verdict } of comparison.contrasts) expect(unescapeMarkdown(text)).toContain(`- ${verdict.text}`)
  })
  it('shows any title as it is, in one cell', () => {
    const lines = comparisonMarkdown(comparisonOf(HOSTILE)).split('\n')
    const columns = (line: string): number => line.replace(/\\./g, '').split('|').length
    const tables = lines.filter(line => line.startsWith('|'))
    const accuracy = tables.slice(0, 5).map(columns)
    expect(new Set(accuracy).size).toBe(1)
    expect(unescapeMarkdown(tables[3]!)).toContain('a|b, "c" & 50 % of $x_1^{2}~\\ <i>#1</i> line')
  })
})

describe('LaTeX', () => {
  it('has a caption that says what the figures are and of how many seeds; better rows are bold', () => {
    const text = comparisonLatex(comparison)
    expect(text.match(/\\begin\{tabular\}/g)).toHaveLength(9)
    expect(text).toContain(
      '\\caption{Memory frozen: Accuracy, share of symbols, mean [95 \\% interval]. 8 seeds for each plan; weights of the best validation epoch.}',
    )
    expect(text).toMatch(
      /\\textbf\{Memory frozen\} & \\textbf\{8\} & \\textbf\{\$-\$0\.\d+ \[\$-\$0\.\d+, \$-\$0\.\d+\]\}/,
    )
    expect(text).toContain('1.221 (1.221--$\\infty$)')
  })
  it('escapes any title', () => {
    const text = comparisonLatex(comparisonOf(HOSTILE))
    expect(text).toContain(
      "a\\textbar{}b, ''c'' \\& 50 \\% of \\$x\\_1\\textasciicircum{}\\{2\\}\\textasciitilde{}\\textbackslash{} \\textless{}i\\textgreater{}\\#1\\textless{}/i\\textgreater{} line",
    )
    expect(comparisonLatex(comparisonOf('[3] first'))).toContain('    {}[3] first & ')
  })
})

/** A reader of RFC 4180, written for this test. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (let i = 0; i < text.length;) {
    const row = rows.at(-1)!
    const [whole, quoted, bare] = /^(?:"((?:[^"]|"")*)"|([^,\r\n"]*))/.exec(text.slice(i))!
    row.push(quoted !== undefined ? quoted.replaceAll('""', '"') : bare!)
    i += whole.length
    if (text.startsWith('\r\n', i)) {
      i += 2
      if (i < text.length) rows.push([])
    } else if (text[i] === ',') i++
    else throw new Error(`neither comma nor line end at ${i}: ${text.slice(i, i + 20)}`)
  }
  return rows
}

const unescapeMarkdown = (text: string): string => text.replace(/\\(.)/g, '$1')
