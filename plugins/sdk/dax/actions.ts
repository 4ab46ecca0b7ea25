/** daxctl's commands as actions of a type whose devices have a device-dax instance. */
import type { DeviceAction, DeviceContext, DeviceView } from '../device-type.ts'
import type { Params } from '../params.ts'
import { param } from '../params.ts'
import { ERRNO, kernel, type Steps } from '../steps.ts'
import { disableDevice, enableDevice, offlineMemory, onlineMemory, reconfigureDevice } from './daxctl.ts'
import { daxBind, daxUnbind, type DevDax } from './dev-dax.ts'

type Run = DeviceAction<Params>['run']
const none = {}
const movable = param.bool({ default: true, doc: 'Into zone Movable; otherwise (--no-movable) where a plain `online` puts it.' })

/**
 * `load` makes the instance from a device's notes, `note` writes it back, `isThere` tells whether there is one now.
 */
export function daxActionsOn<D extends DevDax>(load: (device: DeviceView) => D, note: (d: D) => Steps, isThere: (d: D) => boolean): Readonly<Record<string, DeviceAction<Params>>> {
  const on = (run: (d: D, context: DeviceContext<Params> & { readonly args: Parameters<Run>[0]['args'] }) => Steps): Run =>
    function* (context) {
      const d = load(context.device)
      if (!isThere(d)) return yield kernel.fail(ERRNO.ENXIO, `${context.name} has no dax device now`)
      const err = yield* run(d, context)
      yield* note(d)
      return err
    }
  return {
    'reconfigure-device': {
      title: 'daxctl reconfigure-device', doc: 'Gives the dax device to the kernel as RAM (system-ram, driver kmem), or makes it a device again (devdax). The way back is refused while a block is online.',
      params: {
        mode: param.choice({ choices: ['system-ram', 'devdax'], default: 'system-ram', doc: '--mode' }),
        online: param.bool({ default: true, doc: 'To system-ram: online the blocks as well (not --no-online).' }),
        movable,
        force: param.bool({ default: false, doc: '--force. To devdax: offline the blocks first. To system-ram: although the kernel would online them by itself.' }),
      },
      run: on((d, { args, machine }) =>
        reconfigureDevice(d, { mode: args['mode'] === 'devdax' ? 'devdax' : 'system-ram', online: args['online'] === true, movable: args['movable'] === true, force: args['force'] === true }, machine)),
    },
    'online-memory': { title: 'daxctl online-memory', doc: 'Onlines each memory block of the device.', params: { movable }, run: on((d, { args, machine }) => onlineMemory(d, args['movable'] === true, machine)) },
    'offline-memory': { title: 'daxctl offline-memory', doc: 'Offlines each memory block of the device; the first that refuses ends it.', params: none, run: on((d, { machine }) => offlineMemory(d, machine)) },
    'disable-device': { title: 'daxctl disable-device', doc: 'Unbinds device_dax: struct pages and the device\'s region go.', params: none, run: on((d) => disableDevice(d)) },
    'enable-device': { title: 'daxctl enable-device', doc: 'Binds device_dax.', params: none, run: on((d, { machine }) => enableDevice(d, machine)) },
    bind: {
      title: 'bind a driver', doc: 'Writes the device\'s name to a driver\'s bind file. It must have none.',
      params: { driver: param.choice({ choices: ['device_dax', 'kmem'], default: 'kmem', doc: 'device_dax makes it a character device, kmem makes it RAM.' }) },
      run: on((d, { args, machine }) => daxBind(d, args['driver'] === 'kmem' ? 'kmem' : 'device_dax', machine)),
    },
    unbind: {
      title: 'unbind the driver', doc: 'Writes the device\'s name to its driver\'s unbind file. Nobody asks first: RAM that is online stays, with its region, until the next boot.', params: none,
      run: on((d) => daxUnbind(d)),
    },
  }
}
