/** Names of the tensors that the common models have; others are taken apart. */
const TITLES: Readonly<Record<string, readonly [title: string, hint: string]>> = {
  'controller.hidden': ['Hidden units', 'The controller’s output, by unit'],
  'controller.cell': ['Cell state', 'The controller’s cells, by unit'],
  'controller.inputGate': ['Input gate', 'How much of the new candidate each cell takes in'],
  'controller.forgetGate': ['Forget gate', 'How much of its old value each cell keeps'],
  'controller.outputGate': ['Output gate', 'How much of each cell is shown'],
  'controller.reset': ['Reset gate', 'How much of the old hidden vector the candidate sees'],
  'controller.update': ['Update gate', 'How much of its old value each unit keeps'],
  'memory.cells': ['Stack contents', 'Depth by time, the top first'],
  'memory.values': ['Stack contents', 'Depth by time, the top first; fainter where less of a value is left'],
  'memory.strengths': ['Stack strengths', 'How much of each value is left, the top first'],
  'memory.actions': ['Stack actions', 'Probabilities of push, pop and no-op'],
  'memory.push': ['Push', 'How much is pushed'],
  'memory.pop': ['Pop', 'How much is taken away'],
  'memory.pushed': ['Pushed vector', 'What a push puts on top, by unit'],
  'memory.distribution': [
    'State and symbol',
    'Weight of all runs of the automaton by its state and the symbol on top, after each symbol',
  ],
  'memory.pushWeights': ['Push weights', 'Weight of each push, from every state and symbol to every other'],
  'memory.replaceWeights': ['Replace weights', 'Weight of each replacement of the symbol on top'],
  'memory.popWeights': ['Pop weights', 'Weight of each pop, from every state and symbol to every state'],
  'memory.bottom': ['On the bottom', 'Weight of the runs that have not left the bottom symbol'],
  'memory.age': ['Steps counted', 'Steps taken, up to the window'],
  'memory.reading': ['Reading', 'What the controller reads from the memory, by unit'],
}

export interface Named {
  readonly title: string
  readonly hint: string
}

/** `controller.forgetGate2`: "Forget gate, layer 2". A name that is not known is taken apart: `memory.writeHead` is "Memory write head". */
export function titleOf(name: string): Named {
  const known = TITLES[name]
  if (known) return { title: known[0], hint: known[1] }
  const [, base, layer] = /^(.*?)(\d+)$/.exec(name) ?? []
  const below = base === undefined ? undefined : TITLES[base]
  if (below) return { title: `${below[0]}, layer ${layer!}`, hint: below[1] }
  const words = name
    .replace(/([a-z])([A-Z0-9])/g, '$1 $2')
    .replaceAll('.', ' ')
    .toLowerCase()
  return { title: words.charAt(0).toUpperCase() + words.slice(1), hint: name }
}
