/** The browser host: the lab for a browser window on this computer. Started by scripts/start.mjs. */
import { join } from 'node:path'
import { prepareFirst } from './host/first-document.ts'
import type { FirstDocument } from './host/first-document.ts'
import { pluginFolders } from './host/plugin-folders.ts'
import { createLab } from './lab/lab.ts'
import { createPluginHost } from './plugins/host.ts'
import { assetsIn } from './transport/assets.ts'
import { startBrowserHost } from './transport/browser-host.ts'
import type { BrowserHost } from './transport/browser-host.ts'

export interface ServeOptions {
  readonly first: FirstDocument
  /** 0: a free port. */
  readonly port: number
}

/** The running host, or what is wrong with the first document. Rejects when the port is taken. */
export async function serveLab({ first, port }: ServeOptions): Promise<{ readonly host: BrowserHost } | { readonly problems: readonly string[] }> {
  const plugins = createPluginHost({ folders: pluginFolders() })
  await plugins.reload()
  const newLab = () => createLab({ host: 'browser', plugins })
  const prepared = await prepareFirst(first, newLab())
  if ('problems' in prepared) return prepared

  const host = await startBrowserHost({
    assets: assetsIn(join(import.meta.dirname, '..', 'renderer')),
    port,
    openSession() {
      const session = newLab()
      prepared.open(session)
      return session
    },
    onBug: (request, error) => console.error(`zonelab: ${request}:`, error),
  })
  return { host }
}
