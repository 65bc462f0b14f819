import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Loaded into a host before everything else; see there. */
export const HOOK = join(import.meta.dirname, 'log-connections.cjs')

const read = (file: string): NetLog => JSON.parse(readFileSync(file, 'utf8')) as NetLog

function ofType({ constants: { logEventTypes }, events }: NetLog, name: string): Readonly<Record<string, unknown>>[] {
  return events.flatMap(({ type, params }) => (type === logEventTypes[name] && params ? [params] : []))
}

interface NetLog {
  readonly constants: { readonly logEventTypes: Readonly<Record<string, number>> }
  readonly events: readonly { readonly type: number; readonly params?: Readonly<Record<string, unknown>> }[]
}

const CONNECTS = ['TCP_CONNECT_ATTEMPT', 'UDP_CONNECT'] as const
const NAMES = ['HOST_RESOLVER_MANAGER_REQUEST', 'HOST_RESOLVER_MANAGER_JOB'] as const

/** What pages asked for, by Chromium's own log (`--log-net-log`): `url http://127.0.0.1:4000/`. A browser asks for things of its own besides, which are not the app's. */
export const askedByPages = (file: string): string[] =>
  ofType(read(file), 'URL_REQUEST_START_JOB').flatMap(({ url, initiator }) =>
    typeof url === 'string' && initiator !== 'not an origin' ? [`url ${url}`] : [],
  )

/** All that a Chromium turned to, whoever wanted it: `tcp 127.0.0.1:4000`, `name example.com`, `url https://…`. */
export function allAddresses(file: string): string[] {
  const {
    constants: { logEventTypes },
    events,
  } = read(file)
  if (events.length === 0) throw new Error(`${file} logs nothing`)
  const named = new Map(Object.entries(logEventTypes).map(([name, type]) => [type, name]))
  return events.flatMap(({ type, params }) => {
    const name = named.get(type) ?? ''
    if ((CONNECTS as readonly string[]).includes(name) && typeof params?.address === 'string')
      return [`${name === 'UDP_CONNECT' ? 'udp' : 'tcp'} ${params.address}`]
    if ((NAMES as readonly string[]).includes(name) && typeof params?.host === 'string') return [`name ${params.host}`]
    if (name === 'URL_REQUEST_START_JOB' && typeof params?.url === 'string') return [`url ${params.url}`]
    return []
  })
}

/** What `log-connections.cjs` wrote. */
export const readConnections = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []

const LOOPBACK = [
  /^(tcp|udp) (127\.\d+\.\d+\.\d+|\[::1\]|localhost|::1)(:\d+)?$/,
  /^name (https?:\/\/)?(127\.0\.0\.1|localhost)(:\d+)?$/,
  /^url (https?|ws):\/\/127\.0\.0\.1[:/]/,
  /^url (app:\/\/permafrost\/|data:|blob:|devtools:|chrome:|about:)/,
  /^hooked$/,
]

/** Those that lead away from this machine. */
export const awayFrom = (addresses: readonly string[]): string[] =>
  addresses.filter(address => !LOOPBACK.some(known => known.test(address)))
