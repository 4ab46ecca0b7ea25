import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesOf, customForm, customProfile } from './custom.ts'
import { DECISION_NAMES, decisionOf, type DecisionName, type Decisions } from './decisions.ts'
import { contradictions } from './legal.ts'
import { profileNamed } from './names.ts'
import { PROFILES } from './profiles.ts'
import { profileText, readProfileText } from './text.ts'

test('a custom profile as text that can be mailed: what it changes, with what that means', () => {
  const made = customProfile({ from: 'v6.1', id: 'locks', title: 'With "locks"', decisions: { spanLocks: 'node-and-zone' } })
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  const text = profileText(made.value)
  expect(text).toMatch(/^profile:\n {2}from: v6\.1\n {2}id: locks\n {2}title: "With \\"locks\\""\n {2}decisions:\n {4}# Locks around span changes\. /)
  expect(text).toMatch(/\n {4}# v6\.1: none\. mem_hotplug_lock alone\.\n {4}# here: node-and-zone \(until v5\.13\)\. [^]*\n {4}spanLocks: node-and-zone\n$/)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(84)
  expect(readProfileText(text, 'mail')).toEqual({ ok: true, value: made.value })
  // the same without `profile:` on top
  expect(readProfileText(text.replace('profile:\n', '').replace(/^ {2}/gm, ''), 'mail')).toEqual({ ok: true, value: made.value })
})

test('any profile, changed anyhow, comes back from its text', () => {
  const change = fc.constantFrom(...DECISION_NAMES).chain((name) => fc.constantFrom(...Object.keys(decisionOf(name).values)).map((value) => [name, value] as const))
  fc.assert(fc.property(fc.constantFrom(...PROFILES.keys(), 'v5.14'), fc.array(change, { maxLength: 4 }), fc.string(), (from, changes, title) => {
    const decisions = Object.fromEntries(changes)
    const illegal = contradictions({ ...profileNamed(from)!.decisions, ...(decisions as Partial<Decisions>) })
    const made = customProfile({ from, title, decisions })
    expect(made.ok).toBe(illegal.length === 0)
    if (!made.ok) return void expect(made.problems.map((p) => p.found)).toEqual(illegal.map((c) => c.found))
    expect(changesOf(made.value).map((c) => c.name)).toEqual(DECISION_NAMES.filter((n: DecisionName) => n in decisions && decisions[n] !== profileNamed(from)!.decisions[n]))
    expect(readProfileText(profileText(made.value), 'mail')).toEqual({ ok: true, value: made.value })
    expect(customProfile(customForm(made.value))).toEqual(made)
  }), { numRuns: 200 })
})

test('text that is no profile: line, field, what was found and what was expected', () => {
  const problems = (text: string) => {
    const read = readProfileText(text, 'mail')
    return read.ok ? [] : read.errors.map((e) => `${e.line} ${e.field ?? ''}: ${e.found}, expected ${e.expected}`)
  }
  expect(problems('profile:\n  from: v6.1\n  decisons: {}\n')[0]).toBe("3 decisons: unknown key 'decisons', expected decisions (the nearest), or another one of from, id, title, decisions")
  expect(problems('profile:\n  from: v4.2\n')[0]).toMatch(/^2 from: 'v4\.2', expected v4\.20 \(the nearest\)/)
  expect(problems('from: v6.1\ndecisions:\n  shrink: x\n')[0]).toMatch(/^3 decisions\.shrink: unknown decision 'shrink', expected one of .*shrinkTest/)
  expect(problems('zonelab: 1\nprofile: v6.1\n')[0]).toContain('profile beside zonelab, expected a profile alone')
  expect(problems('profile: v6.1\n')).toHaveLength(1)
  expect(problems('{')).toHaveLength(1)
})
