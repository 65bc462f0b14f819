import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

export const HELP = `Usage: npm run setup:tensorflow -- [options]

Builds the binding of @tensorflow/tfjs-node-gpu from its own sources and links it to libtensorflow, which the device "tensorflow"
needs. Takes a C++ compiler, Python 3 with pip, and Linux on x86-64.

  --gpu              with CUDA's libraries, for NVIDIA graphics cards (default where nvidia-smi finds one)
  --cpu              without
  --library <path>   use this libtensorflow: a wheel of the Python package tensorflow (.whl), that package's folder, or an
                     unpacked C library (include/ and lib/), instead of fetching a wheel with pip
  --remove           remove what an earlier set-up has made
  --help             this text

All of it goes into one folder: PERMAFROST_TENSORFLOW, or "tensorflow" in the folder that this system has for a user's data.`

export interface Wanted {
  readonly gpu: boolean
  readonly library: string | undefined
  readonly remove: boolean
  readonly help: boolean
}

/** @throws TypeError for what it does not know */
export function readArguments(args: readonly string[], hasGpu: () => boolean = nvidiaAnswers): Wanted {
  const { values } = parseArgs({
    args: [...args],
    options: {
      gpu: { type: 'boolean' },
      cpu: { type: 'boolean' },
      library: { type: 'string' },
      remove: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.gpu && values.cpu) throw new TypeError('--gpu and --cpu exclude each other')
  const { library, remove, help } = values
  return { gpu: values.gpu ?? (!values.cpu && !remove && !help && hasGpu()), library, remove, help }
}

const nvidiaAnswers = (): boolean => spawnSync('nvidia-smi', ['-L'], { stdio: 'ignore' }).status === 0
