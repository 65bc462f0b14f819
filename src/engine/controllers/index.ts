// Made by `npm run gen`. Adding a file to this folder is all that is needed.
import elman from './elman.ts'
import gru from './gru.ts'
import lstm from './lstm.ts'
import type { Controller } from './controller.ts'

export const controllers: Readonly<Record<string, Controller>> = {
  elman,
  gru,
  lstm,
}
