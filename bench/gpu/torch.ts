import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { languageProblem, type LanguageSizes } from '../language.ts'
import { converse, type Conversation } from '../peers/conversation.ts'
import type { Missing, Peer, Timed } from '../peers/peer.ts'
import { PYTHON } from '../peers/pytorch.ts'
import { INPUTS, LEARNING_RATE, problem, type Sizes, type StudiedId } from '../problem.ts'
import { PLANS, type PlanId } from './plans.ts'

/** PyTorch's forms: one launch an operation, or the whole step recorded once as a CUDA graph and replayed. The goal names the first. */
export type FormId = 'eager' | 'captured'
export const FORMS: Readonly<Record<FormId, string>> = { eager: 'eager', captured: 'captured as a CUDA graph' }

const PROGRAM = join(import.meta.dirname, '../pytorch/gpu.py')

/** A process that has PyTorch and a GPU, and any number of problems. */
export class Torch {
  readonly form: FormId
  /** PyTorch's version, and the card it computes on. */
  readonly title: string
  readonly #talk: Conversation

  private constructor(form: FormId, title: string, talk: Conversation) {
    this.form = form
    this.title = title
    this.#talk = talk
  }

  static async open(form: FormId, device: 'cuda' | 'cpu'): Promise<Torch | Missing> {
    const named = { id: form, title: `PyTorch, ${FORMS[form]}` }
    if (!existsSync(PYTHON))
      return {
        ...named,
        missing: 'not installed; bench/pytorch/setup.sh installs it, with TORCH_CUDA=1 for use on a GPU',
      }
    const talk = converse(PYTHON, [PROGRAM, '--form', form, '--device', device])
    const found = JSON.parse(await talk.ask('{}')) as { torch: string; device: string | null }
    if (found.device !== null) return new Torch(form, `PyTorch ${found.torch} on ${found.device}, ${FORMS[form]}`, talk)
    await talk.close()
    return {
      ...named,
      missing: `PyTorch ${found.torch} finds no CUDA here; TORCH_CUDA=1 bench/pytorch/setup.sh installs it with its CUDA libraries`,
    }
  }

  async study(model: StudiedId, sizes: Sizes, plan: PlanId, seed = 1): Promise<Peer> {
    const given = problem(model, sizes, seed)
    return this.#peer(plan, `${this.title}, ${plan}`, {
      model,
      learningRate: LEARNING_RATE,
      frozen: PLANS[plan].map(component => `${component}.`),
      weights: Object.fromEntries([...given.weights].map(([name, { values }]) => [name, [...values]])),
      targets: given.strings.map(string => [...string, INPUTS]),
    })
  }

  language(sizes: LanguageSizes): Promise<Peer> {
    return this.#peer('language', `${this.title}, nn.LSTM`, languageProblem(sizes))
  }

  /** Frees what the problems take. */
  async drop(): Promise<void> {
    await this.#talk.ask('{"drop": true}')
  }

  close(): Promise<void> {
    return this.#talk.close()
  }

  async #peer(name: string, title: string, payload: object): Promise<Peer> {
    await this.#talk.ask(JSON.stringify({ ...payload, problem: name }))
    return {
      id: `${this.form} ${name}`,
      title,
      close: () => Promise.resolve(),
      run: async steps => JSON.parse(await this.#talk.ask(JSON.stringify({ run: name, steps }))) as Timed,
    }
  }
}
