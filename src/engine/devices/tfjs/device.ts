import * as tf from '@tensorflow/tfjs'
import type { LocalDevice } from '../device.ts'
import { InterpretedExecutor } from '../interpreter/executor.ts'
import { arithmeticOn } from './arithmetic.ts'

/** TensorFlow.js on its plain JavaScript backend: slow, independent of our own code generator, and therefore its judge. */
export const tfjsDevice: LocalDevice = {
  id: 'tfjs',
  title: 'TensorFlow.js (plain JavaScript)',
  state: async () => ({
    available: true,
    note: `TensorFlow.js ${tf.version_core}; slow, meant to check the other devices`,
  }),
  async open(model, { optimizer }) {
    // Production mode: without it, TensorFlow.js prints advice to install its native package.
    tf.enableProdMode()
    await tf.setBackend('cpu')
    await tf.ready()
    return new InterpretedExecutor(model, optimizer, arithmeticOn(tf, 'cpu'))
  },
}
