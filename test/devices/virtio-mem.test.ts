import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../main/engine/units.ts'
import { Machine } from './machine.ts'

const AT = 4 * GiB
const BLOCK = 32
const pages = (bytes: number): number => bytes / 4096
/** [start, spanned, present, managed] */
const span = (m: Machine, zone = 'Movable', node = 0) => {
  const z = m.zone(node, zone)
  return [z?.startPfn, z?.spanned, z?.present, z?.managed]
}
const machine = (cmdline = 'memhp_default_state=online_movable', nodes = '[{memory: 1GiB, cpus: 1}, {}]') => new Machine(`{nodes: ${nodes}, cmdline: "${cmdline}"}`)
const plugged = (m: Machine): number => Number(m.data('vm0')['plugged']) / MiB
const breaches = (m: Machine): string[] => m.engine.invariants().filter((i) => !i.holds).map((i) => `${i.id}: ${i.detail}`)

describe('sub-blocks', () => {
  test('whole blocks are added and onlined; of half a block half is managed, and one entry of /proc/iomem grows', () => {
    const m = machine()
    expect(m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB' })).toBe('ok')
    expect(m.iomem(AT, AT + GiB)).toEqual(['100000000-11fffffff : vm0'])
    expect(m.act('vm0', 'resize', { size: '64MiB' })).toBe('ok')
    expect(span(m)).toEqual([pages(AT), 32768, 32768, 16384])
    expect(m.engine.snapshot().sections.find((s) => s.first === BLOCK)).toMatchObject({ subsections: 'full', flags: 7 })
    expect(m.act('vm0', 'resize', { size: '130MiB' })).toBe('ok')
    expect(span(m)).toEqual([pages(AT), 65536, 65536, pages(130 * MiB)])
    expect(m.iomem(AT, AT + GiB)).toEqual(['100000000-11fffffff : vm0', '  100000000-10fffffff : System RAM (virtio_mem)'])
    // the second block had 2 MiB, from which shrinking takes first: it goes, and the first gives 28 MiB
    expect(m.act('vm0', 'resize', { size: '100MiB' })).toBe('ok')
    expect(span(m)).toEqual([pages(AT), 32768, 32768, pages(100 * MiB)])
    expect(m.blockState(BLOCK + 1)).toBe('absent')
    expect(m.iomem(AT, AT + GiB)).toEqual(['100000000-11fffffff : vm0', '  100000000-107ffffff : System RAM (virtio_mem)'])
    expect(breaches(m)).toEqual([])
    expect(m.act('vm0', 'resize', { size: '0' })).toBe('ok')
    expect(span(m)).toEqual([0, 0, 0, 0])
    expect(m.remove('vm0')).toBe('ok')
    expect(m.iomem(AT, AT + GiB)).toEqual([])
    expect(m.engine.booted.store.ref(m.engine.booted.kernel.groups)).toEqual([])
  })

  test('a block that somebody onlines later keeps what is not plugged fake-offline; offline and online again changes nothing', () => {
    const m = machine('')
    m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB', requested: '160MiB' })
    expect([m.blockState(BLOCK), m.blockState(BLOCK + 1), span(m, 'Normal')]).toEqual(['offline', 'offline', [0, 0, 0, 0]])
    expect(m.block(BLOCK + 1, 'online_movable')).toBe('ok')
    expect(span(m)).toEqual([pages(AT + 128 * MiB), 32768, 32768, pages(32 * MiB)])
    for (let i = 0; i < 2; i++) {
      expect(m.block(BLOCK + 1, 'offline')).toBe('ok')
      expect(span(m)).toEqual([0, 0, 0, 0])
      expect(m.block(BLOCK + 1, 'online_kernel')).toBe('ok')
      expect(span(m, 'Normal')).toEqual([pages(AT + 128 * MiB), 32768, 32768, pages(32 * MiB)])
      expect(breaches(m)).toEqual([])
    }
    // a veto puts managed back
    m.run({ op: 'notifier', name: 'n', event: 'MEM_GOING_OFFLINE', answer: 'veto' })
    expect(m.block(BLOCK + 1, 'offline')).toBe('EPERM')
    expect(span(m, 'Normal')[3]).toBe(pages(32 * MiB))
    // growing fills the online block first, the rest of it goes to the buddy allocator
    expect(m.act('vm0', 'resize', { size: '256MiB' })).toBe('ok')
    expect(span(m, 'Normal')[3]).toBe(32768)
    // shrinking takes offline memory first
    expect(m.act('vm0', 'resize', { size: '128MiB' })).toBe('ok')
    expect([m.blockState(BLOCK), m.blockState(BLOCK + 1)]).toEqual(['absent', 'online'])
  })

  test('a page that cannot move keeps its sub-block; the rest of the block goes, and later the rest of that', () => {
    const m = machine()
    m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB', requested: '256MiB' })
    m.run({ op: 'mark', start: AT + 37 * MiB, size: 4096, as: 'pinned' })
    expect(m.act('vm0', 'resize', { size: '0' })).toBe('EBUSY')
    expect(m.reason).toContain('alloc_contig_range')
    expect([plugged(m), m.blockState(BLOCK), m.blockState(BLOCK + 1), span(m)]).toEqual([2, 'online', 'absent', [pages(AT), 32768, 32768, 512]])
    expect(m.data('vm0')['units']).toBe('18-18')
    expect(m.act('vm0', 'retry')).toBe('EBUSY')
    m.run({ op: 'mark', start: AT + 37 * MiB, size: 4096, as: 'none' })
    expect(m.act('vm0', 'retry')).toBe('ok')
    expect([plugged(m), m.blockState(BLOCK), span(m)]).toEqual([0, 'absent', [0, 0, 0, 0]])
    expect(breaches(m)).toEqual([])
  })

  test('no more than 1 GiB waits for somebody to online it; when half of that is online more is added', () => {
    const m = machine('')
    m.add('vm0', 'virtio-mem', { at: AT, size: '2GiB', requested: '2GiB' })
    expect([plugged(m), m.blockState(BLOCK + 7), m.blockState(BLOCK + 8)]).toEqual([1024, 'offline', 'absent'])
    for (const block of [0, 1, 2]) m.block(BLOCK + block, 'online_movable')
    expect(plugged(m)).toBe(1024)
    // the fourth of eight: 512 MiB are offline, so the other half is filled up
    expect(m.block(BLOCK + 3, 'online_movable')).toBe('ok')
    expect([plugged(m), m.blockState(BLOCK + 11), m.blockState(BLOCK + 12)]).toEqual([1536, 'offline', 'absent'])
    for (let block = 4; block < 16; block++) expect(m.block(BLOCK + block, 'online_movable')).toBe('ok')
    expect([plugged(m), span(m)]).toEqual([2048, [pages(AT), pages(2 * GiB), pages(2 * GiB), pages(2 * GiB)]])
  })

  test('an unaligned region leaves its ends out; a full region is ENOSPC', () => {
    const m = machine()
    m.add('vm0', 'virtio-mem', { at: AT + 64 * MiB, size: '320MiB', requested: '320MiB' })
    expect(m.log.filter((line) => line.includes('alignment'))).toEqual(['virtio_mem vm0: The alignment of the physical start address can make some memory unusable.'])
    expect([plugged(m), m.blockState(BLOCK), m.blockState(BLOCK + 1), m.blockState(BLOCK + 2), m.blockState(BLOCK + 3)]).toEqual([256, 'absent', 'online', 'online', 'absent'])
    expect(m.act('vm0', 'retry')).toBe('ENOSPC')
  })

  test('a node without memory comes and goes with it', () => {
    const m = machine()
    m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB', node: 1 })
    const online = () => m.engine.snapshot().nodes.find((n) => n.id === 1)?.online
    expect(online()).toBe(false)
    m.act('vm0', 'resize', { size: '2MiB' })
    expect([online(), span(m, 'Movable', 1)]).toEqual([true, [pages(AT), 32768, 32768, 512]])
    m.act('vm0', 'resize', { size: '0' })
    expect(online()).toBe(false)
  })
})

describe('when the driver goes', () => {
  test('offline blocks that are partly plugged go with it; the rest stays, with the region', () => {
    const m = machine('')
    m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB', requested: '160MiB' })
    expect(m.remove('vm0')).toBe('ok')
    expect(m.log).toEqual(['virtio_mem vm0: device still has system memory added'])
    expect([m.blockState(BLOCK), m.blockState(BLOCK + 1)]).toEqual(['offline', 'absent'])
    expect(m.iomem(AT, AT + GiB)).toEqual(['100000000-11fffffff : vm0', '  100000000-107ffffff : System RAM (virtio_mem)'])
    // reloading is not supported
    expect(m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB' })).toBe('EBUSY')
  })

  test('an online block that is partly plugged cannot be offlined any more', () => {
    const m = machine()
    m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB', requested: '160MiB' })
    m.remove('vm0')
    expect([m.block(BLOCK + 1, 'offline'), m.block(BLOCK, 'offline')]).toEqual(['EBUSY', 'ok'])
    expect(m.blockState(BLOCK + 1)).toBe('online')
    expect(breaches(m)).toEqual([])
  })
})

describe('big blocks', () => {
  test('from the size of a memory block on, memory comes and goes in blocks of the device', () => {
    const m = machine()
    m.add('vm0', 'virtio-mem', { at: AT, size: '1GiB', block: '256MiB', requested: '512MiB' })
    expect([m.data('vm0')['mode'], plugged(m), span(m)]).toEqual(['BBM', 512, [pages(AT), pages(512 * MiB), pages(512 * MiB), pages(512 * MiB)]])
    m.run({ op: 'mark', start: AT + 300 * MiB, size: 4096, as: 'pinned' })
    // the upper one is busy: nothing of it goes, the lower one does
    expect(m.act('vm0', 'resize', { size: '256MiB' })).toBe('ok')
    expect([m.blockState(BLOCK), m.blockState(BLOCK + 1), m.blockState(BLOCK + 2), m.blockState(BLOCK + 3), span(m)[3]]).toEqual(['absent', 'absent', 'online', 'online', pages(256 * MiB)])
    expect(m.act('vm0', 'resize', { size: '0' })).toBe('EBUSY')
    expect([plugged(m), span(m)[3]]).toEqual([256, pages(256 * MiB)])
    expect(breaches(m)).toEqual([])
  })
})

describe('what is refused', () => {
  test('a range that somebody has: the driver gives up, and a device whose memory cannot be added is marked broken', () => {
    const m = machine()
    m.run({ op: 'request_region', start: AT + 128 * MiB, size: 4096, name: 'somebody' })
    expect(m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB' })).toBe('EBUSY')
    expect(m.log.at(-2)).toBe('virtio_mem vm0: could not reserve device region')
    m.run({ op: 'release_region', start: AT + 128 * MiB, size: 4096 })
    m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB' })
    // its region is not busy, so another request fits below it
    m.run({ op: 'request_region', start: AT, size: 4096, name: 'somebody' })
    expect(m.act('vm0', 'resize', { size: '64MiB' })).toBe('EEXIST')
    expect(m.log.slice(-2)).toEqual(['virtio_mem vm0: adding memory failed: -17', 'virtio_mem vm0: unknown error, marking device broken: -17'])
    expect([plugged(m), m.act('vm0', 'retry')]).toEqual([0, 'EIO'])
  })

  test('sizes that no hypervisor would ask for', () => {
    const m = machine()
    expect(m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB', block: '3MiB' })).toBe('EINVAL')
    expect(m.add('vm0', 'virtio-mem', { size: '512MiB' })).toBe('EINVAL')
    expect(m.reason).toContain('at: ')
    m.add('vm0', 'virtio-mem', { at: AT, size: '512MiB' })
    expect([m.act('vm0', 'resize', { size: '3MiB' }), m.act('vm0', 'resize', { size: '1GiB' })]).toEqual(['EINVAL', 'EINVAL'])
  })
})

test('whatever is asked for and onlined: managed is what is plugged of what is online, present what is online, and undo is exact', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.nat(160).map((n) => ({ resize: n * 4 * MiB })) },
    { weight: 4, arbitrary: fc.record({ block: fc.nat(4), word: fc.constantFrom('online', 'online_kernel', 'online_movable', 'offline') }) },
    { weight: 1, arbitrary: fc.record({ mark: fc.nat(639), as: fc.constantFrom('pinned' as const, 'none' as const) }) },
  )
  const form = fc.record({ cmdline: fc.constantFrom('', 'memhp_default_state=online', 'memhp_default_state=online_movable', 'memory_hotplug.online_policy=auto-movable memhp_default_state=online'), block: fc.constantFrom('2MiB', '4MiB', '64MiB', '128MiB') })
  fc.assert(fc.property(form, fc.array(step, { minLength: 3, maxLength: 25 }), ({ cmdline, block }, steps) => {
    const m = machine(cmdline, '[{memory: 1GiB, cpus: 1}]')
    const boot = m.engine.snapshot()
    m.add('vm0', 'virtio-mem', { at: AT, size: '640MiB', block })
    for (const s of steps) {
      if ('resize' in s) m.act('vm0', 'resize', { size: s.resize })
      else if ('block' in s) m.block(BLOCK + s.block, s.word)
      else m.run({ op: 'mark', start: AT + s.mark * MiB, size: 4096, as: s.as })
      expect(m.last?.hookError, m.reason).toBeUndefined()
      expect(breaches(m)).toEqual([])
      const unit = Number(m.data('vm0')['unit'])
      const isPlugged = (at: number): boolean => String(m.data('vm0')['units']).split(',').some((run) => {
        const [a = NaN, b = NaN] = run.split('-').map(Number)
        return a * unit <= at - AT && at - AT < (b + 1) * unit
      })
      let [present, managed] = [0, 0]
      for (let i = 0; i < 5; i++) {
        if (m.blockState(BLOCK + i) !== 'online') continue
        present += 32768
        for (let at = AT + i * 128 * MiB; at < AT + (i + 1) * 128 * MiB; at += 2 * MiB) if (isPlugged(at)) managed += 512
      }
      const sum = (field: 'present' | 'managed'): number => ['Normal', 'Movable'].reduce((n, zone) => n + (m.zone(0, zone)?.[field] ?? 0), 0)
      expect([sum('present'), sum('managed')]).toEqual([present, managed])
    }
    m.engine.travel(0)
    expect(m.engine.snapshot()).toEqual(boot)
  }), { numRuns: 40 })
})
