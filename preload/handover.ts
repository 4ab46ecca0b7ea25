/** Words with which page, preload script and main hand over the port in Electron. */

/** page -> preload script, by window.postMessage */
export const PORT_WANTED = 'zonelab:port-wanted'
/** preload script -> page, by window.postMessage, with the port */
export const PORT_HANDED_OVER = 'zonelab:port'
/** Both directions of IPC between the preload script and main. */
export const IPC_CHANNEL = 'zonelab:port'

/** The page's address in Electron. */
export const APP_SCHEME = 'app'
export const APP_ORIGIN = `${APP_SCHEME}://zonelab`
