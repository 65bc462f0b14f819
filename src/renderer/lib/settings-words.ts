/** Settings of a study file in words: what a person reads where configurations are held against each other. */

const NAMES: Readonly<Record<string, string>> = {
  'task.id': 'Task',
  'model.controller.id': 'Controller',
  'model.controller.units': 'Controller units',
  'model.memory.id': 'Memory',
  'data.train.lengths': 'Training lengths',
  'data.train.strings': 'Training strings',
  'data.validation.lengths': 'Validation lengths',
  'data.validation.strings': 'Validation strings',
  'evaluation.bins': 'Test ranges',
  'training.batch': 'Strings in a batch',
  'training.epochs': 'Epochs',
  'training.optimizer.id': 'Optimizer',
  'training.learningRate': 'Learning rate',
  'training.learningRate.logUniform': 'Learning rate',
  'training.clipNorm': 'Clip norm',
  'training.clipNorm.logUniform': 'Clip norm',
  'training.earlyStop.patience': 'Early stop',
  'training.device': 'Device',
  firstLearningRate: 'First learning rate',
  plan: 'Frozen',
  plans: 'Plans',
  seed: 'Seed',
  study: 'Study',
}

/** "Learning rate", "Memory: stack depth". */
export function settingName(path: string): string {
  const known = NAMES[path]
  if (known) return known
  const parts = path.split('.').map(words)
  const [head = '', ...rest] = parts.slice(-2)
  return capital(rest.length === 0 ? head : `${head}: ${rest.join(' ')}`)
}

/** learningRate as "learning rate", with-hyphens as they are. */
const words = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
const capital = (text: string): string => text.replace(/^./, letter => letter.toUpperCase())

interface Span {
  readonly what: string | readonly string[]
  readonly from?: unknown
  readonly until?: unknown
}

/** A value in words; nothing is a dash. */
export function settingValue(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return listWords(value)
  const record = value as Readonly<Record<string, unknown>>
  if (Array.isArray(record.logUniform)) return `by seed, ${record.logUniform.map(String).join(' to ')}`
  if (typeof record.name === 'string' && Array.isArray(record.lengths)) return rangeWords(record.lengths)
  if (typeof record.id === 'string' && Object.keys(record).length === 1) return record.id
  return Object.entries(record)
    .map(([key, inner]) => `${words(key)} ${settingValue(inner)}`)
    .join(', ')
}

function listWords(values: readonly unknown[]): string {
  if (values.length === 0) return 'nothing'
  if (values.length === 2 && values.every(value => typeof value === 'number')) return rangeWords(values)
  return values.map(value => (isSpan(value) ? spanWords(value) : settingValue(value))).join('; ')
}

const rangeWords = (ends: readonly unknown[]): string => ends.map(String).join('–')
const isSpan = (value: unknown): value is Span => typeof value === 'object' && value !== null && 'what' in value

/** "memory", "controller from epoch 3 until the loss stalls for 2 epochs". */
function spanWords({ what, from, until }: Span): string {
  const parts = typeof what === 'string' ? what : what.join(' and ')
  return [parts, whenWords('from', from, 'start'), whenWords('until', until, 'end')]
    .filter(text => text !== '')
    .join(' ')
}

function whenWords(word: string, when: unknown, usual: string): string {
  if (when === undefined || when === usual) return ''
  if (typeof when !== 'object' || when === null) return `${word} ${String(when)}`
  const { epoch, epochs, plateau } = when as { epoch?: number; epochs?: number; plateau?: number }
  if (epoch !== undefined) return `${word} epoch ${epoch}`
  if (epochs !== undefined) return `for ${epochs} epochs`
  return `${word} the loss stalls for ${plateau ?? 0} epochs`
}
