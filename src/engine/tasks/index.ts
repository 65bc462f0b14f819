// Made by `npm run gen`. Adding a file to this folder is all that is needed.
import count3 from './count-3.ts'
import countAndCopy from './count-and-copy.ts'
import dyck from './dyck.ts'
import hardestCfl from './hardest-cfl.ts'
import markedCopy from './marked-copy.ts'
import markedReversal from './marked-reversal.ts'
import markedReverseAndCopy from './marked-reverse-and-copy.ts'
import paddedReversal from './padded-reversal.ts'
import pennTreebank from './penn-treebank.ts'
import text from './text.ts'
import unmarkedCopy from './unmarked-copy.ts'
import unmarkedCopyDifferentAlphabets from './unmarked-copy-different-alphabets.ts'
import unmarkedReversal from './unmarked-reversal.ts'
import unmarkedReverseAndCopy from './unmarked-reverse-and-copy.ts'
import type { Task } from './task.ts'

export const tasks: Readonly<Record<string, Task>> = {
  'count-3': count3,
  'count-and-copy': countAndCopy,
  dyck,
  'hardest-cfl': hardestCfl,
  'marked-copy': markedCopy,
  'marked-reversal': markedReversal,
  'marked-reverse-and-copy': markedReverseAndCopy,
  'padded-reversal': paddedReversal,
  'penn-treebank': pennTreebank,
  text,
  'unmarked-copy': unmarkedCopy,
  'unmarked-copy-different-alphabets': unmarkedCopyDifferentAlphabets,
  'unmarked-reversal': unmarkedReversal,
  'unmarked-reverse-and-copy': unmarkedReverseAndCopy,
}
