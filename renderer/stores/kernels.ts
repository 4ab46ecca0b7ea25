/** Kernels: which can be chosen, what they differ in, and booting the open machine as another one. Asked for when first needed. */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { DecisionDelta, DecisionInfo, InputProblem, ProfileCheck, ProfileChoice, ProfileInfo, ProfileList, Reboot } from '../../preload/contract.ts'
import { useDocument } from './document.ts'
import { useLab } from './lab.ts'

/** "v5.14" as a number that sorts. */
export const releaseOrder = (release: string): number => {
  const m = /^v(\d+)\.(\d+)/.exec(release)
  return m ? Number(m[1]) * 1000 + Number(m[2]) : 0
}

export const useKernels = defineStore('kernels', () => {
  const lab = useLab()
  const document = useDocument()
  const list = shallowRef<ProfileList>()
  /** The kernel of the open document, with all its decisions. */
  const current = shallowRef<ProfileInfo>()
  /** What the last change of kernel made of the history; until it is dismissed or the document changes. */
  const reboot = shallowRef<Reboot>()

  const decisions = computed(() => new Map<string, DecisionInfo>(list.value?.groups.flatMap((group) => group.decisions.map((d) => [d.name, d] as const)) ?? []))

  async function load(): Promise<void> {
    try {
      const choice = document.info?.profileChoice
      const [known, own] = await Promise.all([list.value ?? lab.request('profiles', {}), choice && lab.request('checkProfile', { profile: choice })])
      // Which one is the document's is known before there is a list to look at.
      current.value = own?.profile
      list.value = known
    } catch (error) {
      lab.report(error)
    }
  }
  watch(() => JSON.stringify(document.info?.profileChoice), () => {
    if (list.value) void load()
  })
  watch([() => document.opened, () => document.info?.profile], ([opened, profile], [before]) => {
    if (opened !== before || profile !== reboot.value?.to) reboot.value = undefined
  })

  async function check(profile: ProfileChoice): Promise<ProfileCheck | undefined> {
    try {
      return await lab.request('checkProfile', { profile })
    } catch (error) {
      lab.report(error)
      return undefined
    }
  }

  /** Boots the open machine as another kernel; what is wrong with it where that cannot be. */
  async function boot(profile: ProfileChoice): Promise<readonly InputProblem[] | undefined> {
    try {
      const reply = await lab.request('setProfile', { profile })
      if (!reply.ok) return reply.problems
      reboot.value = reply.value
      return undefined
    } catch (error) {
      lab.report(error)
      return []
    }
  }

  /** In what one kernel differs from another, in the order of the groups. */
  function difference(from: ProfileInfo, to: ProfileInfo): readonly DecisionDelta[] {
    return [...decisions.value.keys()].flatMap((name) => {
      const [a, b] = [from.values[name] ?? '', to.values[name] ?? '']
      return a === b ? [] : [{ name, from: a, to: b }]
    })
  }

  return { list, current, reboot, decisions, load, check, boot, difference }
})
