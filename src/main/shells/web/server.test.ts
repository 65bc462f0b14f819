import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import type { Channel } from '../../../shared/rpc/channel.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import { call } from '../../../shared/rpc/contract.ts'
import { encodeFrame } from '../../../shared/rpc/frame.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { knownPages } from './known-pages.ts'
import { openWebServer, type WebServer } from './server.ts'

const contract = {
  sums: {
    add: call(
      z.strictObject({ a: z.number(), values: z.custom<Float32Array>(v => v instanceof Float32Array) }),
      z.custom<Float32Array>(v => v instanceof Float32Array),
    ),
  },
}
const answer = (channel: Channel): void =>
  serve(contract, { sums: { add: ({ a, values }) => values.map(v => v + a) } }, channel)

let root: string
let server: WebServer
let key: string

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'permafrost-web-'))
  writeFileSync(join(root, 'index.html'), '<!doctype html>')
  server = await openWebServer({ root, answer })
  key = keyOf(server)
})

afterAll(async () => {
  await server.close()
  rmSync(root, { recursive: true })
})

const keyOf = ({ url }: WebServer): string => /#token=([0-9a-f]{64})$/.exec(url)![1]!

interface Asked {
  method?: string
  path?: string
  headers?: Record<string, string>
}

function ask(
  { method = 'GET', path = '/', headers = {} }: Asked,
  port = server.port,
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path, headers }, response => {
      let body = ''
      response.on('data', (part: Buffer) => {
        body += part.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
    })
      .on('error', reject)
      .end()
  })
}

interface Offer {
  token?: string
  protocols?: string[]
  origin?: string | undefined
  host?: string
  path?: string
  port?: number
}

/** The HTTP status with which a page's socket is refused; 101 when it is let in. */
function offer({
  port = server.port,
  token = key,
  protocols = ['permafrost.1', `token.${token}`],
  origin = `http://127.0.0.1:${port}`,
  host,
  path = '/lab',
}: Offer): Promise<{ status: number; socket: WebSocket }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
      ...(origin === '' ? {} : { origin }),
      headers: host === undefined ? {} : { host },
    })
    socket.on('open', () => resolve({ status: 101, socket }))
    socket.on('unexpected-response', (_, response) => {
      resolve({ status: response.statusCode!, socket })
      socket.terminate()
    })
    socket.on('error', reject)
  })
}

function channelOver(socket: WebSocket): Channel {
  return {
    send: bytes => socket.send(bytes),
    onMessage: listen => {
      socket.on('message', data => listen(data as Buffer))
    },
    onClose: listen => {
      socket.on('close', listen)
    },
    close: () => socket.close(),
  }
}

describe('pages', () => {
  it('are served with their policy', async () => {
    const { status, headers, body } = await ask({})
    expect({ status, body }).toEqual({ status: 200, body: '<!doctype html>' })
    expect(headers['content-security-policy']).toContain(`default-src 'none'`)
    expect(headers['cross-origin-opener-policy']).toBe('same-origin')
  })

  it('are not served under another name: no site can have its own point here', async () => {
    for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '0.0.0.0', '192.168.0.1'])
      expect((await ask({ headers: { host } })).status).toBe(421)
    for (const host of ['localhost:5', '127.0.0.1', '[::1]:80'])
      expect((await ask({ headers: { host } })).status).toBe(200)
  })

  it.each([
    '/../package.json',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/\\..\\x',
    '/index.html%00',
    '/lab',
    '/session',
  ])('hold nothing from elsewhere: %s', async path => {
    expect((await ask({ path })).status).toBe(404)
  })

  it('are all there is: other methods are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) expect((await ask({ method })).status).toBe(405)
  })

  it('are only for this machine', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find(face => face && !face.internal && face.family === 'IPv4')
    if (!outside) return expect(outside).toBeUndefined()
    const reached = await new Promise<boolean>(resolve => {
      const socket = connectTcp(server.port, outside.address, () => resolve(true))
      socket.on('error', () => resolve(false))
    })
    expect(reached).toBe(false)
  })
})

describe('the contract over a socket', () => {
  it('answers a page that knows the key', async () => {
    const { status, socket } = await offer({})
    expect(status).toBe(101)
    expect(socket.protocol).toBe('permafrost.1')
    const { client, attach } = connect(contract)
    attach(channelOver(socket))
    const values = Float32Array.from({ length: 100_000 }, (_, i) => i)
    expect(await client.sums.add({ a: 1, values })).toEqual(values.map(v => v + 1))
    socket.close()
  })

  it.each([
    ['no key', { protocols: ['permafrost.1'] }, 403],
    ['a wrong key', { token: '0'.repeat(64) }, 403],
    ['part of a key', { token: 'x' }, 403],
    ['no protocol but the key', { protocols: [`token.${'0'.repeat(64)}`] }, 403],
    ['another origin', { origin: 'http://evil.example' }, 403],
    ['another port’s origin', { origin: 'http://127.0.0.1:1' }, 403],
    ['no origin', { origin: '' }, 403],
    ['a file', { origin: 'file://' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['another host', { host: 'evil.example', origin: 'http://evil.example' }, 421],
    ['another path', { path: '/other' }, 404],
  ] as [string, Offer, number][])('refuses %s', async (_, given, status) => {
    expect((await offer(given)).status).toBe(status)
  })

  it('refuses a key of any bytes, closes its socket, and goes on', async () => {
    const statuses = new Map<string, number>()
    const key = (byte: number): Buffer => Buffer.concat([Buffer.alloc(63, 0x30), Buffer.of(byte)])
    for (const byte of [0x80, 0xc3, 0xe4, 0xff])
      for (let times = 0; times < 25; times++) {
        const head = `GET /lab HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: http://127.0.0.1:${server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: permafrost.1, token.`
        const said = await new Promise<string>(resolve => {
          let text = ''
          const socket = connectTcp(server.port, '127.0.0.1', () =>
            socket.write(Buffer.concat([Buffer.from(head), key(byte), Buffer.from('\r\n\r\n')])),
          )
          socket.on('data', chunk => (text += chunk.toString('latin1')))
          // Only the server ends it: the other end stays as it is.
          socket.on('close', () => resolve(text))
        })
        const status = said.split(' ')[1]!
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    expect([...statuses]).toEqual([['403', 100]])
    expect((await ask({})).status).toBe(200)
  })

  it('ends the socket of a page whose answer throws', async () => {
    const failing = await openWebServer({
      root,
      answer: () => {
        throw new Error('planted')
      },
    })
    const { socket } = await offer({ port: failing.port, token: keyOf(failing) })
    if (socket.readyState !== WebSocket.CLOSED) await new Promise(resolve => socket.on('close', resolve))
    await failing.close()
  })

  it('gives each page a key of its own; the launch key of a window opens once', async () => {
    const once = await openWebServer({ root, answer, once: true })
    const origin = `http://127.0.0.1:${once.port}`
    const exchange = (token: string, from = origin) =>
      ask({ method: 'POST', path: '/session', headers: { authorization: `Bearer ${token}`, origin: from } }, once.port)
    expect((await exchange(keyOf(once), 'http://evil.example')).status).toBe(403)
    expect((await exchange('0'.repeat(64))).status).toBe(403)
    const own = await exchange(keyOf(once))
    expect(own).toMatchObject({ status: 200, body: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(own.body).not.toBe(keyOf(once))
    expect((await exchange(keyOf(once))).status).toBe(403)
    expect((await offer({ port: once.port, token: keyOf(once) })).status).toBe(403)
    const { status, socket } = await offer({ port: once.port, token: own.body })
    expect(status).toBe(101)
    socket.close()
    await once.close()
  })

  it('lets a page in again after a restart on its history, for a week, and no other one; what is kept opens nothing', async () => {
    const path = join(root, 'pages.json')
    let date = 1_800_000_000_000
    const start = () => openWebServer({ root, answer, pages: knownPages(path, { now: () => date }) })
    const known = async ({ port }: WebServer, token: string, from = `http://127.0.0.1:${port}`): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, origin: from }
      return (await ask({ method: 'POST', path: '/session/known', headers }, port)).status
    }
    const first = await start()
    const headers = { authorization: `Bearer ${keyOf(first)}`, origin: `http://127.0.0.1:${first.port}` }
    const own = (await ask({ method: 'POST', path: '/session', headers }, first.port)).body
    await first.close()
    const second = await start()
    const { status, socket } = await offer({ port: second.port, token: own })
    socket.close()
    const kept = (JSON.parse(readFileSync(path, 'utf8')) as { hash: string }[])[0]!.hash
    expect([status, await known(second, own), await known(second, own, 'http://evil.example')]).toEqual([101, 204, 403])
    expect(await Promise.all([keyOf(first), kept, '0'.repeat(64)].map(key => known(second, key)))).toEqual([
      403, 403, 403,
    ])
    date += 8 * 86_400_000
    expect([await known(second, own), (await offer({ port: second.port, token: own })).status]).toEqual([403, 403])
    await second.close()
    const elsewhere = await openWebServer({ root, answer })
    expect(await known(elsewhere, own)).toBe(403)
    await elsewhere.close()
  })

  it('survives what sockets can say', async () => {
    const noise = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 100 }),
      fc.jsonValue().map(value => encodeFrame(value)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { maxLength: 5 }), async messages => {
        const { socket } = await offer({})
        for (const message of messages) socket.send(message)
        socket.close()
        await new Promise(resolve => socket.on('close', resolve))
      }),
      { numRuns: 30 },
    )
    await new Promise<void>(resolve => {
      const raw = connectTcp(server.port, '127.0.0.1', () =>
        raw.end(
          'GET /lab HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99\r\nOrigin: http://127.0.0.1\r\n\r\n',
        ),
      )
      raw.on('close', () => resolve())
      raw.resume()
    })
    expect((await ask({})).status).toBe(200)
  })
})
