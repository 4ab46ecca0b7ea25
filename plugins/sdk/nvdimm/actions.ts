/** The actions of a type whose devices are pmem regions: ndctl's and daxctl's commands by their own names. */
import type { DeviceAction, DeviceContext } from '../device-type.ts'
import { daxActionsOn } from '../dax/actions.ts'
import type { Params } from '../params.ts'
import { param } from '../params.ts'
import type { Steps } from '../steps.ts'
import { createNamespace, destroyNamespace, disableNamespace, disableRegion, enableNamespace, enableRegion } from './ndctl.ts'
import { noteRegion, regionOf } from './namespace.ts'

type Run = DeviceAction<Params>['run']
const none = {}

export const NAMESPACE_MODES = ['raw', 'fsdax', 'devdax'] as const
const force = param.bool({ default: true, doc: '--force: also when the namespace is active.' })

/** `ndctl create-namespace -e` and the rest, and daxctl's for the dax device of a devdax namespace. */
export const namespaceActions = (): Readonly<Record<string, DeviceAction<Params>>> => ({
  'create-namespace': {
    title: 'ndctl create-namespace', doc: 'Reconfigures the namespace: what there was is taken apart, then it is set up in the new mode.',
    params: {
      mode: param.choice({ choices: ['', ...NAMESPACE_MODES], default: 'fsdax', doc: '--mode: raw, fsdax (a block device with struct pages) or devdax (a character device); nothing: the mode that it has.' }),
      map: param.choice({ choices: ['', 'dev', 'mem'], default: '', doc: '--map: struct pages on the device (dev, the default) or in RAM (mem).' }),
      align: param.text({ default: '', pattern: '^(|4K|2M|1G|4096|2097152|1073741824)$', doc: '--align: 4K, 2M or 1G; nothing: 2M, or what it has.', advanced: true }),
      force,
    },
    run: on(function* (r, { machine, args }) {
      return yield* createNamespace(r, {
        ...(args['mode'] ? { mode: args['mode'] as (typeof NAMESPACE_MODES)[number] } : {}),
        ...(args['map'] ? { map: args['map'] as 'mem' | 'dev' } : {}),
        ...(args['align'] ? { align: sizeOf(String(args['align'])) } : {}),
        force: args['force'] === true,
      }, machine)
    }),
  },
  'destroy-namespace': {
    title: 'ndctl destroy-namespace', doc: 'Disables the namespace and erases its info block. Without labels it is there afterwards, raw and disabled.', params: { force },
    run: on((r, { machine, args }) => destroyNamespace(r, args['force'] === true, machine)),
  },
  'disable-namespace': { title: 'ndctl disable-namespace', doc: 'Unbinds its driver: struct pages and region go, the info block stays.', params: none, run: on((r, { machine }) => disableNamespace(r, machine)) },
  'enable-namespace': { title: 'ndctl enable-namespace', doc: 'Binds the driver that the info block names.', params: none, run: on((r, { machine }) => enableNamespace(r, machine)) },
  'disable-region': { title: 'ndctl disable-region', doc: 'Disables the namespace, then the region.', params: none, run: on((r, { machine }) => disableRegion(r, machine)) },
  'enable-region': { title: 'ndctl enable-region', doc: 'The region finds its namespace again, and a driver binds to it.', params: none, run: on((r, { machine }) => enableRegion(r, machine)) },
  ...daxActionsOn(regionOf, noteRegion, (r) => r.active && r.info === 'dax'),
})

/** Runs a function on the region of a device. The functions above write it back themselves. */
function on(run: (r: ReturnType<typeof regionOf>, context: DeviceContext<Params> & { readonly args: Parameters<Run>[0]['args'] }) => Steps): Run {
  return (context) => run(regionOf(context.device), context)
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }
const sizeOf = (text: string): number => Number.parseInt(text, 10) * (UNITS[text.replace(/^\d+/, '')] ?? 1)
