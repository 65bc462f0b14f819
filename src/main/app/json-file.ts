import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { has, writeFileAtomically } from '../history/disk.ts'

export interface JsonFile<T> {
  get(): T
  /** The file holds it when this returns: the old content or the new one, whatever happens meanwhile. */
  set(value: T): void
}

export interface JsonFileOptions<S extends z.ZodType> {
  readonly path: string
  readonly schema: S
  /** What is taken for a file that is not there, or cannot be read; in the latter case the file is kept beside as `….damaged`. */
  readonly fallback: z.output<S>
  readonly onProblem: (error: unknown) => void
}

/** A small record kept as JSON, read once. */
export function jsonFile<S extends z.ZodType>({
  path,
  schema,
  fallback,
  onProblem,
}: JsonFileOptions<S>): JsonFile<z.output<S>> {
  let current = read()

  function read(): z.output<S> {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if (!has(error, 'ENOENT')) onProblem(error)
      return fallback
    }
    try {
      return schema.parse(JSON.parse(text))
    } catch (error) {
      onProblem(error)
      setAside()
      return fallback
    }
  }

  function setAside(): void {
    try {
      renameSync(path, `${path}.damaged`)
    } catch (error) {
      onProblem(error)
    }
  }

  return {
    get: () => current,
    set(value) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileAtomically(path, JSON.stringify(value))
      current = value
    },
  }
}
