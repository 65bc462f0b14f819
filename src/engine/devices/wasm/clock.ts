import { Code, Frame, type ModuleWriter } from './assembler.ts'
import type { MaskInfo } from '../../model.ts'
import type { GrowingBytes, ModuleLayout } from './layout.ts'

/** The global that points to a step's factors of dropout. */
export const maskGlobal = (name: string): string => `mask.${name}`

/**
 * A function that sets every pointer of a module to time step t, its parameter.
 * @param together whether predictions are made for several time steps at once
 */
export function clock(
  writer: ModuleWriter,
  { frame, back, out, chunk, growingTensors, group }: ModuleLayout,
  masks: readonly MaskInfo[],
  together: boolean,
): [Frame, Code] {
  const code = new Code()
  const global = (name: string): number => writer.global(name)
  const slotOf = (earlier: number): void => {
    code.get(0)
    if (earlier) code.i32(earlier).op('i32.sub')
  }
  const rows = (earlier: number): void => {
    slotOf(earlier)
    code.i32(2).op('i32.shl').globalGet(global('rowTable')).op('i32.add').memory('i32.load', 0)
  }
  rows(0)
  code.globalSet(global('after')).get(0).if()
  rows(1)
  code.globalSet(global('before')).end()
  const pointer = (name: string, base: string, bytes: number, mask: string | undefined, earlier: number): void => {
    slotOf(earlier)
    if (mask) code.globalGet(global(mask)).op('i32.and')
    code.i32(bytes).op('i32.mul').globalGet(global(base)).op('i32.add').globalSet(global(name))
  }
  for (const [name, { slot }, mask] of [
    ['frame', frame, 'mask'],
    ['back', back, undefined],
    ['out', out, undefined],
  ] as const) {
    pointer(name, `${name}Base`, slot.bytes, mask, 0)
    pointer(`${name}Before`, `${name}Base`, slot.bytes, mask, 1)
  }
  if (together)
    code
      .get(0)
      .globalGet(global('chunkFirst'))
      .op('i32.sub')
      .i32(chunk.slot.bytes)
      .op('i32.mul')
      .globalGet(global('chunkBase'))
      .op('i32.add')
      .globalSet(global('chunk'))
  for (const tensor of growingTensors) {
    for (const earlier of [0, 1] as const)
      growingPointer(writer, code, tensor, earlier, () => {
        slotOf(earlier)
      })
  }
  for (const { name, width } of masks) pointer(maskGlobal(name), `${maskGlobal(name)}Base`, width * group, undefined, 0)
  pointer('target', 'symbols', group, undefined, 0)
  pointer('input', 'symbols', group, undefined, 1)
  pointer('score', 'scores', 2 * group, undefined, 0)
  return [new Frame(['i32']), code]
}

function growingPointer(
  writer: ModuleWriter,
  code: Code,
  { name, kept, pairs, rowBytes }: GrowingBytes,
  earlier: 0 | 1,
  pushTime: () => void,
): void {
  if (kept === 'one') return
  const global = (suffix: string): number => writer.global(`${name}${suffix}`)
  const which = earlier === 0 ? '' : 'Before'
  pushTime()
  if (kept !== 'list') {
    if (kept === 'each') code.globalGet(writer.global('mask'))
    else code.i32(1)
    code
      .op('i32.and')
      .globalGet(global('Stride'))
      .op('i32.mul')
      .globalGet(global('Base'))
      .op('i32.add')
      .globalSet(global(which))
    return
  }
  const shown = writer.global(earlier === 0 ? 'after' : 'before')
  const pushRow = (): void => {
    if (pairs) code.globalGet(global('Row'))
    else code.i32(rowBytes)
  }
  code.globalGet(shown).op('i32.sub')
  pushRow()
  if (pairs) code.i32(rowBytes).op('i32.add')
  code.op('i32.mul').globalGet(global('Base')).op('i32.add').globalSet(global(which))
  code.globalGet(shown).i32(1).op('i32.sub')
  pushRow()
  code
    .op('i32.mul')
    .globalGet(global(which))
    .op('i32.add')
    .globalSet(global(`${which}Last`))
}
