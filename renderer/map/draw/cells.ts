/** Memory blocks and sections: one cell each, with seams. Cells too thin for text are labelled as runs of equals. */
import type { DrawItem } from '../items.ts'
import { CHAR_PX, fitLabel, fitName, MIN_LETTERS_PX, MIN_NUMBER_PX } from '../labels.ts'
import { patternOf } from '../palette.ts'
import type { Row } from '../rows.ts'
import { extent, xOf, type Scene } from './scene.ts'

/** Seams closer than this are noise. */
const SEAM_PX = 4
const FLAGS = 'PMOED'
const FLAG_WORDS = ['present', 'valid', 'online', 'early', 'taint']

/** Each cell of an item that stands for `count` equal ones, as far as it is in view. */
function cellsOf(scene: Scene, item: DrawItem, size: number): readonly { nr: number; start: number; end: number }[] {
  if (item.packed || item.count <= 1) return [{ nr: item.nr ?? Math.floor(item.start / size), start: item.start, end: item.end }]
  const first = Math.floor(item.start / size)
  const visible = Array.from({ length: item.count }, (_, i) => ({ nr: first + i, start: (first + i) * size, end: (first + i + 1) * size }))
  return visible.filter((cell) => xOf(scene, cell.end) >= -20 && xOf(scene, cell.start) <= scene.width + 20)
}

/** Runs of neighbours for which `same` holds. */
function runsOf(items: readonly DrawItem[], same: (a: DrawItem, b: DrawItem) => boolean): readonly (readonly DrawItem[])[] {
  const runs: DrawItem[][] = []
  for (const item of items) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    if (run && before && before.end === item.start && same(before, item)) run.push(item)
    else runs.push([item])
  }
  return runs
}

const inView = (scene: Scene, items: readonly DrawItem[]): readonly DrawItem[] =>
  items.filter((item) => xOf(scene, item.end) >= -20 && xOf(scene, item.start) <= scene.width + 20).sort((a, b) => a.start - b.start)

const numbersOf = (first: number, last: number, format: (nr: number) => string): string =>
  first === last ? format(first) : `${format(first)} – ${format(last)}`

const tight = (numbers: string): string => numbers.replaceAll(' ', '')

export function drawBlocks(scene: Scene, row: Row, y: number): void {
  const { pen } = scene
  const size = scene.sizes.block
  const bottom = y + row.height
  const seams = size * scene.layout.scale >= SEAM_PX
  const numbered = size * scene.layout.scale >= MIN_NUMBER_PX
  for (const run of runsOf(inView(scene, scene.data.get('blocks') ?? []), (a, b) => a.zone === b.zone && a.state === b.state)) {
    const first = run[0]
    const last = run.at(-1)
    if (!first || !last) continue
    const zone = pen.palette.zones[first.state === 'online' || first.zone !== 'none' ? first.zone : 'none']
    const pattern = patternOf(first.state)
    const ink = pen.inkOn(pattern, zone)
    const whole = extent(scene, { start: first.start, end: last.end })
    if (!numbered || first.packed) {
      pen.bar(whole.x0, y, whole.x1, bottom, pattern, zone)
      if (seams && !first.packed) drawRuler(scene, run.flatMap((item) => cellsOf(scene, item, size)), y, bottom, pattern === 'solid' ? pen.palette.surface : zone.ink)
    }
    for (const cell of numbered && !first.packed ? run.flatMap((item) => cellsOf(scene, item, size)) : []) {
      const { x0, x1, seen0, seen1 } = extent(scene, cell)
      // One pixel of surface between cells; the cell's own edge does the rest.
      pen.bar(x0, y, x1 - x0 > 6 ? x1 - 1 : x1, bottom, pattern, zone)
      const width = seen1 - seen0
      const dim = first.state === 'offline' ? pen.palette.ink3 : ink.colour
      const words = `memory block ${cell.nr}`
      if (words.length * CHAR_PX + 16 <= width) {
        const detail = fitName(`${first.detail ?? first.state}${first.zone === 'none' ? '' : ` · ${first.zone === 'several' ? 'several zones' : first.zone}`}`, width - 12)
        pen.text(words, seen0 + 8, y + row.height / 2 - 7, ink)
        if (detail !== undefined) pen.text(detail, seen0 + 8, y + row.height / 2 + 7, { ...ink, colour: dim })
        continue
      }
      const number = fitLabel([String(cell.nr)], width)
      const state = fitLabel([first.state, first.state === 'going-offline' ? 'going' : first.state.slice(0, 3)], width - 2)
      const middle = (seen0 + seen1) / 2
      const both = number !== undefined && state !== undefined && row.height >= 30
      if (number !== undefined) pen.text(number, middle, both ? y + row.height / 2 - 7 : y + row.height / 2, { ...ink, align: 'center' })
      if (both) pen.text(state, middle, y + row.height / 2 + 7, { ...ink, colour: dim, align: 'center' })
    }
    if (numbered || first.packed) continue
    const nr = (item: DrawItem): number => item.nr ?? Math.floor(item.start / size)
    const numbers = numbersOf(nr(first), Math.floor((last.end - 1) / size), String)
    labelRun(scene, whole, y + row.height / 2, [`${numbers} ${first.state}`, numbers, tight(numbers), first.state], ink.colour, ink.plate)
  }
}

/** Seams of cells that are too thin for text: ticks at both edges, so that the middle is free for the run's label. */
function drawRuler(scene: Scene, cells: readonly { start: number }[], top: number, bottom: number, colour: string): void {
  const { pen } = scene
  const length = Math.min(9, (bottom - top) / 2 - 7)
  for (const cell of cells.slice(1)) {
    const x = xOf(scene, cell.start)
    pen.vertical(x, top, top + length, colour)
    pen.vertical(x, bottom - length, bottom, colour)
  }
}

function labelRun(scene: Scene, at: { seen0: number; seen1: number }, y: number, forms: readonly string[], colour: string, plate: string | undefined): void {
  const text = fitLabel(forms, at.seen1 - at.seen0 - 6)
  if (text !== undefined) scene.pen.text(text, (at.seen0 + at.seen1) / 2, y, { colour, align: 'center', plate })
}

const hexNr = (nr: number): string => nr.toString(16)

export function drawSections(scene: Scene, row: Row, y: number): void {
  const { pen } = scene
  const { palette } = pen
  const size = scene.sizes.section
  const width = size * scene.layout.scale
  const seams = width >= SEAM_PX
  const zoomed = scene.sizes.subsection * scene.layout.scale >= 3
  for (const run of runsOf(inView(scene, scene.data.get('sections') ?? []), (a, b) => a.detail === b.detail && a.state === b.state)) {
    const first = run[0]
    const last = run.at(-1)
    if (!first || !last) continue
    const flags = first.detail ?? ''
    const whole = extent(scene, { start: first.start, end: last.end })
    const between = width >= MIN_LETTERS_PX && !first.packed
    if (!between) {
      pen.fill(whole.x0, y, whole.x1, y + row.height, palette.surface)
      if (whole.x1 - whole.x0 < 2) pen.fill(whole.x0, y, whole.x0 + pen.hair, y + row.height, palette.neutralEdge)
      else pen.box(whole.x0, y, whole.x1, y + row.height, palette.neutralEdge)
      for (const cell of seams && !first.packed ? run.flatMap((item) => cellsOf(scene, item, size)) : [first]) {
        const bits = extent(scene, cell === first ? { start: first.start, end: last.end } : cell)
        drawBits(scene, bits.x0, bits.x1, y, row.height)
      }
    }
    for (const cell of between ? run.flatMap((item) => cellsOf(scene, item, size)) : []) {
      const { x0, x1, seen0, seen1 } = extent(scene, cell)
      const right = x1 - x0 > 6 ? x1 - 1 : x1
      pen.fill(x0, y, right, y + row.height, palette.surface)
      if (zoomed) drawZoomedSection(scene, cell, flags, y, row.height)
      else {
        drawBits(scene, x0, right, y, row.height)
        pen.box(x0, y, right, y + row.height, palette.neutralEdge)
        const middle = (seen0 + seen1) / 2
        const number = fitLabel([`section 0x${hexNr(cell.nr)}`, hexNr(cell.nr)], seen1 - seen0)
        if (number !== undefined) pen.text(number, middle, y + 10, { colour: palette.ink3, align: 'center' })
        const letters = fitLabel([flags], seen1 - seen0 + 4, 5.4)
        if (letters !== undefined) pen.text(letters, middle, y + 25, { colour: palette.ink1, align: 'center', size: 9 })
      }
    }
    if (between || first.packed) continue
    const numbers = numbersOf(Math.floor(first.start / size), Math.floor((last.end - 1) / size), hexNr)
    labelRun(scene, whole, y + 10, [numbers, tight(numbers)], palette.ink3, undefined)
    labelRun(scene, whole, y + 25, [flags], palette.ink1, undefined)
  }
}

/** The sub-section map as a strip at the bottom of a section: which of its parts have a memmap. */
function drawBits(scene: Scene, x0: number, x1: number, y: number, height: number): void {
  const { pen } = scene
  const top = y + height - 9
  const left = Math.max(x0 + 3, -20)
  const right = Math.min(x1 - 3, scene.width + 20)
  if (right - left < 1) return
  for (const item of scene.data.get('subsections') ?? []) {
    if (item.state === 'none') continue
    const e = extent(scene, item)
    if (e.x1 <= left || e.x0 >= right) continue
    pen.fill(Math.max(e.x0, left), top, Math.min(e.x1, right), top + 5, pen.palette.mark)
  }
}

function drawZoomedSection(scene: Scene, cell: { nr: number; start: number; end: number }, flags: string, y: number, height: number): void {
  const { pen, sizes } = scene
  const { palette } = pen
  const { x0, x1, seen0, seen1 } = extent(scene, cell)
  const cellsTop = y + 22
  const cellsBottom = cellsTop + 30
  const subPx = sizes.subsection * scene.layout.scale
  const gap = subPx >= 5 ? 1 : 0
  for (const item of scene.data.get('subsections') ?? []) {
    if (item.end <= cell.start || item.start >= cell.end) continue
    const first = Math.max(item.start, cell.start)
    const last = Math.min(item.end, cell.end)
    const step = item.packed ? last - first : sizes.subsection
    for (let at = Math.floor(first / sizes.subsection) * sizes.subsection; at < last; at += step) {
      const a = xOf(scene, Math.max(at, first))
      const b = xOf(scene, Math.min(at + step, last))
      if (b < 0 || a > scene.width) continue
      if (item.state === 'none') pen.box(a + gap, cellsTop, b, cellsBottom, palette.line)
      else pen.fill(a + gap, cellsTop, b, cellsBottom, palette.neutralEdge)
      if (subPx >= 60) {
        const nr = Math.floor(at / sizes.subsection) % (sizes.section / sizes.subsection)
        pen.text(`${nr}`, Math.max(a, 0) + 6, (cellsTop + cellsBottom) / 2, { colour: item.state === 'none' ? palette.ink3 : palette.surface, bold: true })
      }
    }
  }
  // Numbers of the sub-sections below, as many as fit.
  const per = sizes.section / sizes.subsection
  let every = 1
  while (every * subPx < 34 && every < per) every *= 2
  for (let i = 0; i <= per && subPx < 60; i += every) {
    const at = cell.start + i * sizes.subsection
    const x = xOf(scene, at)
    if (x < -3 || x > scene.width - 16) continue
    if (i > 0 && i < per) pen.vertical(x, cellsBottom, cellsBottom + 4, palette.neutralEdge)
    if (i < per) pen.text(String(i), x + 3, cellsBottom + 10, { colour: palette.ink3, size: 9 })
  }
  pen.box(x0, y, x1, y + height, palette.neutralEdge)
  // Letters first, their words where there is room.
  const title = `section 0x${hexNr(cell.nr)}`
  const room = seen1 - seen0 - 16
  let at = seen0 + 8
  const words = title.length + 2 + [...flags].reduce((sum, letter, i) => sum + (letter === '·' ? 3 : 2 + (FLAG_WORDS[i]?.length ?? 0) + 2), 0)
  const full = words * CHAR_PX <= room
  if ((title.length + 7) * CHAR_PX > room) {
    const short = fitLabel([`0x${hexNr(cell.nr)} ${flags}`, flags], room + 10)
    if (short !== undefined) pen.text(short, at, y + 12, { colour: palette.ink1 })
    return
  }
  pen.text(title, at, y + 12, { colour: palette.ink1 })
  at += (title.length + 2) * CHAR_PX
  for (const [i, letter] of [...flags].entries()) {
    const set = letter === FLAGS[i]
    pen.text(letter, at, y + 12, { colour: set ? palette.ink1 : palette.ink3, bold: set })
    at += CHAR_PX
    if (!full) continue
    if (set) {
      const word = FLAG_WORDS[i] ?? ''
      pen.text(word, at + 3, y + 12, { colour: palette.ink3 })
      at += word.length * CHAR_PX + 3
    }
    at += 2 * CHAR_PX
  }
}
