/** What a study's fields are called where people fill them in; `*` stands for a place in a list, counted from 1 in the name. */
const NAMES: Readonly<Record<string, string>> = {
  '': 'The study',
  name: 'Name',
  description: 'Description',
  task: 'Task',
  'task.id': 'Language',
  model: 'Model',
  'model.controller': 'Controller',
  'model.controller.id': 'Controller',
  'model.memory': 'Memory',
  'model.memory.id': 'Memory',
  'model.embedding': 'Embedding',
  'model.embedding.size': 'Embedding: size',
  'model.embedding.tied': 'Embedding: tied',
  'model.dropout': 'Dropout',
  'model.initial': 'Initial weights',
  plans: 'Freeze plans',
  'plans.*': 'Plan *',
  'plans.*.id': 'Plan *: id',
  'plans.*.title': 'Plan *: title',
  'plans.*.freeze': 'Plan *: what it freezes',
  'plans.*.freeze.*': 'Plan *, freeze *',
  'plans.*.freeze.*.what': 'Plan *, freeze *: what',
  'plans.*.freeze.*.what.*': 'Plan *, freeze *: what',
  'plans.*.freeze.*.from': 'Plan *, freeze *: from',
  'plans.*.freeze.*.from.epoch': 'Plan *, freeze *: from epoch',
  'plans.*.freeze.*.from.plateau': 'Plan *, freeze *: from a plateau of',
  'plans.*.freeze.*.until': 'Plan *, freeze *: until',
  'plans.*.freeze.*.until.epoch': 'Plan *, freeze *: until epoch',
  'plans.*.freeze.*.until.epochs': 'Plan *, freeze *: until after',
  'plans.*.freeze.*.until.plateau': 'Plan *, freeze *: until a plateau of',
  seeds: 'Seeds',
  'seeds.*': 'Seeds: number *',
  data: 'Strings',
  'data.train': 'Training strings',
  'data.train.strings': 'Training strings',
  'data.train.lengths': 'Training lengths',
  'data.train.lengths.0': 'Training lengths: from',
  'data.train.lengths.1': 'Training lengths: to',
  'data.validation': 'Validation strings',
  'data.validation.strings': 'Validation strings',
  'data.validation.lengths': 'Validation lengths',
  'data.validation.lengths.0': 'Validation lengths: from',
  'data.validation.lengths.1': 'Validation lengths: to',
  evaluation: 'Test lengths',
  'evaluation.bins': 'Test lengths',
  'evaluation.bins.*': 'Bin *',
  'evaluation.bins.*.name': 'Bin *: name',
  'evaluation.bins.*.lengths': 'Bin *: lengths',
  'evaluation.bins.*.lengths.0': 'Bin *: from',
  'evaluation.bins.*.lengths.1': 'Bin *: to',
  'evaluation.bins.*.perLength': 'Bin *: strings a length',
  'evaluation.bins.*.seed': 'Bin *: seed',
  'evaluation.bins.*.stride': 'Bin *: every k-th length',
  'evaluation.bins.*.by': 'Bin *: by',
  training: 'Training',
  'training.batch': 'Batch',
  'training.steps': 'Words a step',
  'training.epochs': 'Epochs',
  'training.optimizer': 'Optimizer',
  'training.optimizer.id': 'Optimizer',
  'training.learningRate': 'Learning rate',
  'training.learningRate.logUniform': 'Learning rate: range',
  'training.learningRate.logUniform.0': 'Learning rate: from',
  'training.learningRate.logUniform.1': 'Learning rate: to',
  'training.clipNorm': 'Largest norm',
  'training.clipNorm.logUniform': 'Largest norm: range',
  'training.clipNorm.logUniform.0': 'Largest norm: from',
  'training.clipNorm.logUniform.1': 'Largest norm: to',
  'training.decay': 'Lower the rate on a plateau',
  'training.decay.factor': 'Lower the rate: factor',
  'training.decay.patience': 'Lower the rate: patience',
  'training.decay.threshold': 'Lower the rate: threshold',
  'training.earlyStop': 'Stop early',
  'training.earlyStop.patience': 'Stop early: patience',
  'training.device': 'Device',
  'training.portable': 'Same bits everywhere',
  'training.snapshots': 'Snapshots kept',
  tasks: 'Tasks of the grid',
  models: 'Models of the grid',
}

/** Parts that have options of their own, by the path that they stand at. */
const PARTS = ['task', 'model.controller', 'model.memory', 'training.optimizer']
/** Places in these are no counting: they are the ends of a range. */
const ENDS = /(?:lengths|logUniform)\.[01]$/

/** `betaOne` and `beta1` as words: `Beta one`, `Beta 1`. */
export const inWords = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, (_, before: string, letter: string) => `${before} ${letter.toLowerCase()}`)
    .replace(/([a-z])(\d)/g, '$1 $2')
    .replace(/^./, letter => letter.toUpperCase())

/** What the field at a path of a study is called: `training.optimizer.beta1` → `Optimizer: beta 1`. A path that no study has keeps its own. */
export function fieldName(path: string): string {
  const end = ENDS.test(path) ? path.slice(-2) : ''
  const places: string[] = []
  const pattern = path.slice(0, path.length - end.length).replace(/\.(\d+)(?=\.|$)/g, (_, place: string) => {
    places.push(String(Number(place) + 1))
    return '.*'
  })
  const known = NAMES[pattern + end]
  if (known !== undefined) return known.replace(/\*/g, () => places.shift()!)
  const part = PARTS.find(base => path.startsWith(`${base}.`))
  return part === undefined ? path : `${NAMES[part]!}: ${inWords(path.slice(part.length + 1)).toLowerCase()}`
}
