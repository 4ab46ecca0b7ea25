/** The state of an exploration as invariants and scans see it: places where there are any, the base machine elsewhere. */
import type { Cell, Field, Ref } from '../../state/handles.ts'
import { FieldReader } from '../../state/field-reader.ts'
import type { RangeStore } from '../../state/range-store.ts'
import type { Reader } from '../../state/reader.ts'
import type { Layout } from './scope.ts'
import type { Values } from './values.ts'

export class View extends FieldReader implements Reader {
  /** Places that were read since somebody set this. */
  touched: Uint8Array | undefined
  constructor(private readonly base: RangeStore, private readonly layout: Layout, private readonly values: Values, readonly state: Int32Array) {
    super()
  }

  cell(h: Cell): number {
    const place = this.layout.of(h)
    if (place < 0) return this.base.cell(h)
    if (this.touched) this.touched[place] = 1
    return this.values.number(this.state[place]!)
  }

  ref<T>(h: Ref<T>): T {
    const place = this.layout.of(h as Ref<unknown>)
    if (place < 0) return this.base.ref(h)
    if (this.touched) this.touched[place] = 1
    return this.values.ref(this.state[place]!) as T
  }

  override at(h: Field, pfn: number): number {
    const place = this.layout.at(h, h.unit === 1 ? pfn : Math.floor(pfn / h.unit))
    if (place < 0) return this.base.at(h, pfn)
    if (this.touched) this.touched[place] = 1
    return this.values.number(this.state[place]!)
  }

  override endOf(h: Field, pfn: number): number {
    return Math.min(this.layout.around(h, Math.floor(pfn / h.unit))[1] * h.unit, this.base.endOf(h, pfn))
  }

  override startOf(h: Field, pfn: number): number {
    return Math.max(this.layout.around(h, Math.floor(pfn / h.unit))[0] * h.unit, this.base.startOf(h, pfn))
  }
}
