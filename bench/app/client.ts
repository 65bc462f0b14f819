import { WebSocket } from 'ws'
import { contract, type LabClient } from '../../src/shared/contract/index.ts'
import { connect } from '../../src/shared/rpc/connect.ts'

/** Speaks to a host as a page does. @param url as the host prints it, with its key */
export async function clientOf(url: string): Promise<LabClient> {
  const { host, origin, hash } = new URL(url)
  const socket = new WebSocket(`ws://${host}/lab`, ['permafrost.1', `token.${hash.split('=')[1]}`], { origin })
  await new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  const { client, attach } = connect(contract)
  attach({
    send: bytes => socket.send(bytes),
    onMessage: listen => {
      socket.on('message', data => listen(data as Buffer))
    },
    onClose: listen => {
      socket.on('close', listen)
    },
    close: () => socket.close(),
  })
  return client
}
