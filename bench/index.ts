import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../src/shared/errors.ts'
import { judge } from './goals.ts'
import { compileWasm, hasKernel } from './kernels/build.ts'
import { openOurLanguageModel, openTorchLanguageModel } from './language.ts'
import { agreement, alternate, type Measured, type Plan } from './measure.ts'
import { parseOptions, USAGE, type BenchOptions, type PeerId } from './options.ts'
import { openNative } from './peers/native.ts'
import { openOurs } from './peers/ours.ts'
import { isMissing, type Missing, type Peer } from './peers/peer.ts'
import { openPyTorch } from './peers/pytorch.ts'
import { openWasm } from './peers/wasm.ts'
import { problem, USUAL, type ModelId } from './problem.ts'
import { comparison, goalsTable, machine, markdown, resultName, workersTable } from './report.ts'
import { merged, type Recorded, type Results } from './results.ts'
import { twoWorkers, type TwoWorkers } from './two-workers.ts'

type Opening = Promise<Peer | Missing>

/** PyTorch's forms of each model; the first is the one that a goal names, unless goals.ts says otherwise. */
const PYTORCH: Readonly<Record<ModelId, readonly { id: string; form: string; title: string }[]>> = {
  lstm: [
    { id: 'pytorch', form: 'lstm', title: 'step by step' },
    { id: 'pytorch-whole', form: 'lstm-whole', title: 'nn.LSTM over the whole string' },
  ],
  'superposition-stack': [{ id: 'pytorch', form: 'superposition-stack', title: 'step by step' }],
  'stratification-stack': [
    { id: 'pytorch', form: 'stratification-stack', title: 'step by step, all elements at once' },
    { id: 'pytorch-by-element', form: 'stratification-stack-by-element', title: 'step by step, element by element' },
  ],
  'nondeterministic-stack': [
    { id: 'pytorch', form: 'nondeterministic-stack', title: 'step by step, all runs of a step at once' },
  ],
}

class Bench {
  readonly #options: BenchOptions
  readonly #plan: Plan
  #ours = false
  /** One line for each thing that was found or is missing. */
  readonly notes = new Set<string>()

  constructor(options: BenchOptions) {
    this.#options = options
    this.#plan = { rounds: options.rounds, slice: 50, warmUp: 400 }
  }

  async run(): Promise<Results> {
    const { models, sections } = this.#options
    const peers: Partial<Record<ModelId, Measured[]>> = {},
      frozen: Partial<Record<ModelId, Measured[]>> = {}
    this.#ours = this.#has('ours') && (await this.#opensOurs())
    if (sections.includes('peers')) for (const model of models) peers[model] = await this.#comparePeers(model)
    if (sections.includes('frozen') && this.#ours)
      for (const model of models.filter(model => model !== 'lstm')) frozen[model] = await this.#compareFrozen(model)
    const sizes = sections.includes('sizes') && this.#ours ? await this.#compareSizes() : []
    const workers = sections.includes('workers') ? await this.#compareWorkers() : []
    const language = sections.includes('language') ? await this.#compareLanguage() : []
    return { peers, frozen, sizes, workers, language }
  }

  async #comparePeers(model: ModelId): Promise<Measured[]> {
    const given = problem(model)
    const kernels: [PeerId, () => Opening][] = hasKernel(model)
      ? [
          ['wasm', () => openWasm(given, model, false)],
          ['wasm-relaxed', () => openWasm(given, model, true)],
          ['native', () => openNative(given, model)],
        ]
      : []
    return this.#compare(
      `Peers · ${model}`,
      [
        ...(this.#ours ? [() => openOurs(model, USUAL)] : []),
        ...kernels.filter(([id]) => this.#has(id)).map(([, open]) => open),
        ...(this.#has('pytorch')
          ? PYTORCH[model].map(form => () => openPyTorch(given, { ...form, golden: this.#options.golden }))
          : []),
      ],
      20,
    )
  }

  #compareFrozen(model: ModelId): Promise<Measured[]> {
    return this.#compare(
      `Frozen · ${model}`,
      [undefined, 'memory' as const, 'controller' as const].map(frozen => () => openOurs(model, USUAL, frozen)),
      0,
    )
  }

  #compareSizes(): Promise<Measured[]> {
    const sizes = [10, 32].flatMap(batch => [60, 200].map(length => ({ batch, length })))
    return this.#compare(
      'Sizes · superposition-stack',
      sizes.map(size => async () => {
        const peer = await openOurs('superposition-stack', size)
        return {
          ...peer,
          id: `batch-${size.batch}-length-${size.length}`,
          title: `batch ${size.batch}, length ${size.length}`,
        }
      }),
      0,
    )
  }

  #compareLanguage(): Promise<Measured[]> {
    return this.#compare(
      'Language model',
      [
        ...(this.#ours ? [() => openOurLanguageModel(1), () => openOurLanguageModel(2)] : []),
        ...(this.#has('pytorch') ? [() => openTorchLanguageModel(1), () => openTorchLanguageModel(2)] : []),
      ],
      5,
    )
  }

  async #compareWorkers(): Promise<TwoWorkers[]> {
    const model = 'superposition-stack'
    const found: TwoWorkers[] = []
    const time = async (title: string, kernel?: string): Promise<void> => {
      found.push(
        await twoWorkers(
          title,
          { model, ...(kernel === undefined ? {} : { kernel }) },
          { rounds: this.#options.rounds, milliseconds: 200 },
        ),
      )
    }
    if (this.#ours) await time('our engine')
    const kernel = this.#has('wasm') ? await compileWasm(model, USUAL, false) : undefined
    if (kernel && 'path' in kernel) await time('hand-written C, WASM SIMD', kernel.path)
    if (found.length > 0) this.#print('Two workers', workersTable(found))
    return found
  }

  async #compare(title: string, openings: readonly (() => Opening)[], updates: number): Promise<Measured[]> {
    const opened: Peer[] = []
    try {
      for (const open of openings) {
        const peer = await open()
        if (!this.#isMissing(peer)) opened.push(peer)
      }
      if (updates > 0 && opened.length > 1)
        this.#note(
          `${title}: losses over ${updates} updates agree within ${(await agreement(opened, updates)).toExponential(0)}.`,
        )
      const measured = await alternate(opened, this.#plan)
      if (measured.length > 0) this.#print(title, comparison(measured))
      return measured
    } finally {
      await Promise.all(opened.map(peer => peer.close()))
    }
  }

  async #opensOurs(): Promise<boolean> {
    const ours = await openOurs('lstm', USUAL)
    if (this.#isMissing(ours)) return false
    await ours.close()
    return true
  }

  #has(peer: PeerId): boolean {
    return this.#options.peers.includes(peer)
  }

  #isMissing(peer: Peer | Missing): peer is Missing {
    if (!isMissing(peer)) return false
    this.#note(`${peer.title}: ${peer.missing}.`)
    return true
  }

  #note(line: string): void {
    if (!this.notes.has(line)) console.log(`\n${line}`)
    this.notes.add(line)
  }

  #print(title: string, table: string): void {
    console.log(`\n${title}\n${table}`)
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    console.log(USAGE)
    return 0
  }
  const bench = new Bench(options),
    host = machine()
  const measured = await bench.run()
  const folder = join(import.meta.dirname, 'results'),
    name = options.name ?? resultName(host)
  const { results, notes } = merged(await recorded(join(folder, `${name}.json`)), {
    results: measured,
    notes: [...bench.notes],
  })
  const goals = judge(results)
  console.log(`\nGoals\n${goalsTable(results)}`)
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, `${name}.json`),
    `${JSON.stringify({ machine: host, goals, notes, ...results }, null, 2)}\n`,
  )
  await writeFile(join(folder, `${name}.md`), markdown(results, host, notes))
  console.log(`\nWritten to bench/results/${name}.json and .md`)
  return options.strict && goals.some(({ met }) => met === false) ? 1 : 0
}

/** What an earlier run wrote there. */
async function recorded(path: string): Promise<Recorded | undefined> {
  try {
    const { notes, peers, frozen, sizes, workers, language } = JSON.parse(await readFile(path, 'utf8')) as Results & {
      notes: string[]
    }
    return { notes, results: { peers, frozen, sizes, workers, language } }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof InputError ? error.message : error)
  process.exitCode = error instanceof InputError ? 2 : 1
}
