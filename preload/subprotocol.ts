/** How a page names itself and its key to the browser host: as WebSocket subprotocols, the one header a page may set. */
export const SUBPROTOCOL = 'zonelab.1'
const TOKEN_PREFIX = 'key.'

/** The token as a subprotocol; base64url text is a valid one. */
export const tokenProtocol = (token: string): string => TOKEN_PREFIX + token

/** The token among the offered subprotocols, undefined when there is none. */
export const tokenIn = (protocols: Iterable<string>): string | undefined => {
  for (const protocol of protocols) if (protocol.startsWith(TOKEN_PREFIX)) return protocol.slice(TOKEN_PREFIX.length)
  return undefined
}
