import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Catalog, Draft } from '../../../shared/contract/index.ts'
import { go, replace, useRouter } from '../../shell/router.ts'
import type { Handlers } from '../../testing/fake-lab.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import BuildPage from './BuildPage.vue'

const DEFAULTS = {
  name: 'New study',
  task: { id: 'copying', colours: 2 },
  model: { controller: { id: 'lstm', units: 8 }, memory: { id: 'none' } },
  plans: ['full', 'frozen-memory'],
  seeds: [1, 2, 3],
  data: { train: { strings: 100, lengths: [4, 8] }, validation: { strings: 10, lengths: [4, 8] } },
  evaluation: { bins: [{ name: '4-8', lengths: [4, 8], perLength: 5, seed: 0 }] },
  training: {
    batch: 10,
    epochs: 20,
    optimizer: { id: 'adam' },
    learningRate: 0.003,
    clipNorm: 5,
    decay: null,
    earlyStop: null,
  },
}
const CATALOG: Catalog = {
  tasks: [
    {
      id: 'copying',
      title: 'Copying',
      source: 'S 2024',
      form: 'w # w',
      isText: false,
      options: [{ name: 'colours', kind: 'int', default: 2, min: 1, max: 9, doc: 'symbols to copy' }],
    },
  ],
  controllers: [{ id: 'lstm', title: 'LSTM', source: '', options: [] }],
  memories: [{ id: 'none', title: 'None', source: '', options: [] }],
  optimizers: [{ id: 'adam', title: 'Adam', source: '', options: [] }],
  plans: [
    { id: 'full', title: 'Full training', freeze: [] },
    { id: 'frozen-memory', title: 'Memory frozen', freeze: [{ what: 'memory', from: 'start', until: 'end' }] },
  ],
  devices: [],
  presets: [],
  defaults: DEFAULTS,
  beginning: DEFAULTS,
}

function handlers(): { handlers: Handlers; saved: Draft[]; started: unknown[] } {
  const saved: Draft[] = []
  const started: unknown[] = []
  const save = vi.fn((draft: { draftId?: string; name: string; content: unknown }) => {
    const made = {
      id: draft.draftId ?? `draft-${saved.length + 1}`,
      name: draft.name,
      content: draft.content,
      updatedAt: 1,
      revision: 1,
      createdAt: 1,
    } as unknown as Draft
    saved.push(made)
    return new Promise<Draft>(resolve => {
      setTimeout(() => {
        resolve(made)
      }, 20)
    })
  })
  return {
    saved,
    started,
    handlers: {
      catalog: { get: () => Promise.resolve(CATALOG) },
      drafts: {
        list: () => Promise.resolve([]),
        get: ({ draftId }) => Promise.resolve(saved.findLast(({ id }) => id === draftId)!),
        save,
      },
      preview: {
        study: ({ content }) =>
          Promise.resolve(
            (content as { data: { train: { strings: number } } }).data.train.strings > 0
              ? { problems: [], studies: [{ name: 'New study', runs: 6, stepsPerRun: 200, parameters: 300, same: [] }] }
              : { problems: [{ path: 'data.train.strings', message: 'allowed: 1 or more' }], studies: [] },
          ),
        model: () =>
          Promise.resolve({ counts: { controller: 300, classifier: 50 }, total: 350, parameters: [], stateSize: null }),
        task: () =>
          Promise.resolve({
            symbols: ['a'],
            strings: [{ symbols: [0], text: 'a # a', logProbability: -1 }],
            validLengths: [4, 6, 8],
            boundNats: 0.5,
            boundPerplexity: 1.65,
            floorAccuracy: 0.3,
            ceilingAccuracy: 0.9,
            figureLengths: [4],
            note: null,
          }),
        estimate: () =>
          Promise.resolve({
            device: 'wasm',
            runs: 6,
            steps: 1200,
            plans: [],
            seconds: 75,
            workers: 2,
            disk: 4e7,
            memory: 3e8,
            free: { disk: 1e7, memory: 8e9 },
          }),
      },
      studies: {
        list: () => Promise.resolve([]),
        start: (input: unknown) => {
          started.push(input)
          return Promise.resolve([{ id: 'made' }] as never)
        },
      },
    },
  }
}

describe('the study builder', () => {
  afterEach(() => {
    document.body.innerHTML = ''
  })

  it('makes one draft of a new study, with every default filled in', async () => {
    const { handlers: own, saved } = handlers()
    replace({ page: 'build' })
    const { view } = mountPage(BuildPage, own)
    await settle(50)
    go({ page: 'build', subject: 'new' })
    await settle(400)
    expect(saved).toHaveLength(1)
    expect(saved[0]!.content).toEqual(DEFAULTS)
    expect(useRouter().place.value).toMatchObject({ page: 'build', subject: 'draft-1' })
    expect(view.findAll('article.card').map(card => card.attributes('aria-label'))).toEqual([
      'Full training',
      'Memory frozen',
    ])
    expect(view.findAll('aside dd').map(figure => figure.text())).toEqual(['6', '1,200', 'measuring a step …'])
    await settle(1000)
    expect(view.findAll('aside dd').at(-1)!.text()).toBe('about 75 s on 2 workers')
    expect(view.findAll('aside .totals > p').map(line => line.text())).toEqual([
      'About 40 MB on the disk, 300 MB of memory',
      'Only 10 MB are free on the disk.',
    ])
    view.unmount()
  })

  it('takes seeds as they are typed, and a device of the study’s own', async () => {
    const { handlers: own, saved } = handlers()
    replace({ page: 'build', subject: 'new' })
    const { view } = mountPage(BuildPage, {
      ...own,
      catalog: {
        get: () =>
          Promise.resolve({
            ...CATALOG,
            devices: [
              { id: 'wasm', title: 'WebAssembly', available: true, note: 'everywhere' },
              { id: 'webgpu', title: 'WebGPU', available: false, note: 'there is no Vulkan loader' },
            ],
          }),
      },
    })
    await settle(400)
    const seeds = view.get('[data-path="seeds"] input')
    const stored = (): unknown[] => {
      const { seeds: now, training } = saved.at(-1)!.content as { seeds: unknown; training: { device?: string } }
      return [now, training.device]
    }
    for (const [text, meant] of [
      ['1', [1]],
      ['1,', [1]],
      ['1, 5', [1, 5]],
      ['1, 5-', '1, 5-'],
      ['1, 5-7', [1, 5, 6, 7]],
    ] as const) {
      await seeds.setValue(text)
      expect((seeds.element as HTMLInputElement).value).toBe(text)
      await settle(450)
      expect(stored()[0]).toEqual(meant)
    }
    await seeds.trigger('change')
    expect((seeds.element as HTMLInputElement).value).toBe('1, 5-7')
    const device = view.get('[data-path="training.device"] select')
    await device.setValue('webgpu')
    await settle(450)
    expect([stored()[1], view.get('[data-path="training.device"] .hint').text()]).toEqual([
      'webgpu',
      'there is no Vulkan loader',
    ])
    await device.setValue('')
    await settle(450)
    expect(stored()[1]).toBeUndefined()
    view.unmount()
  })

  it('shows and takes a word for a number where an option has one, and keeps the number', async () => {
    const { handlers: own, saved } = handlers()
    const stack = {
      id: 'stack',
      title: 'Stack',
      source: '',
      options: [
        {
          name: 'depth',
          kind: 'int' as const,
          default: 1_000_000,
          min: 1,
          doc: 'cells kept',
          words: { 'no limit': 1_000_000 },
        },
      ],
    }
    const defaults = { ...DEFAULTS, model: { ...DEFAULTS.model, memory: { id: 'stack' } } }
    replace({ page: 'build', subject: 'new' })
    const { view } = mountPage(BuildPage, {
      ...own,
      catalog: {
        get: () =>
          Promise.resolve({ ...CATALOG, memories: [...CATALOG.memories, stack], defaults, beginning: defaults }),
      },
    })
    await settle(400)
    const field = view.get<HTMLInputElement>('[data-path="model.memory.depth"] input')
    const depth = (): unknown =>
      (saved.at(-1)!.content as { model: { memory: { depth?: unknown } } }).model.memory.depth
    const type = async (text: string): Promise<unknown> => {
      field.element.value = text
      await field.trigger('input')
      expect(field.element.value).toBe(text)
      await settle(450)
      return depth()
    }
    expect([
      field.element.value,
      depth(),
      view.findAll('[data-path="model.memory.depth"] datalist option').map(option => option.attributes('value')),
    ]).toEqual(['no limit', undefined, ['no limit']])
    expect([await type('12'), await type(''), await type('no l'), await type('No  limit'), await type('none')]).toEqual(
      [12, '', '', 1_000_000, 'none'],
    )
    await type('12')
    await type('no l')
    await field.trigger('change')
    await settle(450)
    expect(depth()).toBe('no l')
    await type('1000000')
    await field.trigger('change')
    expect(field.element.value).toBe('no limit')
    view.unmount()
  })

  it('keeps the kind of a field that is emptied, and takes no other number than the one typed', async () => {
    const { handlers: own, saved } = handlers()
    replace({ page: 'build', subject: 'new' })
    const beginning = {
      ...DEFAULTS,
      training: {
        ...DEFAULTS.training,
        decay: { factor: 0.9, patience: 5, threshold: 1e-4 },
        earlyStop: { patience: 3 },
      },
    }
    const { view } = mountPage(BuildPage, {
      ...own,
      catalog: { get: () => Promise.resolve({ ...CATALOG, beginning }) },
    })
    await settle(400)
    const training = (): Record<string, unknown> =>
      (saved.at(-1)!.content as { training: Record<string, unknown> }).training
    const put = async (path: string, text: string): Promise<void> => {
      const input = view.get<HTMLInputElement>(`[data-path="${path}"] input`)
      input.element.focus()
      input.element.value = text
      await input.trigger('input')
      await settle(450)
      expect([document.activeElement === input.element, input.element.value]).toEqual([true, text])
    }
    for (const path of ['learningRate', 'clipNorm', 'decay.factor', 'earlyStop.patience'])
      await put(`training.${path}`, '')
    expect(training()).toMatchObject({
      learningRate: '',
      clipNorm: '',
      decay: { factor: '', patience: 5 },
      earlyStop: { patience: '' },
    })
    await put('training.learningRate', '0,02')
    await put('training.clipNorm', '0,25')
    await put('data.train.strings', '2.000')
    expect([training().learningRate, training().clipNorm]).toEqual([0.02, 0.25])
    expect((saved.at(-1)!.content as typeof DEFAULTS).data.train.strings).toBe('2.000')
    view.unmount()
  })

  it('says at the field what is wrong, stores what is typed, and starts only what can be trained', async () => {
    const { handlers: own, saved, started } = handlers()
    replace({ page: 'build', subject: 'new' })
    const { view } = mountPage(BuildPage, own)
    await settle(400)
    const strings = view.get('[data-path="data.train.strings"] input')
    const start = view.findAll('button').find(button => button.text() === 'Start training')!
    await strings.setValue('0')
    await settle(600)
    expect(view.get('[data-path="data.train.strings"] [role=alert]').text()).toBe('allowed: 1 or more')
    expect([
      strings.attributes('aria-invalid'),
      start.attributes('disabled') !== undefined,
      view.get('aside h2').text(),
    ]).toEqual(['true', true, '1 problem'])
    expect((saved.at(-1)!.content as typeof DEFAULTS).data.train.strings).toBe(0)
    await strings.setValue('60')
    await settle(600)
    await start.trigger('click')
    await settle(100)
    expect(started).toEqual([
      {
        content: { ...DEFAULTS, data: { ...DEFAULTS.data, train: { strings: 60, lengths: [4, 8] } } },
        draftId: 'draft-1',
      },
    ])
    expect(useRouter().place.value).toMatchObject({ page: 'live', subject: 'made' })
    view.unmount()
  })

  it("asks where the text of a grid is, by the system's dialog where there is one", async () => {
    const { handlers: own, saved } = handlers()
    const text = {
      id: 'treebank',
      title: 'Treebank',
      source: '',
      form: '',
      isText: true,
      options: [{ name: 'path', kind: 'path' as const, default: '', doc: 'where it is' }],
    }
    const grid = {
      name: 'Grid',
      tasks: [{ id: 'copying' }, { id: 'treebank', path: '' }, { id: 'treebank' }],
      models: [{ name: 'a' }],
    }
    const info = {
      version: '1',
      commit: null,
      shell: 'electron' as const,
      platform: 'linux',
      versions: {},
      safeMode: false,
      cores: 2,
    }
    const answers = [null, '/there/ptb']
    replace({ page: 'build', subject: 'new', query: { preset: 'grid' } })
    const { view, host } = mountPage(BuildPage, {
      ...own,
      catalog: {
        get: () =>
          Promise.resolve({
            ...CATALOG,
            tasks: [...CATALOG.tasks, text],
            presets: [{ id: 'grid', title: 'Grid', description: '', content: grid }],
          }),
      },
      app: {
        info: () => Promise.resolve({ ...info, startAgain: null }),
        choosePath: () => Promise.resolve({ path: answers.shift()! }),
      },
      preview: {
        ...own.preview,
        study: ({ content }) =>
          Promise.resolve({
            problems: JSON.stringify(content).includes('/')
              ? []
              : [{ path: 'task.path', message: 'allowed: a folder' }],
            studies: [],
          }),
      },
    })
    await settle(600)
    const field = view.get('[data-path="task.path"]')
    expect([field.get('label').text(), field.get('[role=alert]').text()]).toEqual(['Text', 'allowed: a folder'])
    const folder = field.findAll('button').find(button => button.text() === 'Folder …')!
    await folder.trigger('click')
    await folder.trigger('click')
    await settle(1500)
    expect(host.asked.filter(([name]) => name === 'app.choosePath')).toEqual([
      ['app.choosePath', { kind: 'folder' }],
      ['app.choosePath', { kind: 'folder' }],
    ])
    expect((saved.at(-1)!.content as typeof grid).tasks).toEqual([
      { id: 'copying' },
      { id: 'treebank', path: '/there/ptb' },
      { id: 'treebank', path: '/there/ptb' },
    ])
    expect([
      view.find('[data-path="task.path"] [role=alert]').exists(),
      view.get('[data-path="task.path"] input').element,
    ]).toEqual([false, expect.objectContaining({ value: '/there/ptb' })])
    view.unmount()
  })

  it('takes the form that a text needs, and the path that came with it, by one click each', async () => {
    const { handlers: own, saved } = handlers()
    const text = {
      id: 'text',
      title: 'Text',
      source: '',
      form: '',
      isText: true,
      options: [
        { name: 'path', kind: 'path' as const, default: '', doc: '' },
        { name: 'form', kind: 'choice' as const, default: 'plain', choices: ['plain', 'tokens'], doc: '' },
      ],
    }
    replace({ page: 'build', subject: 'new' })
    const { view } = mountPage(BuildPage, {
      ...own,
      catalog: {
        get: () =>
          Promise.resolve({
            ...CATALOG,
            tasks: [text],
            beginning: { ...DEFAULTS, task: { id: 'text', path: 'received:/there', form: 'plain' } },
          }),
      },
      preview: {
        ...own.preview,
        study: () =>
          Promise.resolve({
            problems: [{ path: 'task.form', message: 'allowed: tokens (this text has <unk> 3 times)' }],
            studies: [],
          }),
      },
    })
    await settle(1500)
    const click = async (path: string): Promise<string> => {
      const button = view.get(`[data-path="${path}"] button`)
      await button.trigger('click')
      await settle(1500)
      return button.text()
    }
    expect([await click('task.form'), await click('task.path')]).toEqual(['Use tokens', 'Use this path'])
    expect((saved.at(-1)!.content as typeof DEFAULTS).task).toEqual({ id: 'text', path: '/there', form: 'tokens' })
    expect(view.findAll('[data-path="task.form"] button, [data-path="task.path"] button')).toEqual([])
    view.unmount()
  })

  it('has a path typed where there is no such dialog', async () => {
    const { handlers: own, saved } = handlers()
    const text = {
      id: 'treebank',
      title: 'Treebank',
      source: '',
      form: '',
      isText: true,
      options: [{ name: 'path', kind: 'path' as const, default: '', doc: 'where it is' }],
    }
    replace({ page: 'build', subject: 'new' })
    const { view } = mountPage(BuildPage, {
      ...own,
      catalog: {
        get: () =>
          Promise.resolve({
            ...CATALOG,
            tasks: [text],
            beginning: { ...DEFAULTS, task: { id: 'treebank', path: '' } },
          }),
      },
    })
    await settle(400)
    const field = view.get('[data-path="task.path"]')
    expect([field.get('label').text(), field.findAll('button').length]).toEqual(['Path', 0])
    await field.get('input').setValue('/there')
    await field.get('input').trigger('change')
    await settle(1500)
    expect((saved.at(-1)!.content as typeof DEFAULTS).task).toEqual({ id: 'treebank', path: '/there' })
    view.unmount()
  })
})
