import type { Arithmetic } from '../../shared/run-events.ts'
import { controllers } from '../../engine/controllers/index.ts'
import { memories } from '../../engine/memories/index.ts'
import { optimizers } from '../../engine/optimizers/index.ts'
import { tasks } from '../../engine/tasks/index.ts'
import type { Option, Options } from '../../shared/options.ts'
import { AUTO, AUTO_NOTE, devices } from '../devices/index.ts'

/** What the lab has to offer, as plain records. */

/** `allowed`: the range or the choices, in words. */
export interface OptionInfo extends Omit<Option, 'parse'> {
  readonly name: string
  readonly allowed: string
}
export interface PartInfo {
  readonly id: string
  readonly title: string
  readonly source: string
  readonly options: readonly OptionInfo[]
}
/** `form`: the strings as a formula. */
export interface TaskInfo extends PartInfo {
  readonly form: string
  readonly isText: boolean
}
/** `note`: what it is, or why it is not available and how to get it. */
export interface DeviceInfo {
  readonly id: string
  readonly title: string
  readonly isDefault: boolean
  readonly available: boolean
  readonly note: string
  readonly arithmetic?: Arithmetic
}

export const listTasks = (): TaskInfo[] =>
  Object.values(tasks).map(task => ({ ...partInfo(task), form: task.form, isText: task.reads === 'text' }))
export const listMemories = (): PartInfo[] => Object.values(memories).map(partInfo)
export const listControllers = (): PartInfo[] => Object.values(controllers).map(partInfo)
export const listOptimizers = (): PartInfo[] => Object.values(optimizers).map(partInfo)

export async function listDevices(): Promise<DeviceInfo[]> {
  const listed = devices.map(async (device, i) => ({
    id: device.id,
    title: device.title,
    isDefault: i === 0,
    ...(await device.state()),
  }))
  return [
    ...(await Promise.all(listed)),
    { id: AUTO, title: 'The fastest', isDefault: false, available: true, note: AUTO_NOTE },
  ]
}

function partInfo({
  id,
  title,
  source,
  options,
}: {
  readonly id: string
  readonly title: string
  readonly source: string
  readonly options: Options
}): PartInfo {
  return {
    id,
    title,
    source,
    options: Object.entries(options).map(([name, { parse: _, ...option }]) => ({
      name,
      ...option,
      allowed: allowed(option),
    })),
  }
}

const NOUNS = {
  int: 'whole number',
  real: 'number',
  ints: 'list of whole numbers',
  choice: '',
  flag: 'true or false',
  text: 'text',
  path: 'path',
} as const

function allowed({ kind, min, max, choices, words = {} }: Omit<Option, 'parse'>): string {
  if (kind === 'choice') return choices!.join(', ')
  const range =
    min !== undefined && max !== undefined
      ? ` from ${min} to ${max}`
      : min !== undefined
        ? ` of at least ${min}`
        : max !== undefined
          ? ` of at most ${max}`
          : ''
  return [
    NOUNS[kind] + (kind === 'ints' && range ? `, each${range}` : range),
    ...Object.entries(words).map(([word, value]) => `${value}: ${word}`),
  ].join('; ')
}
