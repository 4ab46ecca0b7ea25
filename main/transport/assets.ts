/**
 * The files of the built page. They are read once when a host starts: no request can name a file outside the folder, and a lab that
 * runs does not notice that another is built.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

export interface Asset { readonly type: string; readonly body: Buffer }

/** The asset at a URL path ("/", "/assets/index.js"), undefined when there is none. The query is not part of the path. */
export type Assets = (path: string) => Asset | undefined

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Reads the folder; "/" is its index.html. Links, and files of a type that the page does not use, are left out. */
export function assetsIn(folder: string): Assets {
  const assets = new Map<string, Asset>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    assets.set('/' + relative(folder, file).split(sep).join('/'), { type, body: readFileSync(file) })
  }
  const index = assets.get('/index.html')
  if (index) assets.set('/', index)
  return (path) => assets.get(path)
}
