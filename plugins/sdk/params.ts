/**
 * Parameters of a device type, declared once: they give the form, the checks, the scenario keys, the rows of the inspector and the
 * types that hooks see. Values that people write ("512MiB", "0x100000000") are numbers by the time a hook sees them.
 */

interface Common {
  /** One line for the form and the docs, with the unit. */
  readonly doc: string
  /** Seldom needed: forms may fold it away. */
  readonly advanced?: boolean
}

/** A size in bytes. */
export interface BytesParam extends Common {
  readonly kind: 'bytes'
  /** "512MiB"; within min and max. */
  readonly default: string
  /** Smallest value: "2MiB". */
  readonly min?: string
  /** Largest value: "1TiB". */
  readonly max?: string
  /** Values are whole multiples of this size: "2MiB". */
  readonly multipleOf?: string
}
/** An address in bytes; optional ones are undefined when nothing is given. */
export interface AddressParam extends Common {
  readonly kind: 'address'
  /** May be left out. */
  readonly optional: boolean
  /** "0x140000000"; without one the form suggests a free address. */
  readonly default?: string
}
/** A node id; -1 lets the kernel choose the nearest. */
export interface NodeParam extends Common {
  readonly kind: 'node'
  /** 0 as a rule. */
  readonly default: number
}
/** A whole number; the unit is said in `doc`. */
export interface IntParam extends Common {
  readonly kind: 'int'
  /** Within min and max; without meaning where the parameter may be left out. */
  readonly default: number
  /** Smallest value. */
  readonly min?: number
  /** Largest value. */
  readonly max?: number
  /** May be left out: undefined then. */
  readonly optional?: boolean
}
/** One of some words. */
export interface ChoiceParam<C extends string> extends Common {
  readonly kind: 'choice'
  /** The words, in the order in which the form offers them. */
  readonly choices: readonly C[]
  /** One of them. */
  readonly default: C
}
/** Yes or no. */
export interface BoolParam extends Common {
  readonly kind: 'bool'
  /** When nothing is given. */
  readonly default: boolean
}
/** A line of text. */
export interface TextParam extends Common {
  readonly kind: 'text'
  /** "" for none. */
  readonly default: string
  /** Regular expression that every value matches: "^[a-z]+$". */
  readonly pattern?: string
}

/** A declared parameter of any kind. */
export type Param = BytesParam | (AddressParam & { readonly optional: boolean }) | NodeParam | IntParam | ChoiceParam<string> | BoolParam | TextParam
/** Parameters by name. */
export type Params = Readonly<Record<string, Param>>

/** What a hook gets for one declared parameter. */
export type ParamValue<P> = P extends AddressParam
  ? P['optional'] extends true ? number | undefined : number
  : P extends ChoiceParam<infer C> ? C
    : P extends BoolParam ? boolean
      : P extends TextParam ? string
        : P extends IntParam ? P['optional'] extends true ? number | undefined : number
          : number

/** What a hook gets for all of them, by name. */
export type ValuesOf<S extends Params> = { readonly [K in keyof S]: ParamValue<S[K]> }

/** Makers of parameters. */
export const param = {
  /** A size: "512MiB". `multipleOf`, `min`, `max` are sizes too. */
  bytes: (p: Omit<BytesParam, 'kind'>): BytesParam => ({ kind: 'bytes', ...p }),
  /** An address that must be given. */
  address: (p: Omit<AddressParam, 'kind' | 'optional'>): AddressParam & { readonly optional: false } => ({ kind: 'address', optional: false, ...p }),
  /** An address that may be left out. */
  optionalAddress: (p: Omit<AddressParam, 'kind' | 'optional'>): AddressParam & { readonly optional: true } => ({ kind: 'address', optional: true, ...p }),
  /** A node id, 0 unless said otherwise; -1 for the nearest with memory. */
  node: (p: Partial<Omit<NodeParam, 'kind'>> = {}): NodeParam => ({ kind: 'node', default: 0, doc: 'Node of the device; -1 for the nearest with memory.', ...p }),
  /** A whole number. */
  int: (p: Omit<IntParam, 'kind' | 'optional'>): IntParam & { readonly optional: false } => ({ kind: 'int', optional: false, ...p }),
  /** A number that may be left out (then undefined). */
  optionalInt: (p: Omit<IntParam, 'kind' | 'optional' | 'default'>): IntParam & { readonly optional: true } => ({ kind: 'int', optional: true, default: 0, ...p }),
  /** One of some words; the default is one of them. */
  choice: <const C extends string>(p: Omit<ChoiceParam<C>, 'kind' | 'default'> & { readonly default: NoInfer<C> }): ChoiceParam<C> => ({ kind: 'choice', ...p }),
  /** Yes or no. */
  bool: (p: Omit<BoolParam, 'kind'>): BoolParam => ({ kind: 'bool', ...p }),
  /** A line of text. */
  text: (p: Omit<TextParam, 'kind'>): TextParam => ({ kind: 'text', ...p }),
} as const
