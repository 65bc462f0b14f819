import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRecord } from '../../shared/is-record.ts'
import { isSame, merge, putAt, valueAt } from './merge.ts'
import { SharedEdit, type Version } from './shared-edit.ts'

type Content = Readonly<Record<string, unknown>>

/** The host: one record, and a write is refused that does not name its newest version. */
class Shelf {
  version: Version<Content> = { value: { a: 'a0', b: 'b0', deep: { c: 'c0', d: 'd0' } }, revision: 0 }

  write(value: Content, base: unknown): number | null {
    if (base !== this.version.revision) return null
    const revision = (this.version.revision as number) + 1
    this.version = { value, revision }
    return revision
  }
}

const PATHS = [['a'], ['b'], ['deep', 'c'], ['deep', 'd'], ['deep', 'e']] as const

/** A window: what it asks travels in order, and what is answered too, each as late as the test has it. */
class Window {
  readonly edit: SharedEdit<Content>
  readonly #shelf: Shelf
  readonly #asked: (() => () => void)[] = []
  readonly #answers: (() => void)[] = []

  constructor(shelf: Shelf) {
    this.#shelf = shelf
    this.edit = new SharedEdit(shelf.version)
  }

  get isQuiet(): boolean {
    return this.#asked.length === 0 && this.#answers.length === 0
  }

  read(later: boolean): void {
    this.#asked.push(() => {
      const { version } = this.#shelf
      return () => this.edit.hear(version, { later })
    })
  }

  save(): void {
    const sent = this.edit.send()
    if (!sent) return
    this.#asked.push(() => {
      const revision = this.#shelf.write(sent.value, sent.base)
      return () => {
        const ask = revision === null ? this.edit.failed({ stale: true }) : this.edit.stored(revision)
        if (ask) this.read(false)
      }
    })
  }

  /** The next thing asked reaches the host. */
  ask(): void {
    const asked = this.#asked.shift()
    if (asked) this.#answers.push(asked())
  }

  /** The next answer reaches the window. */
  answer(): void {
    this.#answers.shift()?.()
  }
}

const texts = (value: unknown): string[] =>
  isRecord(value) ? Object.values(value).flatMap(texts) : typeof value === 'string' ? [value] : []

const step = fc.record({
  window: fc.constantFrom(0, 1),
  what: fc.constantFrom(
    'type',
    'type',
    'save',
    'read',
    'read-later',
    'ask',
    'ask',
    'answer',
    'answer',
    'mine',
    'theirs',
    'settle',
  ),
  path: fc.nat(PATHS.length - 1),
})

describe('two windows on one record', () => {
  it('lose nothing that was typed, in whatever order things happen: it stands in the result or in an offer', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), steps => {
        const shelf = new Shelf()
        const windows = [new Window(shelf), new Window(shelf)] as const
        /** Texts that nobody has typed over who saw them, and that no decision was against. */
        const alive = new Set(texts(shelf.version.value))
        const check = (): void => {
          const there = new Set([
            ...texts(shelf.version.value),
            ...windows.flatMap(({ edit }) => [
              ...texts(edit.value),
              ...edit.conflicts.flatMap(({ mine, theirs }) => [...texts(mine), ...texts(theirs)]),
            ]),
          ])
          for (const text of alive) expect(there).toContain(text)
        }
        const decide = (window: Window, whose: 'mine' | 'theirs', only?: number): void => {
          const { conflicts } = window.edit
          const decided = only === undefined ? conflicts : conflicts.slice(only, only + 1)
          for (const { mine, theirs } of decided)
            for (const text of texts(whose === 'mine' ? theirs : mine)) alive.delete(text)
          window.edit.decide(whose, only === undefined ? undefined : decided[0])
        }
        steps.forEach(({ window: which, what, path: at }, i) => {
          const window = windows[which]!
          const path = PATHS[at]!
          if (what === 'type') {
            for (const text of texts(valueAt(window.edit.value, path))) alive.delete(text)
            const text = `${which} typed ${i}`
            alive.add(text)
            window.edit.edit(putAt(window.edit.value, path, text) as Content)
          } else if (what === 'save') window.save()
          else if (what === 'read') window.read(false)
          else if (what === 'read-later') window.read(true)
          else if (what === 'ask') window.ask()
          else if (what === 'answer') window.answer()
          else if (what === 'settle') window.edit.settle()
          else if (window.edit.conflicts.length > 0) decide(window, what as 'mine' | 'theirs', 0)
          check()
        })
        // At last everything arrives, and what is still undecided is decided.
        for (let round = 0; round < 20; round++) {
          for (const window of windows) {
            while (!window.isQuiet) {
              window.ask()
              window.answer()
            }
            window.edit.settle()
            decide(window, round % 2 === 0 ? 'mine' : 'theirs')
            window.save()
            window.read(false)
            check()
          }
        }
        for (const window of windows) {
          while (!window.isQuiet) {
            window.ask()
            window.answer()
          }
        }
        const [a, b] = windows.map(({ edit }) => edit) as [SharedEdit<Content>, SharedEdit<Content>]
        expect([a.isDirty, b.isDirty, a.conflicts, b.conflicts]).toEqual([false, false, [], []])
        expect(a.value).toEqual(shelf.version.value)
        expect(b.value).toEqual(shelf.version.value)
        for (const text of alive) expect(texts(shelf.version.value)).toContain(text)
      }),
      { numRuns: 1_000 },
    )
  })

  it('have one the other’s fields, though both were typed at once', () => {
    const shelf = new Shelf()
    const [a, b] = [new SharedEdit(shelf.version), new SharedEdit(shelf.version)]
    a.edit({ ...a.value, a: 11 })
    b.edit({ ...b.value, b: 222 })
    const sent = a.send()!
    a.stored(shelf.write(sent.value, sent.base)!)
    const stale = b.send()!
    expect(shelf.write(stale.value, stale.base)).toBeNull()
    expect(b.failed({ stale: true })).toBe(true)
    b.hear(shelf.version)
    expect([b.value, b.conflicts]).toEqual([{ ...shelf.version.value, a: 11, b: 222 }, []])
  })

  it('are not offered what they have written themselves, also when it is heard before it is acknowledged', () => {
    const shelf = new Shelf()
    const a = new SharedEdit(shelf.version)
    a.edit({ ...a.value, a: 'fro' })
    const sent = a.send()!
    a.edit({ ...a.value, a: 'frozen' })
    const revision = shelf.write(sent.value, sent.base)!
    a.hear(shelf.version)
    expect([a.value.a, a.conflicts, a.send()]).toEqual(['frozen', [], null])
    expect(a.stored(revision)).toBe(true)
    a.hear(shelf.version)
    expect([a.conflicts, a.send()]).toEqual([[], { value: { ...sent.value, a: 'frozen' }, base: revision }])
  })

  it('follow each other without writing what they have only read', () => {
    const shelf = new Shelf()
    const a = new SharedEdit(shelf.version)
    for (const text of ['once', 'twice']) {
      shelf.write({ ...shelf.version.value, a: text }, shelf.version.revision)
      a.hear(shelf.version)
      expect([a.value.a, a.isDirty, a.conflicts, a.send()]).toEqual([text, false, [], null])
    }
  })

  it('keep what is being typed when the same field comes from the other one, and offer both', () => {
    const shelf = new Shelf()
    const b = new SharedEdit(shelf.version)
    shelf.write({ ...shelf.version.value, a: 'theirs' }, 0)
    b.hear(shelf.version, { later: true })
    expect([b.value.a, b.isDirty]).toEqual(['a0', false])
    b.edit({ ...b.value, a: 'mine' })
    expect([b.value.a, b.conflicts, b.send()]).toEqual([
      'mine',
      [{ path: ['a'], mine: 'mine', theirs: 'theirs' }],
      null,
    ])
    b.decide('mine')
    expect([b.value.a, b.conflicts, b.send()]).toEqual(['mine', [], { value: b.value, base: 1 }])
  })
})

describe('merging', () => {
  it('is the same for keys in another order, and takes away what one side took away', () => {
    expect(isSame({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true)
    expect(isSame([1], { 0: 1 })).toBe(false)
    expect(merge({ a: 1, b: 1 }, { b: 1 }, { a: 1, b: 2 })).toEqual({ value: { b: 2 }, conflicts: [] })
    expect(merge({ a: 1 }, {}, { a: 2 }).conflicts).toEqual([{ path: ['a'], mine: undefined, theirs: 2 }])
    expect(merge({ l: [1] }, { l: [1, 2] }, { l: [3] }).conflicts).toEqual([{ path: ['l'], mine: [1, 2], theirs: [3] }])
  })

  it('never differs by who is first where nobody disagrees', () => {
    const content = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.nat(3), fc.dictionary(fc.constantFrom('x', 'y'), fc.nat(2))),
    )
    fc.assert(
      fc.property(content, content, content, (base, mine, theirs) => {
        const [one, other] = [merge(base, mine, theirs), merge(base, theirs, mine)]
        expect(one.conflicts.length).toBe(other.conflicts.length)
        if (one.conflicts.length === 0) expect(isSame(one.value, other.value)).toBe(true)
      }),
    )
  })
})
