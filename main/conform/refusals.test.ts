import { expect, test } from 'vitest'
import type { Capture } from './recording.ts'
import { refusalsOf } from './refusals.ts'
import type { Action } from './translate.ts'

const dump = (pfn: number, why = 'unmovable page'): string[] => [`[1.0] page:00000000de687c36 refcount:1 pfn:0x${pfn.toString(16)}`, `[1.0] page dumped because: ${why}`]
const after = (...dmesg: string[][]): Capture => ({ probe: { nodes: [], zones: [], sections: [], devices: [] }, iomem: [], blocks: [], masks: {}, dmesg: dmesg.flat() })
const offline = (block: number, answer: string): Action => ({ command: { op: 'block', block, state: 'offline' }, answer })
const eject: Action = { command: { op: 'unplug_dimm', id: 'd0' }, answer: 'refused' }

test('the page that a refused block met is the one dumped inside it', () => {
  expect(refusalsOf([offline(34, 'EBUSY'), offline(35, 'ok')], after(dump(0x110000)), 0x8000)).toEqual({ pages: [0x110000], blocks: [34], unnamed: false })
})

test('EBUSY without a dump: refused all the same, the page is not known', () => {
  expect(refusalsOf([offline(34, 'EBUSY')], after(), 0x8000)).toEqual({ pages: [0x110000], blocks: [34], unnamed: true })
})

test('other errnos and other dumps are the rules\' own', () => {
  expect(refusalsOf([offline(0, 'EINVAL')], after(), 0x8000).pages).toEqual([])
  expect(refusalsOf([offline(34, 'EINTR')], after(dump(0x110000, 'migration failure')), 0x8000).pages).toEqual([])
})

test('an eject tries twice: a block refused at first and taken in the second pass is not refused', () => {
  // 32 and 34 refuse; in the second pass 32 goes and 34 refuses again
  expect(refusalsOf([eject], after(dump(0x100003), dump(0x110005), dump(0x110005)), 0x8000).pages).toEqual([0x110005])
  // 33 refuses again, so 35 was never tried a second time
  expect(refusalsOf([eject], after(dump(0x108003), dump(0x118005), dump(0x108003)), 0x8000).pages).toEqual([0x108003, 0x118005])
})
