/**
 * Frames of the WebSocket port. A message is plain data in which typed arrays may stand anywhere:
 *
 *   u32 little-endian: length of the header in bytes
 *   header: JSON { m: the message with null in place of each array, a: [[path, type, length], …] }
 *   zero bytes up to a multiple of 8, then each array's bytes, each array starting at a multiple of 8
 *
 * A reader gets the arrays as views into the frame, without a copy. Both ends are on one computer, so array bytes are in
 * its byte order. What JSON cannot say is not carried: NaN and infinities become null, undefined fields vanish.
 */

const TYPES = {
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array,
} as const
type TypeName = keyof typeof TYPES
type TypedArray = InstanceType<(typeof TYPES)[TypeName]>
type Path = readonly (string | number)[]
type ArrayEntry = readonly [path: Path, type: TypeName, length: number]

/** A frame that no honest peer sends; the port that meets one closes. */
export class FrameError extends Error {
  constructor(problem: string) {
    super(`bad frame: ${problem}`)
    this.name = 'FrameError'
  }
}

const ALIGN = 8
const aligned = (offset: number): number => Math.ceil(offset / ALIGN) * ALIGN

export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const found: { readonly path: Path; readonly array: TypedArray }[] = []
  findArrays(message, [], found)
  const entries = found.map(({ path, array }): ArrayEntry => [path, typeNameOf(array), array.length])
  const withoutArrays = (_key: string, value: unknown): unknown => (ArrayBuffer.isView(value) ? null : value)
  const header = new TextEncoder().encode(`{"m":${JSON.stringify(message, withoutArrays)},"a":${JSON.stringify(entries)}}`)

  let size = aligned(4 + header.byteLength)
  const offsets = found.map(({ array }) => {
    const offset = size
    size = aligned(offset + array.byteLength)
    return offset
  })

  const frame = new Uint8Array(size)
  new DataView(frame.buffer).setUint32(0, header.byteLength, true)
  frame.set(header, 4)
  found.forEach(({ array }, i) => frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offsets[i]))
  return frame
}

/** Adds every typed array below `value` to `found`; `path` leads to `value` and is the same again afterwards. */
function findArrays(value: unknown, path: (string | number)[], found: { path: Path; array: TypedArray }[]): void {
  if (typeof value !== 'object' || value === null) return
  if (ArrayBuffer.isView(value)) {
    found.push({ path: [...path], array: value as TypedArray })
    return
  }
  const walk = (key: string | number, item: unknown): void => {
    path.push(key)
    findArrays(item, path, found)
    path.pop()
  }
  if (Array.isArray(value)) value.forEach((item, i) => walk(i, item))
  else for (const [key, item] of Object.entries(value)) walk(key, item)
}

function typeNameOf(view: ArrayBufferView): TypeName {
  for (const name of Object.keys(TYPES) as TypeName[]) if (view instanceof TYPES[name]) return name
  throw new TypeError('a DataView cannot be sent; send a typed array')
}

/** The message of a frame. Throws FrameError, and nothing else, for bytes that are not a frame. */
export function decodeFrame(bytes: ArrayBuffer): unknown {
  const { message, entries, bodyStart } = readHeader(bytes)
  const root = { message }
  let offset = bodyStart
  for (const entry of entries) {
    const { path, type, length } = checkEntry(entry)
    const array = TYPES[type]
    if (length > (bytes.byteLength - offset) / array.BYTES_PER_ELEMENT) throw new FrameError('an array ends beyond the frame')
    put(root, ['message', ...path], new array(bytes, offset, length))
    offset = aligned(offset + length * array.BYTES_PER_ELEMENT)
  }
  if (offset !== bytes.byteLength) throw new FrameError('bytes after the last array')
  return root.message
}

function readHeader(bytes: ArrayBuffer): { message: unknown; entries: readonly unknown[]; bodyStart: number } {
  if (bytes.byteLength < 4) throw new FrameError('shorter than its length field')
  const length = new DataView(bytes).getUint32(0, true)
  const bodyStart = aligned(4 + length)
  if (bodyStart > bytes.byteLength) throw new FrameError('the header ends beyond the frame')
  const header = parseHeader(new Uint8Array(bytes, 4, length))
  if (typeof header !== 'object' || header === null || !('m' in header) || !('a' in header) || !Array.isArray(header.a))
    throw new FrameError('the header is not { m, a }')
  return { message: header.m, entries: header.a, bodyStart }
}

function parseHeader(utf8: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(utf8))
  } catch {
    throw new FrameError('the header is not JSON')
  }
}

function checkEntry(entry: unknown): { path: Path; type: TypeName; length: number } {
  if (!Array.isArray(entry) || entry.length !== 3) throw new FrameError('an array entry is not [path, type, length]')
  const [path, type, length] = entry as [unknown, unknown, unknown]
  if (!Array.isArray(path) || !path.every((key) => typeof key === 'string' || typeof key === 'number'))
    throw new FrameError('an array path is not a list of keys')
  if (typeof type !== 'string' || !Object.hasOwn(TYPES, type)) throw new FrameError('an array of unknown type')
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) throw new FrameError('an array length is not a count')
  return { path, type: type as TypeName, length }
}

/** Puts an array where the header left null for it. Own properties only: a path never reaches a prototype. */
function put(root: object, path: Path, array: TypedArray): void {
  let at: unknown = root
  for (const [i, key] of path.entries()) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) throw new FrameError('an array path leads nowhere')
    const next: unknown = (at as Record<string | number, unknown>)[key]
    if (i < path.length - 1) at = next
    else if (next !== null) throw new FrameError('an array path leads to something else')
    else Object.defineProperty(at, key, { value: array, writable: true, enumerable: true, configurable: true })
  }
}
