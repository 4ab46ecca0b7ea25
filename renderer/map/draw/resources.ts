/** The resource tree: one level a line, as /proc/iomem indents. Not busy is dashed. */
import { CHAR_PX, fitName, joinNames } from '../labels.ts'
import { LEVEL, LEVEL_GAP, type Row } from '../rows.ts'
import { edgeAfter, extent, type Scene } from './scene.ts'

/** A longer list of small things says less than the finder and the text view. */
const MOST_CHARS = 48

export function drawResources(scene: Scene, row: Row, y: number): void {
  const { pen } = scene
  const { palette } = pen
  const items = scene.data.get('resources') ?? []
  for (let level = 0; level < scene.axis.resourceLevels; level++) {
    const top = y + level * (LEVEL + LEVEL_GAP)
    const bottom = top + LEVEL
    if (top >= y + row.height) break
    const placed = items.filter((item) => item.lane === level).map((item) => ({ item, ...extent(scene, item) }))
      .filter((p) => p.x1 >= -20 && p.x0 <= scene.width + 20).sort((a, b) => a.x0 - b.x0)
    // Names of small neighbours are said together to their right, where that is free.
    let cluster: { name: string; width: number }[] = []
    let clusterEnd = 0
    const flush = (next: number): void => {
      const at = clusterEnd + 6
      const room = Math.min(next, edgeAfter(scene, clusterEnd), scene.width) - at
      // All names, else those of what can be seen, else the widest.
      const visible = cluster.filter((c) => c.width >= 1.5)
      const widest = cluster.reduce<{ name: string; width: number } | undefined>((a, b) => (a && a.width >= b.width ? a : b), undefined)
      const name = [cluster, visible, widest ? [widest] : []].map((list) => joinNames(list.map((c) => c.name)))
        .find((text) => text !== '' && text.length <= MOST_CHARS && text.length * CHAR_PX <= room)
      if (name !== undefined && level > 0) pen.text(name, at, (top + bottom) / 2, { colour: palette.ink2 })
      cluster = []
    }
    for (const { item, x0, x1, seen0, seen1 } of placed) {
      const fill = level === 0 ? palette.neutral10 : palette.neutral20
      pen.bar(x0, top, x1, bottom, item.state === 'free' ? 'dashed' : 'solid', { fill, ink: palette.neutralEdge, light: fill, text: palette.ink1 })
      const name = item.label === '' ? undefined : fitName(item.label, seen1 - seen0 - 2)
      if (name !== undefined) {
        flush(x0)
        pen.text(name, Math.max(seen0, 0) + 6, (top + bottom) / 2, { colour: palette.ink1 })
      } else if (item.label !== '' && x1 - x0 < 48) {
        if (cluster.length > 0 && x0 - clusterEnd > 40) flush(x0)
        if (!cluster.some((c) => c.name === item.label)) cluster.push({ name: item.label, width: x1 - x0 })
        clusterEnd = Math.max(x1, x0 + 1)
      } else flush(x0)
    }
    flush(Infinity)
  }
}
