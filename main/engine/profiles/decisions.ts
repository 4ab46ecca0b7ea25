/** Every decision by name, and a profile's values of them. To add one: a group file in decisions/, and operations that branch on it. */
import type { Decision } from './decision.ts'
import { BLOCK_DECISIONS } from './decisions/blocks.ts'
import { CONFIG_DECISIONS } from './decisions/config.ts'
import { DEFERRED_DECISIONS } from './decisions/deferred.ts'
import { DEVICE_DECISIONS } from './decisions/device.ts'
import { LOCK_DECISIONS } from './decisions/locks.ts'
import { NODE_DECISIONS } from './decisions/nodes.ts'
import { RESOURCE_DECISIONS } from './decisions/resources.ts'
import { SECTION_DECISIONS } from './decisions/sections.ts'
import { SPAN_DECISIONS } from './decisions/spans.ts'
import { TEXT_DECISIONS } from './decisions/text.ts'

/** Groups as the window and `docs/profiles.md` show them, each with a title. */
export const DECISION_GROUPS = {
  spans: { title: 'Spans and shrinking', decisions: SPAN_DECISIONS },
  locks: { title: 'Locks', decisions: LOCK_DECISIONS },
  device: { title: 'Device memory', decisions: DEVICE_DECISIONS },
  sections: { title: 'Sections', decisions: SECTION_DECISIONS },
  resources: { title: 'Resources', decisions: RESOURCE_DECISIONS },
  blocks: { title: 'Blocks and onlining', decisions: BLOCK_DECISIONS },
  nodes: { title: 'Nodes', decisions: NODE_DECISIONS },
  deferred: { title: 'Struct pages left for later', decisions: DEFERRED_DECISIONS },
  text: { title: 'Texts', decisions: TEXT_DECISIONS },
  config: { title: 'Configuration', decisions: CONFIG_DECISIONS },
} as const

export const DECISIONS = {
  ...SPAN_DECISIONS, ...LOCK_DECISIONS, ...DEVICE_DECISIONS, ...SECTION_DECISIONS, ...RESOURCE_DECISIONS, ...BLOCK_DECISIONS, ...NODE_DECISIONS, ...DEFERRED_DECISIONS, ...TEXT_DECISIONS, ...CONFIG_DECISIONS,
}

export type DecisionName = keyof typeof DECISIONS

/** A value for every decision. */
export type Decisions = { readonly [K in DecisionName]: (typeof DECISIONS)[K] extends Decision<infer V> ? V : never }

export const DECISION_NAMES = Object.keys(DECISIONS) as readonly DecisionName[]

/** A decision of which only the name is known at run time: values are any text. */
export const decisionOf = (name: DecisionName): Decision<string> => DECISIONS[name] as Decision<string>
