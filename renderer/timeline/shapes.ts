/** What a picture of a run is made of: few kinds of shapes with names of colours, for canvas and SVG alike. */

export type Ink =
  | 'surface' | 'chrome' | 'line' | 'lineStrong' | 'ink1' | 'ink2' | 'ink3' | 'neutral' | 'neutralLight' | 'mark'
  | 'device' | 'deviceLight' | 'deviceInk' | 'deviceText' | 'ram' | 'ramLight' | 'ramInk' | 'ramText'

export type Shape =
  | { readonly is: 'rect'; readonly x: number; readonly y: number; readonly w: number; readonly h: number; readonly fill?: Ink; readonly edge?: Ink; readonly hatch?: Ink }
  | { readonly is: 'line'; readonly points: readonly (readonly [number, number])[]; readonly ink: Ink; readonly width: number; readonly dash?: boolean }
  | { readonly is: 'area'; readonly points: readonly (readonly [number, number])[]; readonly fill: Ink }
  | { readonly is: 'text'; readonly x: number; readonly y: number; readonly text: string; readonly ink: Ink; readonly mono: boolean; readonly size?: number; readonly bold?: boolean; readonly align?: 'left' | 'right' | 'center' }

export type Inks = Readonly<Record<Ink, string>>
