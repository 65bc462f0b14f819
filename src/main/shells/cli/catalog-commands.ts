import { deviceName } from '../../../shared/run-events.ts'
import { studyJsonSchema } from '../../../shared/study-schema.ts'
import {
  listControllers,
  listDevices,
  listMemories,
  listOptimizers,
  listTasks,
  type PartInfo,
  type TaskInfo,
} from '../../services/catalog.ts'
import { EXIT } from './exit-codes.ts'
import { jsonText, type Terminal } from './terminal.ts'
import { textTable } from './text-table.ts'

/** Prints parts of a kind with their options. @returns the exit code */
export function showParts(
  { out }: Terminal,
  parts: readonly (PartInfo | TaskInfo)[],
  { json }: { json?: boolean },
): number {
  if (json) {
    out.write(`${jsonText(parts, 2)}\n`)
    return EXIT.ok
  }
  const form = (part: PartInfo | TaskInfo): string => ('form' in part ? part.form : '')
  const columns = [
    { title: 'id' },
    { title: 'title' },
    ...(parts.some(part => form(part)) ? [{ title: 'strings' }] : []),
    { title: 'source' },
  ]
  out.write(
    textTable(
      columns,
      parts.map(part => [part.id, part.title, ...(form(part) ? [form(part)] : []), part.source]),
    ),
  )
  const options = parts.flatMap(({ id, options }) =>
    options.map(option => [id, option.name, JSON.stringify(option.default), option.allowed, option.doc]),
  )
  if (options.length > 0)
    out.write(
      `\n${textTable(
        ['of', 'option', 'default', 'allowed', 'what it is'].map(title => ({ title })),
        options,
      )}`,
    )
  return EXIT.ok
}

/** Prints the form of a study file. @returns the exit code */
export function showSchema({ out }: Terminal): number {
  const ids = (parts: readonly PartInfo[]): string[] => parts.map(({ id }) => id)
  const schema = studyJsonSchema({
    task: ids(listTasks()),
    controller: ids(listControllers()),
    memory: ids(listMemories()),
    optimizer: ids(listOptimizers()),
  })
  out.write(`${jsonText(schema, 2)}\n`)
  return EXIT.ok
}

export async function showDevices({ out }: Terminal, { json }: { json?: boolean }): Promise<number> {
  const devices = await listDevices()
  if (json) out.write(`${jsonText(devices, 2)}\n`)
  else
    out.write(
      textTable(
        ['id', 'title', '', 'note'].map(title => ({ title })),
        devices.map(({ id, title, isDefault, available, note, arithmetic }) => [
          deviceName(id, arithmetic),
          title,
          available ? (isDefault ? 'default' : '') : 'not available',
          note,
        ]),
      ),
    )
  return EXIT.ok
}
