/** A thing under two kernels, field by field. */
import type { ComparedFields, Field, Selection } from '../../../preload/contract.ts'
import { inspectFields } from '../inspect.ts'
import type { Sides } from './sides.ts'

export function comparedFields(sides: Sides, selection: Selection): ComparedFields {
  const [a, b] = [inspectFields(sides.a, selection), inspectFields(sides.b, selection)]
  // what is gone on one side is described by the other
  const main = a.groups.length > 0 ? a : b
  const titles = [...new Set([...a.groups, ...b.groups].map((g) => g.title))]
  return {
    selection, title: main.title, path: main.path, ...(main.range ? { range: main.range } : {}),
    groups: titles.map((title) => {
      const [ours, theirs] = [a.groups.find((g) => g.title === title)?.fields ?? [], b.groups.find((g) => g.title === title)?.fields ?? []]
      const names = [...new Set([...ours, ...theirs].map((f) => f.name))]
      return {
        title,
        fields: names.map((name) => {
          const [x, y] = [ours.find((f) => f.name === name), theirs.find((f) => f.name === name)]
          return { name, ...(x ? { a: x } : {}), ...(y ? { b: y } : {}), same: saysSame(x, y) }
        }),
      }
    }),
  }
}

const saysSame = (a: Field | undefined, b: Field | undefined): boolean => a?.raw === b?.raw
