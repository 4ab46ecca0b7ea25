/**
 * A small but real lab for the tests of the transport: a counter that `goto` moves, announced to its window by `changed`.
 * What it does not have, it refuses as the lab refuses without a document.
 */
import { PROTOCOL } from '../../preload/contract.ts'
import type { DocumentInfo } from '../../preload/contract.ts'
import { RpcError } from '../../preload/rpc.ts'
import type { LabEvent, LabSession } from './session.ts'

export function smallLab(): LabSession {
  const listeners = new Set<(event: LabEvent) => void>()
  let position = 0

  const info = (): DocumentInfo => ({
    name: 'counter', profile: 'v6.1', profileTitle: 'Linux 6.1.192', profileDate: '2022-12-11', profileChoice: { id: 'v6.1' }, stuck: [], summary: '', position, steps: 100, revision: position, modified: false,
    canUndo: position > 0, canRedo: position < 100, warnings: [],
  })
  const move = (to: number): DocumentInfo => {
    position = to
    for (const listener of listeners) listener({ event: 'changed', data: { document: info() } })
    return info()
  }
  const noDocument = (): never => {
    throw new RpcError('no-document', 'no document is open')
  }

  return {
    hello: () => ({ protocol: PROTOCOL, version: '0.0.0', host: 'browser' }),
    document: () => info(),
    goto: ({ position }) => move(position),
    undo: () => move(position - 1),
    redo: () => move(position + 1),
    map: ({ columns }) => ({
      revision: position,
      tracks: [{ track: 'zones', lanes: 1, columns, cells: Uint32Array.from({ length: columns }, (_, i) => i) }],
    }),
    find: ({ query }) => {
      throw new TypeError(`a bug met ${query}`)
    },
    // A reply that JSON and structured clone both refuse: a bug in a lab, met while sending.
    exportScenario: () => ({ name: 'scenario', text: (() => undefined) as unknown as string, size: 1n }),
    openTexts: ({ texts }) => ({ ok: true, value: { ...info(), name: `${texts.length} texts of ${texts.reduce((n, t) => n + t.text.length, 0)}` } }),
    gallery: () => [],
    close: () => null,
    thisComputer: noDocument, openGallery: noDocument, openThisComputer: noDocument, outline: noDocument, axis: noDocument, maps: noDocument,
    inspect: noDocument, history: noDocument, log: noDocument, invariants: noDocument, text: noDocument, run: noDocument, tryOut: noDocument, runAll: noDocument, rename: noDocument,
    plugins: () => [], reloadPlugins: () => [], deviceTypes: noDocument, lifetimes: noDocument,
    profiles: noDocument, checkProfile: noDocument, setProfile: noDocument, profileText: noDocument, readProfile: noDocument,
    compare: noDocument, compareStep: noDocument, compareCauses: noDocument, compareAxis: noDocument, compareMaps: noDocument, compareText: noDocument, compareInspect: noDocument, compareMatrix: noDocument,
    timeline: noDocument, timelineRun: noDocument, timelineSpread: noDocument, timelineTrace: noDocument, timelineCancel: () => null,
    races: noDocument, raceQuestion: noDocument, raceAsk: noDocument, raceWhy: noDocument, raceCauses: noDocument, racePromela: noDocument, raceState: noDocument, raceInspect: noDocument, raceCancel: () => null,
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
