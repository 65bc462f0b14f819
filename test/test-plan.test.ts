import { describe, expect, it } from 'vitest'
import { CATALOGUES, entriesOf } from '../scripts/gen.ts'
import { planOf, testFiles } from '../scripts/test-plan.ts'

const MODEL = 'src/engine/model.test.ts'

describe('npm test NAME', () => {
  it.each(CATALOGUES.flatMap(catalogue => entriesOf(catalogue).map(id => [`${catalogue.folder}/${id}`, id])))(
    'finds the laws of %s by its id, its file and the file of its test',
    (path, id) => {
      const all = testFiles()
      const part = path.replace('src/engine/', '')
      for (const name of [id, part, path, `./${path}.ts`, `${path}.test.ts`]) {
        const { files, parts } = planOf([name])
        expect(parts).toContain(part)
        expect(files.length).toBeGreaterThan(1)
        expect(files.filter(file => !all.includes(file))).toEqual([])
      }
    },
  )

  it('takes the part’s own test along where there is one, and restricts the suites to it', () => {
    expect(planOf(['superposition-stack'])).toEqual({
      files: [
        'src/engine/devices/tfjs/cohort.test.ts',
        'src/engine/memories/superposition-stack.test.ts',
        'src/engine/model-text.test.ts',
        MODEL,
        'test/catalogues.test.ts',
      ],
      parts: ['memories/superposition-stack'],
    })
    expect(planOf(['gru', 'dyck']).parts).toEqual(['controllers/gru', 'tasks/dyck'])
  })

  it.each(['wasm', 'tfjs', 'webgpu', 'tensorflow', 'src/engine/devices/wasm/'])(
    'finds the tests of the device %s',
    name => {
      const { files, parts } = planOf([name])
      expect(files.length).toBeGreaterThan(0)
      expect(files.filter(file => !testFiles().includes(file))).toEqual([])
      expect(parts).toEqual([`devices/${name.replace('src/engine/devices/', '').replace('/', '')}`])
    },
  )

  it('otherwise takes the files with the name in their path, and restricts nothing', () => {
    expect(planOf(['src/engine/model'])).toEqual({ files: ['src/engine/model-text.test.ts', MODEL], parts: [] })
    expect(planOf(['src/engine/chance.ts'])).toEqual({ files: ['src/engine/chance.test.ts'], parts: [] })
    expect(planOf(['new-part']).files).toEqual(['test/new-part.slow.test.ts'])
  })

  it('restricts no suite that is asked for by its own name', () => {
    expect(planOf(['lstm', MODEL]).parts).toEqual([])
    expect(planOf(['lstm', 'new-part']).parts).toEqual(['controllers/lstm'])
  })

  it('refuses a name that nothing has', () => {
    expect(() => planOf(['lstm', 'lstn'])).toThrow('name is "lstn"; allowed: the id or file of a part (')
  })
})
