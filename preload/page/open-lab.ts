/** All that the renderer needs to reach main, whichever host it runs in. */
import { APP_SCHEME } from '../handover.ts'
import { connect, type RpcClient } from '../rpc.ts'
import { openMessagePort } from './message-port.ts'
import { openWebSocketPort } from './web-socket-port.ts'

/**
 * Opens this window's session of the lab. Rejects, with an Error whose message can be shown, when there is no lab behind
 * the page or it refuses the key in the URL.
 */
export async function openLab(): Promise<RpcClient> {
  const inElectron = location.protocol === `${APP_SCHEME}:`
  return connect(inElectron ? await openMessagePort() : await openWebSocketPort(location.host, location.hash.slice(1)))
}
