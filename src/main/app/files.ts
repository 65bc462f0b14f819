import type { FileOut } from '../../shared/contract/index.ts'
import type { ExportFiles } from '../services/export.ts'

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  tex: 'application/x-tex',
  md: 'text/markdown',
}

export function textFile(name: string, content: string): FileOut {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain'
  return { name, type: `${type};charset=utf-8`, bytes: new TextEncoder().encode(content) }
}

export const textFiles = (files: ExportFiles): FileOut[] =>
  Object.entries(files).map(([name, content]) => textFile(name, content))

/** A title as a file's name on every system; never empty, never only dots. */
export function fileName(title: string, ending: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N} ._-]/gu, '')
    .replace(/[\s.]+/g, ' ')
    .trim()
    .replaceAll(' ', '-')
    .slice(0, 80)
  return `${plain || 'permafrost'}.${ending}`
}
