import { expect, test } from 'vitest'
import { Masks } from './masks.ts'

const facts = (lines: Record<string, string>): Map<string, string> => new Map(Object.entries(lines))

test('device memory: its zone, sections and resources are left out, its node is widened, what else differs stays', () => {
  const masks = new Masks(2 ** 27)
  masks.device({ act: 'add', id: '1', start: 0x128000000, size: 0x200000, node: 0, ok: true })
  const recorded = facts({
    'node 0 start_pfn': '0x1', 'node 0 spanned': '1212927', 'zone 0/Device start_pfn': '0x128000', 'zone 0/Device spanned': '512',
    'section 37 flags': 'present,valid,taint_zone_device', 'iomem 128000000-1281fffff : zoneprobe': 'there', 'iomem 130000000-1301fffff : other': 'there',
    highest_present_section: '37', 'zone 0/DMA32 spanned': '1',
  })
  const model = facts({ 'node 0 start_pfn': '0x1', 'node 0 spanned': '262143', 'zone 0/Device start_pfn': '0x0', 'zone 0/Device spanned': '0', highest_present_section: '32', 'zone 0/DMA32 spanned': '2' })
  expect(masks.apply(recorded, model)).toBe(4)
  expect([...recorded]).toEqual([['node 0 start_pfn', '0x1'], ['node 0 spanned', '1212927'], ['iomem 130000000-1301fffff : other', 'there'], ['highest_present_section', '37'], ['zone 0/DMA32 spanned', '1']])
  expect([...model]).toEqual([['node 0 start_pfn', '0x1'], ['node 0 spanned', '1212927'], ['highest_present_section', '37'], ['zone 0/DMA32 spanned', '2']])
})

test('a range meets device memory while that is there; a failed add leaves nothing', () => {
  const masks = new Masks(2 ** 27)
  masks.device({ act: 'add', id: '1', start: 0x128000000, size: 0x200000, node: 0, ok: true })
  masks.device({ act: 'add', id: '2', start: 0x140000000, size: 0x200000, node: 0, ok: false })
  expect([masks.meetsDevice(0x128000000, 0x8000000), masks.meetsDevice(0x120000000, 0x8000000), masks.meetsDevice(0x140000000, 0x8000000)]).toEqual([true, false, false])
  masks.device({ act: 'del', id: '1', start: 0, size: 0, node: 0, ok: true })
  expect(masks.meetsDevice(0x128000000, 0x8000000)).toBe(false)
})
