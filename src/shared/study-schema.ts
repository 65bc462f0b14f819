import { z } from 'zod'
import { Content, GridSpec } from './study.ts'

/**
 * The form of a study file as JSON Schema (draft 2020-12), for editors that check and complete while one writes. What the parts themselves take
 * is said by the lists of the parts.
 * @param ids of the parts that a study picks
 */
export function studyJsonSchema(
  ids: Readonly<Record<'task' | 'controller' | 'memory' | 'optimizer', readonly string[]>>,
) {
  const { $schema, ...study } = z.toJSONSchema(Content, { io: 'input', unrepresentable: 'any' })
  const { $schema: _, ...grid } = z.toJSONSchema(GridSpec, { io: 'input' })
  const picked = <T>(part: T, one: keyof typeof ids): T => ({
    ...part,
    properties: { ...propertiesOf(part), id: { type: 'string', enum: [...ids[one]] } },
  })
  const own = propertiesOf(study)
  const [model, training] = [own.model ?? {}, own.training ?? {}]
  const [modelParts, trainingParts] = [propertiesOf(model), propertiesOf(training)]
  return {
    $schema,
    title: 'Permafrost study',
    anyOf: [
      {
        ...study,
        properties: {
          ...own,
          task: picked(own.task, 'task'),
          model: {
            ...model,
            properties: {
              ...modelParts,
              controller: picked(modelParts.controller, 'controller'),
              memory: picked(modelParts.memory, 'memory'),
            },
          },
          training: {
            ...training,
            properties: { ...trainingParts, optimizer: picked(trainingParts.optimizer, 'optimizer') },
          },
        },
      },
      { ...grid, title: 'Every task with every model' },
    ],
  }
}

const propertiesOf = (schema: unknown): Record<string, object> =>
  (schema as { properties?: Record<string, object> }).properties ?? {}
