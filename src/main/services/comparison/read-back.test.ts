import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Comparison, Measure, Summary } from '../../../shared/comparison.ts'
import { readFigure } from '../../../shared/figure.ts'
import { compare } from '../compare.ts'
import { comparisonCsv, comparisonValuesCsv } from './csv.ts'
import { comparisonLatex } from './latex.ts'
import { comparisonMarkdown } from './markdown.ts'
import { tablesOf } from './tables.ts'
import { inputOf, learner, runOf, SPEC, trivial } from './testing/study.ts'

/** What is exported is read as another program would, and compared by value with what it was made of. */

const TITLE = 'Memory & "more", 50 % of $x_1^{2}~\\ | #1 <b> … −1'
const spec = {
  ...SPEC,
  name: TITLE,
  plans: SPEC.plans.map(plan => (plan.id === 'frozen-memory' ? { ...plan, title: TITLE } : plan)),
}
const comparison: Comparison = compare(
  {
    ...inputOf(
      Array.from({ length: 8 }, (_, i) => i + 1).flatMap(seed => [
        runOf('full', seed, learner(0.6, 0.1 + 0.002 * (seed % 3))),
        runOf('frozen-memory', seed, learner(0.9, 0.07 + 0.003 * (seed % 2))),
        runOf('frozen-controller', seed, seed === 1 ? () => ({ accuracy: 0.5, loss: NaN }) : trivial),
      ]),
    ),
    spec,
  },
  { resamples: 200 },
)
const tables = tablesOf(comparison).map(({ columns, rows }) => [columns, ...rows.map(({ cells }) => cells)])

/** As `inf` and `-inf` are read. */
const numberIn = (field: string | undefined): number =>
  field === 'inf' ? Infinity : field === '-inf' ? -Infinity : Number(field)

describe('CSV', () => {
  const summaryOf = (plan: string, bin: string, measure: string): Summary => {
    const found = comparison.plans.find(({ id }) => id === plan)!
    return measure === 'retention' ? found.retention! : found.bins[bin]![measure as Measure]!
  }

  it('has every figure of every plan, to the bit', () => {
    const rows = csvRows(comparisonCsv(comparison))
    for (const row of rows) {
      const { values, ...summary } = summaryOf(row.plan!, row.bin!, row.measure!)
      expect(Number(row.seeds)).toBe(values.length)
      for (const name of ['mean', 'median', 'min', 'max'] as const) {
        if (summary[name] === null) expect(row[name]).toBe('')
        else expect(numberIn(row[name])).toBe(readFigure(summary[name]))
      }
      if (summary.meanInterval && summary.meanInterval.low !== null)
        expect([numberIn(row.mean_low), numberIn(row.mean_high)]).toEqual([
          readFigure(summary.meanInterval.low),
          readFigure(summary.meanInterval.high),
        ])
    }
    for (const { plan, target, mean, pairs, test } of comparison.contrasts) {
      const row = rows.find(
        one => one.plan === plan && one.measure === target.measure && one.bin === (target.bin ?? ''),
      )!
      if (mean !== null) expect(numberIn(row.difference)).toBe(readFigure(mean))
      expect(Number(row.pairs)).toBe(pairs.length)
      if (test) expect([Number(row.p), Number(row.holm_p)]).toEqual([test.p, test.holmP])
    }
    expect(rows.filter(({ plan }) => plan === 'frozen-memory').every(({ title }) => title === TITLE)).toBe(true)
  })

  it('has every run’s value, to the bit', () => {
    const rows = csvRows(comparisonValuesCsv(comparison))
    expect(rows.length).toBeGreaterThan(300)
    for (const { plan, bin, measure, seed, value } of rows) {
      const own = summaryOf(plan!, bin!, measure!).values.find(one => one.seed === Number(seed))
      if (own === undefined) expect(value).toBe('')
      else expect(numberIn(value)).toBe(readFigure(own.value))
    }
  })
})

it('Markdown has every cell of every table', () => {
  const blocks = comparisonMarkdown(comparison)
    .split('\n\n')
    .filter(block => block.startsWith('|'))
  const read = blocks.map(block =>
    block
      .trim()
      .split('\n')
      .filter((_, i) => i !== 1)
      .map(line =>
        line
          .slice(2, -2)
          .split(/(?<!\\) \| /)
          .map(cell => cell.replace(/^(\*\*|\*)([^]*)\1$/, '$2').replace(/\\(.)/g, '$1')),
      ),
  )
  expect(read).toEqual(tables)
})

describe('LaTeX', () => {
  const text = comparisonLatex(comparison)

  it('has every cell of every table', () => {
    const read = [...text.matchAll(/\\toprule([^]*?)\\bottomrule/g)].map(([, body]) =>
      body!
        .split('\\\\\n')
        .map(line =>
          line
            .replace(/\\midrule/g, '')
            .trimStart()
            .replace(/ $/, ''),
        )
        .filter(line => line.trim() !== '')
        .map(line => line.split(/(?<!\\) & /).map(plainText)),
    )
    expect(read).toEqual(tables.map(table => table.map(row => row.map(cell => cell.replaceAll('−', '-')))))
  })

  const has = spawnSync('pdflatex', ['--version']).status === 0
  it.runIf(has)('is set by pdflatex as it stands (runs where there is a pdflatex)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'permafrost-latex-'))
    try {
      const document = `\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n${text}\n\\end{document}\n`
      writeFileSync(join(folder, 'tables.tex'), document)
      const { status, stdout } = spawnSync('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', 'tables.tex'], {
        cwd: folder,
        encoding: 'utf8',
      })
      expect(status, stdout).toBe(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

it('JSON is the comparison', () => {
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison)
})

/** What LaTeX sets. */
function plainText(cell: string): string {
  const signs: [RegExp, string][] = [
    [/^\\textbf\{([^]*)\}$/, '$1'],
    [/^\{\}/, ''],
    [/\$-\$/g, '-'],
    [/\$\\infty\$/g, '∞'],
    [/\$\\cdot\$/g, '·'],
    [/\$\\times\$/g, '×'],
    [/--/g, '–'],
    [/''/g, '"'],
    [/\\dots\{\}/g, '…'],
    [/\\textasciitilde\{\}/g, '~'],
    [/\\textasciicircum\{\}/g, '^'],
    [/\\textless\{\}/g, '<'],
    [/\\textgreater\{\}/g, '>'],
    [/\\textbar\{\}/g, '|'],
    [/\\([&%$#_{}])/g, '$1'],
    [/\\textbackslash\{\}/g, '\\'],
  ]
  return signs.reduce((text, [sign, plain]) => text.replace(sign, plain), cell.trim())
}

function csvRows(text: string): Record<string, string>[] {
  const [head, ...rows] = text
    .trim()
    .split('\r\n')
    .map(line =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!,
      ),
    )
  return rows.map(row => Object.fromEntries(head!.map((name, i) => [name, row[i]!])))
}
