import { dirname } from 'node:path'
import type { Disk } from '../disk.ts'

export class Crash extends Error {}

type Names = Map<string, number>
interface Change {
  readonly folder: string
  readonly apply: (names: Names) => void
}
const FOLDER = -1

/**
 * A disk in memory that forgets as real ones do: a file's content is lasting when `write` returns, a name only after its folder is
 * synced. It crashes before its n-th operation, or half-way into it when that is a write, and does nothing from then on.
 */
export class FakeDisk implements Disk {
  operations = 0
  crashAt = Infinity
  #contents: Uint8Array[] = []
  #names: Names = new Map()
  #lasting: Names = new Map()
  #pending: Change[] = []

  constructor(folder: string) {
    this.#names.set(folder, FOLDER)
    this.#lasting.set(folder, FOLDER)
  }

  /** The machine after a kill of the process: nothing that was done is lost. */
  afterKill(): void {
    this.crashAt = Infinity
  }

  /** The machine after a loss of power: of the changes to names that were not synced, some came through. @param survives asked once for each */
  afterPowerLoss(survives: () => boolean): void {
    this.crashAt = Infinity
    for (const { apply } of this.#pending.splice(0)) if (survives()) apply(this.#lasting)
    const reachable = (path: string): boolean =>
      this.#lasting.has(path) &&
      (this.#lasting.get(dirname(path)) === undefined
        ? path === [...this.#lasting.keys()][0]
        : reachable(dirname(path)))
    this.#names = new Map([...this.#lasting].filter(([path]) => reachable(path)))
    this.#lasting = new Map(this.#names)
  }

  clone(): FakeDisk {
    const copy = new FakeDisk('')
    copy.#contents = this.#contents.map(content => content.slice())
    copy.#names = new Map(this.#names)
    copy.#lasting = new Map(this.#lasting)
    copy.#pending = [...this.#pending]
    return copy
  }

  makeFolder(path: string): void {
    this.#step()
    const missing: string[] = []
    for (let folder = path; !this.#names.has(folder); folder = dirname(folder)) missing.unshift(folder)
    for (const folder of missing) this.#change(folder, names => names.set(folder, FOLDER))
  }

  write(path: string, bytes: Uint8Array): void {
    const before = this.#names.get(path)
    const file = before ?? this.#contents.length
    if (before === undefined) this.#change(path, names => names.set(path, file))
    if (this.operations + 1 === this.crashAt) this.#contents[file] = bytes.slice(0, bytes.length / 2)
    this.#step()
    this.#contents[file] = bytes.slice()
  }

  rename(from: string, to: string): void {
    this.#step()
    const file = this.#found(from)
    if (file === this.#names.get(to)) return
    this.#change(to, names => {
      names.set(to, file)
      names.delete(from)
    })
  }

  link(from: string, to: string): void {
    this.#step()
    const file = this.#found(from)
    if (this.#names.has(to)) throw new Error(`${to} exists`)
    this.#change(to, names => names.set(to, file))
  }

  remove(path: string): void {
    this.#step()
    if (this.#names.has(path)) this.#change(path, names => names.delete(path))
  }

  syncFolder(path: string): void {
    this.#step()
    this.#found(path)
    for (const { apply } of this.#pending.filter(({ folder }) => folder === path)) apply(this.#lasting)
    this.#pending = this.#pending.filter(({ folder }) => folder !== path)
  }

  read(path: string): Uint8Array | undefined {
    this.#step()
    const file = this.#names.get(path)
    return file === undefined ? undefined : this.#contents[file]!.slice()
  }

  list(path: string): string[] {
    this.#step()
    return [...this.#names.keys()]
      .filter(name => dirname(name) === path && name !== path)
      .map(name => name.slice(path.length + 1))
  }

  #step(): void {
    this.operations++
    if (this.operations >= this.crashAt) throw new Crash(`crash before operation ${this.operations}`)
  }

  #found(path: string): number {
    const file = this.#names.get(path)
    if (file === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
    return file
  }

  #change(path: string, apply: (names: Names) => void): void {
    apply(this.#names)
    this.#pending.push({ folder: dirname(path), apply })
  }
}
