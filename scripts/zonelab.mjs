#!/usr/bin/env node
// The `zonelab` command: the built bundle, with Node's compile cache where Node has one (22.1 and later).
import module from 'node:module'

module.enableCompileCache?.()
try {
  await import('../out/main/cli.js')
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('out/main/cli.js')) throw error
  process.stderr.write('zonelab is not built: run npm install, or npm run build\n')
  process.exitCode = 1
}
