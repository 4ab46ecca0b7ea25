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
export interface BytesParam extends Common { readonly kind: 'bytes'; readonly default: string; readonly min?: string; readonly max?: string; readonly multipleOf?: string }
/** An address in bytes; optional ones are undefined when nothing is given. */
export interface AddressParam extends Common { readonly kind: 'address'; readonly optional: boolean; readonly default?: string }
/** A node id; -1 lets the kernel choose the nearest. */
export interface NodeParam extends Common { readonly kind: 'node'; readonly default: number }
export interface IntParam extends Common { readonly kind: 'int'; readonly default: number; readonly min?: number; readonly max?: number; readonly optional?: boolean }
export interface ChoiceParam<C extends string> extends Common { readonly kind: 'choice'; readonly choices: readonly C[]; readonly default: C }
export interface BoolParam extends Common { readonly kind: 'bool'; readonly default: boolean }
export interface TextParam extends Common { readonly kind: 'text'; readonly default: string; readonly pattern?: string }

export type Param = BytesParam | (AddressParam & { readonly optional: boolean }) | NodeParam | IntParam | ChoiceParam<string> | BoolParam | TextParam
export type Params = Readonly<Record<string, Param>>

/** What a hook gets for one declared parameter. */
export type ParamValue<P> = P extends AddressParam
  ? P['optional'] extends true ? number | undefined : number
  : P extends ChoiceParam<infer C> ? C
    : P extends BoolParam ? boolean
      : P extends TextParam ? string
        : P extends IntParam ? P['optional'] extends true ? number | undefined : number
          : number

export type ValuesOf<S extends Params> = { readonly [K in keyof S]: ParamValue<S[K]> }

/** Makers of parameters. */
export const param = {
  /** A size: "512MiB". `multipleOf`, `min`, `max` are sizes too. */
  bytes: (p: Omit<BytesParam, 'kind'>): BytesParam => ({ kind: 'bytes', ...p }),
  /** An address that must be given. */
  address: (p: Omit<AddressParam, 'kind' | 'optional'>): AddressParam & { readonly optional: false } => ({ kind: 'address', optional: false, ...p }),
  /** An address that may be left out. */
  optionalAddress: (p: Omit<AddressParam, 'kind' | 'optional'>): AddressParam & { readonly optional: true } => ({ kind: 'address', optional: true, ...p }),
  node: (p: Partial<Omit<NodeParam, 'kind'>> = {}): NodeParam => ({ kind: 'node', default: 0, doc: 'Node of the device; -1 for the nearest with memory.', ...p }),
  int: (p: Omit<IntParam, 'kind' | 'optional'>): IntParam & { readonly optional: false } => ({ kind: 'int', optional: false, ...p }),
  /** A number that may be left out (then undefined). */
  optionalInt: (p: Omit<IntParam, 'kind' | 'optional' | 'default'>): IntParam & { readonly optional: true } => ({ kind: 'int', optional: true, default: 0, ...p }),
  /** One of some words; the default is one of them. */
  choice: <const C extends string>(p: Omit<ChoiceParam<C>, 'kind' | 'default'> & { readonly default: NoInfer<C> }): ChoiceParam<C> => ({ kind: 'choice', ...p }),
  bool: (p: Omit<BoolParam, 'kind'>): BoolParam => ({ kind: 'bool', ...p }),
  text: (p: Omit<TextParam, 'kind'>): TextParam => ({ kind: 'text', ...p }),
} as const
