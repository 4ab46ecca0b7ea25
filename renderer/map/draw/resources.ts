/** The resource tree: one level a line, as /proc/iomem indents. Not busy is dashed. */
import { CHAR_PX, fitName, joinNames } from '../labels.ts'
import { LEVEL, LEVEL_GAP, type Row } from '../rows.ts'
import { extent, type Scene } from './scene.ts'

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
    let cluster: string[] = []
    let clusterEnd = 0
    const flush = (next: number): void => {
      const name = joinNames(cluster)
      const width = name.length * CHAR_PX
      if (cluster.length > 0 && level > 0 && clusterEnd + 6 + width <= Math.min(next, scene.width)) {
        pen.text(name, clusterEnd + 6, (top + bottom) / 2, { colour: palette.ink2 })
      }
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
        if (!cluster.includes(item.label)) cluster.push(item.label)
        clusterEnd = Math.max(x1, x0 + 1)
      } else flush(x0)
    }
    flush(Infinity)
  }
}
