/** A file to write: its name in the catalogue's folder, and its text. */
export interface Written {
  readonly name: string
  readonly text: string
}

/** What `npm run new` starts from: parts that work and pass their laws, to be changed into what is wanted. */
export const TEMPLATES: Readonly<Record<string, (id: string, title: string) => Written[]>> = {
  memory,
  task,
  controller,
}

function memory(id: string, title: string): Written[] {
  return [
    {
      name: `${id}.ts`,
      text: `import { int } from '../../shared/options.ts'
import { add, matvec, multiply, tanh } from '../algebra/index.ts'
import { xavier, zeros } from '../parameters.ts'
import { defineMemory } from './memory.ts'

/** cells <- (cells + written) / 2, where written = tanh(weights · hidden + bias); the whole memory is read. */
export default defineMemory({
  id: '${id}', title: '${title}', source: 'author and year, identifier of the paper',
  options: { width: int({ default: 10, min: 1, max: 4096, doc: 'units in the memory' }) },
  examples: [{ width: 3 }],
  params: ({ hidden }, { width }) => ({ write: { weights: xavier([width, hidden]), bias: zeros([width]) } }),
  state: (_, { width }) => ({ cells: [width] }),
  reading: ({ cells }) => cells,
  step({ cells }, hidden, p) {
    const written = tanh(add(matvec(p.write.weights, hidden), p.write.bias))
    return { state: { cells: multiply(0.5, add(cells, written)) }, trace: { written } }
  },
})
`,
    },
    {
      name: `${id}.test.ts`,
      text: `import { expect, it } from 'vitest'
import { InterpretedExecutor } from '../devices/interpreter/executor.ts'
import { buildModel } from '../model.ts'
import { float64 } from '../testing/float64.ts'
import { lively } from '../testing/model-laws.ts'

// That gradients are right and all devices agree is checked for every memory in ../model.test.ts. Here: what this one means.

it('keeps half of what it had and half of what is written', () => {
  const width = 3
  const model = buildModel({ controller: { id: 'lstm', units: 4 }, memory: { id: '${id}', width } }, 2)
  const executor = new InterpretedExecutor(model, { id: 'adam' }, float64)
  for (const [name, values] of lively(model, 1)) executor.write(name, values)
  const trace = executor.trace(Int32Array.of(0, 1, 1, 0))
  const row = (name: string, step: number): number[] => [...trace[name]!.data.subarray(step * width, (step + 1) * width)]

  // Row 0 stands for the time before the first symbol.
  expect(row('memory.reading', 1)).toEqual([0, 0, 0])
  for (const step of [2, 3, 4]) {
    const before = row('memory.reading', step - 1)
    const expected = row('memory.written', step - 1).map((written, unit) => (before[unit]! + written) / 2)
    row('memory.reading', step).forEach((value, unit) => expect(value).toBeCloseTo(expected[unit]!, 6))
  }
})
`,
    },
  ]
}

function task(id: string, title: string): Written[] {
  return [
    {
      name: `${id}.ts`,
      text: `import { repeatedSymbols } from './grammar/grammar-language.ts'
import { defineTask, requireLength } from './task.ts'
import { drawWord, isWord, kinds, shown } from './words/words.ts'

const sum = (word: readonly number[]): number => word.reduce((a, b) => a + b, 0)

export default defineTask({
  id: '${id}',
  title: '${title}',
  source: 'author and year, identifier of the paper',
  form: 'w s, where s is the sum of w modulo the kinds of symbol',
  options: { kinds },
  language: ({ kinds }) => {
    const valid = (length: number): boolean => Number.isInteger(length) && length >= 1
    const accepts = (string: readonly number[]): boolean =>
      string.length >= 1 && isWord(string, kinds) && string.at(-1) === sum(string.slice(0, -1)) % kinds
    const entropy = (length: number): number => { requireLength(valid, length); return (length - 1) * Math.log(kinds) }
    return {
      symbols: shown(kinds),
      valid,
      accepts,
      entropy,
      sample(chance, length) {
        requireLength(valid, length)
        const word = drawWord(chance, length - 1, kinds)
        return [...word, sum(word) % kinds]
      },
      logProbability: string => accepts(string) ? -entropy(string.length) : -Infinity,
      trivialCorrect: string => repeatedSymbols(string, 1 / kinds),
    }
  },
})
`,
    },
    {
      name: `${id}.test.ts`,
      text: `import { expect, it } from 'vitest'
import task from './${id}.ts'
import { openLanguage } from './task.ts'

// That sampler, recogniser and probabilities agree is checked for every task in tasks.test.ts. Here: what this one means.

const language = openLanguage(task, { kinds: 3 })

it('ends with the sum of its symbols', () => {
  expect(language.accepts([1, 2, 2, 2])).toBe(true)
  expect(language.accepts([1, 2, 2, 1])).toBe(false)
  expect(language.accepts([])).toBe(false)
})

it('draws every word with the same probability', () => {
  expect(language.logProbability([1, 2, 2, 2])).toBeCloseTo(-3 * Math.log(3), 12)
})
`,
    },
  ]
}

function controller(id: string, title: string): Written[] {
  return [
    {
      name: `${id}.ts`,
      text: `import { int } from '../../shared/options.ts'
import { add, matvec, tanh } from '../algebra/index.ts'
import { uniform, type DeclaredGroups } from '../parameters.ts'
import { defineController } from './controller.ts'

/** hidden <- tanh(input weights · input + hidden weights · hidden + reading weights · reading + bias) */
export default defineController({
  id: '${id}', title: '${title}', source: 'author and year, identifier of the paper',
  options: { units: int({ default: 20, min: 1, max: 8192, doc: 'units' }) },
  examples: [{ units: 5 }],
  params: ({ inputs, reading }, { units }): DeclaredGroups => ({
    input: { weights: uniform([units, inputs]), bias: uniform([units]) },
    hidden: { weights: uniform([units, units]) },
    ...(reading > 0 && { reading: { weights: uniform([units, reading]) } }),
  }),
  state: ({ units }) => ({ hidden: [units] }),
  output: ({ hidden }) => hidden,
  step({ hidden }, input, reading, p) {
    const seen = add(matvec(p.input!.weights!, input), matvec(p.hidden!.weights!, hidden), p.input!.bias!)
    const next = tanh(reading ? add(seen, matvec(p.reading!.weights!, reading)) : seen)
    return { state: { hidden: next } }
  },
})
`,
    },
    {
      name: `${id}.test.ts`,
      text: `import { expect, it } from 'vitest'
import { InterpretedExecutor } from '../devices/interpreter/executor.ts'
import { buildModel } from '../model.ts'
import { float64 } from '../testing/float64.ts'
import { lively } from '../testing/model-laws.ts'

// That gradients are right and all devices agree is checked for every controller in ../model.test.ts. Here: what this one means.

it('adds up what it sees and what it was, and squashes the sum', () => {
  const units = 4, inputs = 2, symbols = [0, 1, 1, 0]
  const model = buildModel({ controller: { id: '${id}', units }, memory: { id: 'none' } }, inputs)
  const executor = new InterpretedExecutor(model, { id: 'adam' }, float64)
  for (const [name, values] of lively(model, 1)) executor.write(name, values)
  const [input, bias, recurrent] = ['input.weights', 'input.bias', 'hidden.weights'].map(name => executor.read(\`controller.\${name}\`))
  const found = executor.trace(Int32Array.from(symbols))['controller.hidden']!.data

  // Row 0 of a trace stands for the time before the first symbol.
  let hidden: number[] = Array.from({ length: units }, () => 0)
  symbols.forEach((symbol, step) => {
    const before = hidden
    hidden = before.map((_, unit) => Math.tanh(
      input![unit * inputs + symbol]! + bias![unit]! + before.reduce((sum, value, k) => sum + recurrent![unit * units + k]! * value, 0)))
    hidden.forEach((value, unit) => expect(found[(step + 1) * units + unit]).toBeCloseTo(value, 6))
  })
})
`,
    },
  ]
}
