/** The tokens as the canvas needs them: plain colours, mixed once per theme. */
import type { MapState, ZoneKey } from '../../preload/contract.ts'

export interface ZoneColours {
  readonly fill: string
  readonly ink: string
  /** The fill at 24 % (30 % in the dark), opaque. */
  readonly light: string
  /** Text on the fill. */
  readonly text: string
}
export interface Palette {
  readonly surface: string
  readonly chrome: string
  readonly line: string
  readonly lineStrong: string
  readonly ink1: string
  readonly ink2: string
  readonly ink3: string
  readonly neutralEdge: string
  readonly neutral10: string
  readonly neutral20: string
  /** Sub-section bits and other marks that must be seen without a zone. */
  readonly mark: string
  readonly selected: string
  readonly flash: string
  readonly zones: Readonly<Record<ZoneKey, ZoneColours>>
}

const NEAR_BLACK = '#15171c'
const WHITE = '#ffffff'

type Rgb = readonly [number, number, number]
/** `#rrggbb` and `#rgb`: a minified stylesheet writes whichever is shorter. */
const parse = (hex: string): Rgb => {
  const digits = hex.trim().slice(1)
  const n = Number.parseInt(digits.length === 3 ? [...digits].map((d) => d + d).join('') : digits, 16)
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255]
}
const mix = (colour: string, under: string, share: number): string => {
  const a = parse(colour)
  const b = parse(under)
  const part = (i: 0 | 1 | 2): string => Math.round(a[i] * share + b[i] * (1 - share)).toString(16).padStart(2, '0')
  return `#${part(0)}${part(1)}${part(2)}`
}

/** Reads the tokens of the theme that is in force on `element`. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const surface = token('surface')
  const ink1 = token('ink-1')
  const share = Number(token('light-fill')) || 0.24
  const zone = (name: string, text = NEAR_BLACK): ZoneColours => ({
    fill: token(`zone-${name}`), ink: token(`ink-${name}`), light: mix(token(`zone-${name}`), surface, share), text,
  })
  const several = zone('several')
  const neutralEdge = token('neutral-edge')
  return {
    surface, chrome: token('chrome'), line: token('line'), lineStrong: token('line-strong'),
    ink1, ink2: token('ink-2'), ink3: token('ink-3'), neutralEdge,
    neutral10: mix(ink1, surface, 0.1), neutral20: mix(ink1, surface, 0.2), mark: mix(ink1, surface, 0.72),
    selected: token('selected'), flash: token('flash'),
    zones: {
      none: { fill: mix(ink1, surface, 0.2), ink: neutralEdge, light: mix(ink1, surface, 0.1), text: ink1 },
      DMA: zone('dma'), DMA32: zone('dma32'), Normal: zone('normal', WHITE), HighMem: several,
      Movable: zone('movable'), Device: zone('device'), several,
    },
  }
}

/** How a state is drawn: a pattern, never a colour of its own. */
export type Pattern = 'solid' | 'outline' | 'light' | 'hatch' | 'cross' | 'dashed' | 'nothing'

export function patternOf(state: MapState): Pattern {
  switch (state) {
    case 'online': case 'present': case 'mapped': case 'busy': return 'solid'
    case 'span': case 'offline': return 'outline'
    case 'initialised': case 'reserved': case 'device': return 'light'
    case 'poisoned': case 'garbage': case 'going-offline': return 'hatch'
    case 'altmap': return 'cross'
    case 'free': return 'dashed'
    case 'none': return 'nothing'
  }
}

/** A state in the words of the legend. */
export const STATE_WORDS: Readonly<Record<MapState, string>> = {
  none: 'nothing', span: 'spanned', present: 'present', online: 'online', offline: 'offline', initialised: 'initialised', reserved: 'initialised, reserved',
  poisoned: 'poisoned', garbage: 'garbage', device: 'initialised, device', altmap: 'altmap', mapped: 'mapped', busy: 'busy', free: 'not busy',
  'going-offline': 'going-offline',
}
