/** The browser host: the lab for a browser window on this computer. Started by scripts/start.mjs. */
import { join } from 'node:path'
import { openFirst } from './host/first-document.ts'
import type { FirstDocument } from './host/first-document.ts'
import { createLab } from './lab/lab.ts'
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
  const newLab = () => createLab({ host: 'browser' })
  const problems = await openFirst(newLab(), first)
  if (problems.length > 0) return { problems }

  const host = await startBrowserHost({
    assets: assetsIn(join(import.meta.dirname, '..', 'renderer')),
    port,
    openSession() {
      const session = newLab()
      // The lab takes requests in order, so the window's first ones wait until this document is open.
      void openFirst(session, first)
      return session
    },
    onBug: (request, error) => console.error(`zonelab: ${request}:`, error),
  })
  return { host }
}
