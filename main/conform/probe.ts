/** probe.txt of a capture: what the recording's probe module says of nodes, zones, sections and struct pages. */

export interface ProbeZone {
  readonly node: number
  readonly zone: string
  readonly startPfn: number
  readonly spanned: number
  readonly present: number
  /** Kernels before 5.15 have no such field. */
  readonly presentEarly?: number
  readonly managed: number
  readonly contiguous?: boolean
}

export interface ProbeNode {
  readonly id: number
  readonly startPfn: number
  readonly spanned: number
  readonly present: number
  readonly online: boolean
}

/** Equal neighbours among the sub-sections of a section: `first`..`last`, and what their first struct page says. */
export interface ProbeRun { readonly first: number; readonly last: number; readonly says: string }

export interface ProbeSection {
  readonly nr: number
  /** `present,valid,online,early,taint_zone_device` as far as they are set. */
  readonly flags: string
  /** 64-bit sub-section map in hex, or `none`. */
  readonly subsections: string
  readonly runs: readonly ProbeRun[]
}

/** Device memory that the probe holds: `text` is all that its line says. */
export interface ProbeDevice { readonly id: string; readonly text: string }

export interface Probe {
  readonly iomemEnd?: number
  readonly maxPfn?: number
  readonly highestPresentSection?: number
  readonly nodes: readonly ProbeNode[]
  readonly zones: readonly ProbeZone[]
  readonly sections: readonly ProbeSection[]
  readonly devices: readonly ProbeDevice[]
}

/** Reads the facts that are known; a line of another kind is left alone, since other probes print more. */
export function parseProbe(text: string): Probe {
  const nodes: ProbeNode[] = []
  const zones: ProbeZone[] = []
  const sections: ProbeSection[] = []
  const devices: ProbeDevice[] = []
  let iomemEnd: number | undefined
  let maxPfn: number | undefined
  let highestPresentSection: number | undefined
  for (const line of text.split('\n')) {
    const [kind, ...words] = line.trim().split(/\s+/)
    const fields = new Map(words.filter((word) => word.includes('=')).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
    const number = (key: string): number | undefined => {
      const n = Number(fields.get(key) ?? Number.NaN)
      return Number.isFinite(n) ? n : undefined
    }
    const zero = (key: string): number => number(key) ?? 0
    switch (kind) {
      case 'iomem': {
        const last = number('end')
        if (last !== undefined) iomemEnd = last + 1
        break
      }
      case 'global':
        maxPfn = number('max_pfn')
        highestPresentSection = number('highest_present_section')
        break
      case 'node':
        nodes.push({ id: zero('nid'), startPfn: zero('start_pfn'), spanned: zero('spanned'), present: zero('present'), online: fields.get('online') !== '0' })
        break
      case 'zone': {
        const presentEarly = number('present_early')
        const contiguous = number('contiguous')
        zones.push({
          node: zero('nid'), zone: fields.get('zone') ?? '', startPfn: zero('start_pfn'), spanned: zero('spanned'), present: zero('present'),
          managed: zero('managed'),
          ...(presentEarly === undefined ? {} : { presentEarly }),
          ...(contiguous === undefined ? {} : { contiguous: contiguous === 1 }),
        })
        break
      }
      case 'dev':
        // end_pfn of an altmap is read by no code of this architecture
        devices.push({ id: fields.get('id') ?? '', text: words.filter((word) => !/^(?:id|end_pfn)=/.test(word)).join(' ') })
        break
      case 'section':
        sections.push({ nr: zero('nr'), flags: fields.get('flags') ?? '', subsections: fields.get('subsections') ?? 'none', runs: runsOf(fields.get('runs') ?? '') })
        break
      default:
        break
    }
  }
  return {
    nodes, zones, sections, devices,
    ...(iomemEnd === undefined ? {} : { iomemEnd }),
    ...(maxPfn === undefined ? {} : { maxPfn }),
    ...(highestPresentSection === undefined ? {} : { highestPresentSection }),
  }
}

const runsOf = (text: string): ProbeRun[] =>
  text.split(';').flatMap((part) => {
    const m = /^(\d+)-(\d+):(.*)$/.exec(part)
    return m ? [{ first: Number(m[1]), last: Number(m[2]), says: m[3] ?? '' }] : []
  })
