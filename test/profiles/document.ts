/** docs/profiles.md as text, made from the decisions and the profiles and nothing else. */
import { heldIn } from '../../main/engine/profiles/decision.ts'
import { DECISION_GROUPS, decisionOf, type DecisionName } from '../../main/engine/profiles/decisions.ts'
import { decisionsIn, differingDecisions, type Profile } from '../../main/engine/profiles/profile.ts'
import { DEFAULT_PROFILE, PROFILES } from '../../main/engine/profiles/profiles.ts'

const INTRODUCTION = `# Kernel profiles

*Generated from \`main/engine/profiles\`; a test holds this page to it (\`npx vitest run test/profiles/document.test.ts -u\` writes it anew).*

Kernels differ in named *decisions*. A profile is a value of each. Operations of the model ask for the decision and never for a version: so a kernel that never was can be tried as well,
by changing single decisions of one that is (\`profile: {from: v6.1, decisions: {…}}\` in a [scenario](scenario.md), or the editor in the window).

A release's values follow from the history of each decision. What a stable tree has back-ported, and what a patch does, is written as changes. "[mem]" in a source marks
what is known of the project's history and was not read again.`

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

const profiles = [...PROFILES.values()]
const isPatch = (p: Profile): boolean => p.source !== undefined

function kernels(): string {
  const rows = profiles.map((p) => {
    const changes = p.parent === undefined ? 0 : differingDecisions(PROFILES.get(p.parent)!.decisions, p.decisions).length
    return [`\`${p.id}\`${p.id === DEFAULT_PROFILE.id ? ' (default)' : ''}`, p.title, p.date, p.parent === undefined ? '' : `\`${p.parent}\``, p.parent === undefined ? '' : String(changes)]
  })
  return `## Kernels and patches\n\n${table(['profile', 'stands for', 'date', 'written as a change of', 'decisions that differ'], rows)}`
}

/** What a cell says is as in the column that it is measured by: the release before, or what a patch is on top of. */
function matrix(): string {
  const head = ['decision', ...profiles.map((p) => p.id)]
  const groups = Object.values(DECISION_GROUPS).map(({ title, decisions }) => {
    const rows = Object.keys(decisions).map((name) => {
      const of = (p: Profile): string => p.decisions[name as DecisionName]
      return [`\`${name}\``, ...profiles.map((p) => (p.parent !== undefined && of(PROFILES.get(p.parent)!) === of(p) ? '=' : of(p)))]
    })
    return `### ${title}\n\n${table(head, rows)}`
  })
  return `## Profile by decision\n\n"=": as in the release before; for a patch, as in what it is on top of.\n\n${groups.join('\n\n')}`
}

function patches(): string {
  const parts = profiles.filter(isPatch).map((p) => {
    const parent = PROFILES.get(p.parent!)!
    const changes = differingDecisions(parent.decisions, p.decisions)
      .map(({ name, from, to }) => [`\`${name}\``, `${from}: ${decisionOf(name).values[from]!}`, `${to}: ${decisionOf(name).values[to]!}`])
    return `### \`${p.id}\`\n\n${p.title}. On top of \`${parent.id}\`. Source: ${p.source!}.\n\n${table(['decision', 'before', 'with it'], changes)}`
  })
  return `## Patches\n\n${parts.join('\n\n')}`
}

/** Releases whose values do not all follow from the histories. */
function backports(): string {
  const rows = profiles.filter((p) => !isPatch(p)).flatMap((p) =>
    differingDecisions(decisionsIn(p.release), p.decisions).map(({ name, from, to }) => [`\`${p.id}\``, p.title, `\`${name}\``, from, to]))
  return `## Stable trees\n\nWhat the kernels named here have and the release of that number did not.\n\n${table(['profile', 'kernel', 'decision', 'in the release', 'here'], rows)}`
}

function decisions(): string {
  const groups = Object.values(DECISION_GROUPS).map(({ title, decisions: group }) => {
    const each = Object.keys(group).map((name) => {
      const d = decisionOf(name as DecisionName)
      const rows = Object.entries(d.values).map(([value, what]) => [`\`${value}\``, what, heldIn(d, value)])
      return `#### ${d.title} (\`${name}\`)\n\n${d.doc} *${d.source}*\n\n${table(['value', 'what the kernel does', 'releases'], rows)}`
    })
    return `### ${title}\n\n${each.join('\n\n')}`
  })
  return `## The decisions\n\n${groups.join('\n\n')}`
}

export const profilesDocument = (): string => `${[INTRODUCTION, kernels(), matrix(), patches(), backports(), decisions()].join('\n\n')}\n`
