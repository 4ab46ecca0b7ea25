import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import type { Events, RequestName } from '../../preload/contract.ts'
import type { Port } from '../../preload/port.ts'
import { connect, RpcError } from '../../preload/rpc.ts'
import type { RpcClient, ServerMessage } from '../../preload/rpc.ts'
import { serve } from './serve.ts'
import { smallLab } from './small-lab.ts'

/** A pair of real ports in this process, with structured clone between them as in Electron. */
function portPair(): [Port, Port] {
  const wrap = (port: MessagePort): Port => ({
    post: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', listener),
    onClose: (listener) => void port.once('close', listener),
    close: () => port.close(),
  })
  const { port1, port2 } = new MessageChannel()
  return [wrap(port1), wrap(port2)]
}

const clients: RpcClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

function openLab(): { client: RpcClient; windowPort: Port; bugs: string[] } {
  const [mainPort, windowPort] = portPair()
  const bugs: string[] = []
  serve(mainPort, smallLab(), (request) => bugs.push(request))
  const client = connect(windowPort)
  clients.push(client)
  return { client, windowPort, bugs }
}

/** What main says to a message that a window of ours would not send. */
function sayRaw(message: unknown): Promise<ServerMessage | 'closed'> {
  const [mainPort, windowPort] = portPair()
  serve(mainPort, smallLab(), () => undefined)
  return new Promise((resolve) => {
    windowPort.onClose(() => resolve('closed'))
    windowPort.onMessage((reply) => {
      resolve(reply as ServerMessage)
      windowPort.close()
    })
    windowPort.post(message)
  })
}

describe('a window and its lab', () => {
  it('get each reply to the request that asked for it', async () => {
    const { client } = openLab()
    const maps = await Promise.all([3, 1, 2].map((columns) =>
      client.request('map', { range: { start: 0, end: 4096 }, columns, tracks: ['zones'], limit: 0 })))
    expect(maps.map((map) => map.tracks[0])).toEqual([
      { track: 'zones', lanes: 1, columns: 3, cells: new Uint32Array([0, 1, 2]) },
      { track: 'zones', lanes: 1, columns: 1, cells: new Uint32Array([0]) },
      { track: 'zones', lanes: 1, columns: 2, cells: new Uint32Array([0, 1]) },
    ])
  })

  it('hear of a change until they stop listening', async () => {
    const { client } = openLab()
    const heard: Events['changed'][] = []
    const stop = client.on('changed', (event) => heard.push(event))
    await client.request('goto', { position: 4 })
    stop()
    await client.request('goto', { position: 5 })
    expect(heard.map((event) => event.document?.position)).toEqual([4])
  })

  it('keep apart what two windows do', async () => {
    const [one, other] = [openLab(), openLab()]
    await one.client.request('goto', { position: 9 })
    expect((await other.client.request('document', {}))?.position).toBe(0)
  })
})

describe('a refused request', () => {
  it('rejects with the lab\'s own code', async () => {
    const { client, bugs } = openLab()
    await expect(client.request('outline', {})).rejects.toEqual(new RpcError('no-document', 'no document is open'))
    expect(bugs).toEqual([])
  })

  it('that breaks the schema names the field and never reaches the lab', async () => {
    const { client } = openLab()
    await expect(client.request('goto', { position: -1 })).rejects.toMatchObject({ code: 'bad-request', message: expect.stringMatching(/^goto: position: /) })
    expect((await client.request('document', {}))?.position).toBe(0)
  })

  it('that meets a bug says so to the window and tells the host', async () => {
    const { client, bugs } = openLab()
    await expect(client.request('find', { query: 'zone' })).rejects.toMatchObject({ code: 'internal' })
    expect(bugs).toEqual(['find'])
  })

  it('whose reply cannot be sent is answered all the same', async () => {
    const { client, bugs } = openLab()
    await expect(client.request('exportScenario', {})).rejects.toMatchObject({ code: 'internal' })
    expect(bugs).toEqual(['exportScenario'])
  })

  it.each(['toString', '__proto__', 'constructor', 'onEvent', 'hasOwnProperty', ''])('named %j does not exist', async (request) => {
    expect(await sayRaw({ id: 1, request, params: {} })).toMatchObject({ id: 1, ok: false, failure: { code: 'bad-request' } })
  })

  it.each([null, 'hello', 7, {}, { id: 'x', request: 'hello', params: {} }, { id: 1.5, request: 'hello' }, []])(
    'that is no request at all (%j) closes the port', async (message) => {
      expect(await sayRaw(message)).toBe('closed')
    })
})

describe('when main goes away', () => {
  it('what waits and what comes later rejects as closed, and the window is told', async () => {
    const [mainPort, windowPort] = portPair()
    mainPort.onMessage(() => mainPort.close())
    const client = connect(windowPort)
    const told = new Promise<void>((resolve) => client.onClose(resolve))
    const requests: RequestName[] = ['document', 'outline']
    const waiting = requests.map((name) => client.request(name, {} as never))
    for (const request of waiting) await expect(request).rejects.toMatchObject({ code: 'closed' })
    await told
    await expect(client.request('document', {})).rejects.toMatchObject({ code: 'closed' })
  })
})
