import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical, sha256 } from './digests.ts'
import {
  engineIn,
  type Alphabet,
  type Batch,
  type Engine,
  type Executor,
  type Language,
  type Model,
  type Study,
} from './engine.ts'
import { modulesDuring } from './modules.ts'
import { trainedStudies } from './trained-studies.ts'

/**
 * `probe.ts ROOT PRESETS TEXT` prints, as JSON, digests of what the source tree in ROOT computes, of the study files in the
 * folder PRESETS and of the file TEXT among others: by kind, and by what they are of. What it says of two trees is compared by
 * `scripts/same.ts`. It imports nothing of the tree that it lies in: all of the engine comes from ROOT.
 */

export type Digests = Record<string, string>
export type Probed = Record<Kind, Digests>
export type Kind = 'strings' | 'programs' | 'losses' | 'weights' | 'checkpoints' | 'identities'

// Strings.

const SEEDS = [1, 2, 3]
const LONGEST = 80
const LENGTHS = 12

function probeStrings({ tasks, openLanguage, chance }: Engine): Digests {
  const digests: Digests = {}
  for (const [id, task] of Object.entries(tasks)) {
    if (task.reads === 'text') continue
    const language = openLanguage(task, {})
    const valid = Array.from({ length: LONGEST + 1 }, (_, length) => length).filter(length => language.valid(length))
    const lengths = valid.filter((_, i) => i % Math.ceil(valid.length / LENGTHS) === 0)
    const drawn = SEEDS.flatMap(seed =>
      lengths.map(length => language.sample(chance(seed).fork(String(length)), length)),
    )
    digests[id] = sha256(JSON.stringify(drawn))
    digests[`${id}, their probabilities`] = sha256(canonical(drawn.map(string => language.logProbability(string))))
  }
  return digests
}

// Programs.

const FROZEN: Readonly<Record<string, readonly string[]>> = {
  'everything trained': [],
  'memory frozen': ['memory'],
  'controller frozen': ['controller'],
  'only the classifier trained': ['embedding', 'controller', 'memory'],
}

/** What is compiled for each different model of a study file; of each two that are equal, once. */
async function probePrograms(
  engine: Engine,
  file: string,
  studies: readonly Study[],
  seen: Set<string>,
): Promise<Digests> {
  const digests: Digests = {}
  for (const study of studies) {
    const { model: spec, training } = study
    const alphabet = alphabetOf(engine, study)
    const key = canonical([spec, alphabet, training.optimizer, training.batch])
    if (seen.has(key)) continue
    seen.add(key)
    const add = (program: string, modules: readonly Uint8Array[]): void => {
      modules.forEach((bytes, i) => {
        digests[`${file}: ${study.name}, ${program}${modules.length > 1 ? ` ${i + 1}` : ''}`] =
          `${sha256(bytes)} ${bytes.length}`
      })
    }
    const model = engine.buildModel(spec, alphabet)
    let executor: Executor
    add(
      'updates',
      await modulesDuring(
        async () => (executor = await engine.findDevice('wasm').open(model, { optimizer: training.optimizer })),
      ),
    )
    const batch = smallBatch(model, training.batch)
    for (const [program, frozen] of Object.entries(FROZEN)) {
      executor!.setTrainable(
        new Set(model.parameters.filter(({ component }) => !frozen.includes(component)).map(({ name }) => name)),
      )
      add(program, await modulesDuring(() => executor.step(batch, { learningRate: 1e-3, clipNorm: 1 })))
    }
    add('evaluation', await modulesDuring(() => executor.evaluate(batch)))
    if (model.reads === 'strings') add('trace', await modulesDuring(() => executor.trace(Int32Array.of(0, 1, 0))))
    executor!.dispose()
  }
  return digests
}

/** Programs do not depend on the length: a short one is quick. */
function smallBatch({ inputs, reads }: Model, size: number): Batch {
  const length = 2
  const symbols = Int32Array.from({ length: size * length }, (_, k) => k % inputs)
  return { size, length, symbols, ...(reads === 'text' ? { next: new Int32Array(size) } : {}) }
}

/** The treebank is licensed: who has none still knows how many words it has. */
const TREEBANK = { words: 10_000 }
const languageIn = ({ languageOf }: Engine, study: Study): Language | undefined =>
  study.task.id === 'penn-treebank' ? undefined : languageOf(study)

function alphabetOf(engine: Engine, study: Study): Alphabet {
  const language = languageIn(engine, study)
  if (!language) return TREEBANK
  return language.corpus ? { words: language.symbols.length } : language.symbols.length
}

// Identities.

function probeIdentities(engine: Engine, file: string, studies: readonly Study[]): Digests {
  const digests: Digests = {}
  for (const study of studies) {
    const { parameters } = engine.buildModel(study.model, alphabetOf(engine, study))
    const run = { study, seed: study.seeds[0], corpus: languageIn(engine, study)?.corpus }
    for (const plan of study.plans)
      digests[`${file}: ${study.name}, ${plan.id}`] = sha256(canonical(engine.identify({ ...run, plan }, parameters)))
  }
  return digests
}

// Training.

async function probeTraining(
  engine: Engine,
  content: object,
  found: Pick<Probed, 'losses' | 'weights' | 'checkpoints'>,
): Promise<void> {
  for (const study of engine.parseStudies(content)) {
    const language = engine.languageOf(study)
    const model = engine.buildModel(study.model, alphabetOf(engine, study))
    for (const plan of study.plans) {
      const executor = await engine.findDevice('wasm').open(model, { optimizer: study.training.optimizer })
      const [losses, scores]: [unknown[], unknown[]] = [[], []]
      // Time stands still, so that nothing depends on it.
      const run = {
        study,
        plan,
        seed: study.seeds[0],
        language,
        executor,
        now: () => 0,
        checkpointEverySeconds: Infinity,
      }
      for await (const event of engine.trainRun(run)) {
        if (event.kind === 'epoch') losses.push(event.trainLoss)
        if (event.kind === 'epoch') scores.push(sumsIn(event.validation))
        if (event.kind === 'evaluation') scores.push(sumsIn(event.scores))
        if (event.kind === 'checkpoint')
          keepCheckpoint(`${study.name}, ${plan.id}, ${String(event.which)}`, event.bytes as Uint8Array, found)
      }
      const { nats } = await executor.evaluate(smallBatch(model, study.training.batch))
      executor.dispose()
      found.losses[`${study.name}, ${plan.id}`] = sha256(canonical([losses, [...nats]]))
      found.losses[`${study.name}, ${plan.id}, scores`] = sha256(canonical(scores))
    }
  }
}

/** The sums that scores are made of, whatever else is said beside them. A version that tells them in another way is read here as well. */
function sumsIn(score: unknown): unknown {
  if (Array.isArray(score)) return score.map(sumsIn)
  const { length, symbols, nats, correct } = score as Readonly<Record<string, unknown>>
  return [length, symbols, nats, correct]
}

/** The newest of its kind. */
function keepCheckpoint(
  name: string,
  bytes: Uint8Array,
  { weights, checkpoints }: Pick<Probed, 'weights' | 'checkpoints'>,
): void {
  const header = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const { __metadata__: _, ...tensors } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header))) as Record<
    string,
    { data_offsets: [number, number] }
  >
  const parts = Object.entries(tensors)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(
      ([
        tensor,
        {
          data_offsets: [from, to],
        },
      ]) => [tensor, bytes.subarray(8 + header + from, 8 + header + to)],
    )
  weights[name] = sha256(...parts)
  checkpoints[name] = sha256(bytes)
}

async function probe(root: string, presets: string, textPath: string): Promise<Probed> {
  const engine = await engineIn(root)
  const found: Probed = {
    strings: probeStrings(engine),
    programs: {},
    losses: {},
    weights: {},
    checkpoints: {},
    identities: {},
  }
  const seen = new Set<string>()
  for (const file of readdirSync(presets)
    .filter(name => name.endsWith('.json'))
    .sort()) {
    const studies = engine.parseStudies(JSON.parse(readFileSync(join(presets, file), 'utf8')))
    Object.assign(found.programs, await probePrograms(engine, file, studies, seen))
    Object.assign(found.identities, probeIdentities(engine, file, studies))
  }
  for (const content of trainedStudies(textPath)) await probeTraining(engine, content, found)
  return found
}

const [root, presets, textPath] = process.argv.slice(2)
process.stdout.write(JSON.stringify(await probe(root!, presets!, textPath!)))
