/** The line to main. One request function for everybody; says when work takes long and when main has gone. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { PROTOCOL } from '../../preload/contract-constants.ts'
import type { Params, Replies, RequestName } from '../../preload/contract.ts'
import { openLab } from '../../preload/page/open-lab.ts'
import type { RpcClient } from '../../preload/rpc.ts'

/** Work that takes longer than this shows that it is under way. */
const BUSY_AFTER = 200

export const useLab = defineStore('lab', () => {
  const client = shallowRef<RpcClient>()
  const state = ref<'opening' | 'open' | 'failed' | 'gone'>('opening')
  /** Why there is no lab, or a fault of ours that should be reported. */
  const fault = ref('')
  const version = ref('')
  const host = ref<'electron' | 'browser'>('browser')
  const slow = ref(0)

  async function open(): Promise<void> {
    try {
      const opened = await openLab()
      opened.onClose(() => (state.value = 'gone'))
      client.value = opened
      const hello = await opened.request('hello', { protocol: PROTOCOL })
      version.value = hello.version
      host.value = hello.host
      if (hello.protocol !== PROTOCOL) throw new Error(`the window speaks protocol ${PROTOCOL}, the lab ${hello.protocol}; reload the page`)
      state.value = 'open'
    } catch (error) {
      fault.value = error instanceof Error ? error.message : String(error)
      state.value = 'failed'
    }
  }

  /** Rejects with an RpcError; nothing is swallowed. `quiet` requests never show as work. */
  async function request<R extends RequestName>(name: R, params: Params<R>, quiet = false): Promise<Replies[R]> {
    const opened = client.value
    if (!opened) throw new Error('the lab is not open')
    let counted = false
    const timer = quiet ? undefined : setTimeout(() => {
      counted = true
      slow.value++
    }, BUSY_AFTER)
    try {
      return await opened.request(name, params)
    } finally {
      clearTimeout(timer)
      if (counted) slow.value--
    }
  }

  /** A rejected request is a bug of ours or a lost line: say so where it can be read, keep what is on screen. */
  function report(error: unknown): void {
    fault.value = error instanceof Error ? error.message : String(error)
  }

  return { client, state, fault, version, host, busy: computed(() => slow.value > 0), open, request, report }
})
