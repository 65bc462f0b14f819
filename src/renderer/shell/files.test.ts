import { expect, it } from 'vitest'
import { fileName, figureName } from './files.ts'

it('makes names that every file system takes', () => {
  expect(['Marked reversal 4×: full', '../..//etc', '…', 'Übung', '.hidden'].map(fileName)).toEqual([
    'marked-reversal-4-full',
    'etc',
    'untitled',
    'übung',
    'hidden',
  ])
  const bytes = (name: string): number => new TextEncoder().encode(name).length
  for (const long of ['a'.repeat(300), '漢'.repeat(200), '𐐀'.repeat(200)])
    expect([
      bytes(fileName(long)) > 100,
      bytes(`${figureName(long, long)}.csv`) <= 255,
      decodeURIComponent(encodeURIComponent(figureName(long))) === figureName(long),
    ]).toEqual([true, true, true])
})

it('names a figure with its study', () => {
  expect(figureName('validationLoss', 'Sample study')).toBe('sample-study-validationLoss')
  expect(figureName('seeds-accuracy-40 to 100', '???')).toBe('untitled-seeds-accuracy-40-to-100')
  expect(figureName('studies-accuracy')).toBe('studies-accuracy')
})
