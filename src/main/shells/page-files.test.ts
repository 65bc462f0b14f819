import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { locate, pageFile } from './page-files.ts'

let above: string
let root: string

beforeAll(async () => {
  above = await mkdtemp(join(tmpdir(), 'permafrost-pages-'))
  root = join(above, 'pages')
  await mkdir(join(root, 'assets'), { recursive: true })
  await mkdir(join(above, 'pages-secret'))
  await writeFile(join(root, 'index.html'), '<!doctype html>')
  await writeFile(join(root, 'assets', 'a b.js'), 'export {}')
  await writeFile(join(above, 'secret.txt'), 'secret')
  await writeFile(join(above, 'pages-secret', 'secret.txt'), 'secret')
})

afterAll(() => rm(above, { recursive: true }))

describe('locate', () => {
  it('finds the page and its files', () => {
    expect(locate(root, '/')).toBe(join(root, 'index.html'))
    expect(locate(root, '/assets/a%20b.js')).toBe(join(root, 'assets', 'a b.js'))
    expect(locate(root, '/assets/../index.html')).toBe(join(root, 'index.html'))
  })

  it.each([
    ['a parent', '/../secret.txt'],
    ['an encoded parent', '/%2e%2e/secret.txt'],
    ['an encoded slash', '/..%2fsecret.txt'],
    ['a parent after a folder', '/assets/../../secret.txt'],
    ['a sibling with the same beginning', '/../pages-secret/secret.txt'],
    ['a backslash', '/..%5csecret.txt'],
    ['a zero byte', '/index.html%00.txt'],
    ['a broken escape', '/%zz'],
    ['the folder itself', '/.'],
  ])('refuses %s', (_what, pathname) => {
    expect(locate(root, pathname)).toBeUndefined()
  })
})

describe('pageFile', () => {
  it('answers with content, type and policy', async () => {
    const page = await pageFile(root, '/')
    expect(page.status).toBe(200)
    expect(new TextDecoder().decode(page.body)).toBe('<!doctype html>')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain(`default-src 'none'; script-src 'self';`)
  })

  it.each(['/nothing.js', '/assets', '/index.html/more', '/../secret.txt'])('answers 404 to %s', async pathname => {
    const { status, body } = await pageFile(root, pathname)
    expect({ status, bytes: body.length }).toEqual({ status: 404, bytes: 0 })
  })
})
