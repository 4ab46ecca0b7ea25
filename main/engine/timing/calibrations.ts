/** Calibrations by name: costs of machines that figures were published of, fitted on all their rows (calibration/), for scenarios and the window. */
import type { CostValues } from './costs.ts'

export interface Calibration {
  readonly name: string
  readonly title: string
  readonly costs: CostValues
  /** Rows of the table of calibration that they are fitted on; a test holds them to it. */
  readonly rows: readonly string[]
}

export const CALIBRATIONS: readonly Calibration[] = [
  {
    name: 'pmem-2018', title: 'Nodes with 3 TiB of persistent memory, 2018',
    costs: { 'device struct page init': 27.4, 'device struct page second pass': 24.8, 'struct page init': 27.4, 'remote node factor': 1.42, 'device bandwidth ceiling': 0 },
    rows: ['single pass', 'local probe', 'pgmap loop'],
  },
  {
    name: 'pmem-2019', title: 'The same with the generic memmap_init of 2019',
    costs: { 'device struct page init': 35.5, 'device struct page second pass': 24.8, 'struct page init': 35.5, 'remote node factor': 1.42, 'device bandwidth ceiling': 0 },
    rows: ['generic node', 'generic serial'],
  },
  { name: 'nvdimm-2021', title: '128 GiB NVDIMM, 2021', costs: { 'device struct page init': 9.86, 'struct page init': 9.86 }, rows: ['NVDIMM base', 'NVDIMM 2M'] },
  { name: 'gpu', title: 'GPU with device memory', costs: { 'device struct page init': 7.63, 'struct page init': 7.63 }, rows: ['GPU 8M', 'GPU 2M'] },
  { name: 'xeon-8167m', title: 'Xeon 8167M, 2020', costs: { 'deferred struct page init': 17.6, 'struct page init': 17.6, 'memory bandwidth ceiling': 42 }, rows: ['8167M, before', '8167M, 1 threads', '8167M, 6 threads', '8167M, 13 threads', '8167M, 52 threads'] },
  { name: 'xeon-2699c-v4', title: 'Xeon E5-2699C v4, 2020', costs: { 'deferred struct page init': 22, 'struct page init': 22, 'memory bandwidth ceiling': 26.5 }, rows: ['2699C v4, before', '2699C v4, 1 threads', '2699C v4, 8 threads', '2699C v4, 16 threads', '2699C v4, 32 threads'] },
  { name: 'xeon-2015', title: 'Large Xeon servers, 2015', costs: { 'deferred struct page init': 16.1, 'struct page init': 16.1 }, rows: ['Gorman 1 TiB', 'Long 24 TB'] },
  { name: 'kvm-2018', title: 'KVM guest whose memory the host backs on demand, 2018', costs: { 'struct page init': 43.5, 'memmap allocation': 83, 'page free order 0': 0 }, rows: ['KVM init before', 'KVM init after'] },
]

export const calibrationNamed = (name: string): Calibration | undefined => CALIBRATIONS.find((c) => c.name === name)
