import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame, FrameError } from './frame.ts'

const roundTrip = (message: unknown): unknown => decodeFrame(encodeFrame(message).buffer)

const typedArray = fc.oneof(
  fc.int8Array(), fc.uint8Array(), fc.uint8ClampedArray(), fc.int16Array(), fc.uint16Array(), fc.int32Array(), fc.uint32Array(),
  fc.float32Array(), fc.float64Array(), fc.bigInt64Array(), fc.bigUint64Array(),
)
const message = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null), typedArray,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'm', 'a', 'length')), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

describe('a frame', () => {
  it('carries plain data and typed arrays unchanged, wherever the arrays stand', () => {
    fc.assert(fc.property(message, (sent) => {
      // Not toStrictEqual, which is misled by a key named constructor.
      expect(isDeepStrictEqual(roundTrip(sent), sent)).toBe(true)
    }), { numRuns: 500 })
  })

  it('aligns every array to 8 bytes and gives it to the reader without a copy', () => {
    const frame = encodeFrame({ odd: new Uint8Array(3), columns: new Uint32Array([1, 2, 3]), bytes: new Float64Array([0.5]) })
    const read = decodeFrame(frame.buffer) as Record<string, Uint8Array>
    for (const array of Object.values(read)) {
      expect(array.buffer).toBe(frame.buffer)
      expect(array.byteOffset % 8).toBe(0)
    }
  })

  it('carries only the viewed part of a larger buffer', () => {
    const view = new Uint16Array(new Uint16Array([1, 2, 3, 4, 5]).buffer, 2, 3)
    expect(roundTrip({ view })).toEqual({ view: new Uint16Array([2, 3, 4]) })
  })

  it('is refused when it is cut short anywhere or goes on after its end', () => {
    const bytes = encodeFrame({ cells: new Uint32Array([7, 8, 9]), n: 1 })
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(() => decodeFrame(bytes.slice(0, length).buffer), `cut to ${length}`).toThrow(FrameError)
    }
    const longer = new Uint8Array(bytes.byteLength + 8)
    longer.set(bytes)
    expect(() => decodeFrame(longer.buffer)).toThrow(FrameError)
  })

  it('made of random bytes is refused with a FrameError and nothing worse', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decodeFrame(bytes.slice().buffer)
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError)
      }
    }), { numRuns: 2000 })
  })
})

describe('a hostile header', () => {
  const frameWith = (header: unknown, body = 0): ArrayBuffer => {
    const json = new TextEncoder().encode(JSON.stringify(header))
    const bytes = new Uint8Array(Math.ceil((4 + json.byteLength) / 8) * 8 + body)
    new DataView(bytes.buffer).setUint32(0, json.byteLength, true)
    bytes.set(json, 4)
    return bytes.buffer
  }

  it.each([
    ['reaches for a prototype', { m: {}, a: [[['__proto__', 'polluted'], 'Uint8Array', 8]] }],
    ['reaches for a constructor', { m: {}, a: [[['constructor', 'prototype', 'x'], 'Uint8Array', 8]] }],
    ['replaces what is not null', { m: { n: 1 }, a: [[['n'], 'Uint8Array', 8]] }],
    ['names a type by inheritance', { m: { n: null }, a: [[['n'], 'toString', 8]] }],
    ['claims more than there is', { m: { n: null }, a: [[['n'], 'Float64Array', 2 ** 50]] }],
    ['has a negative length', { m: { n: null }, a: [[['n'], 'Uint8Array', -8]] }],
    ['has a path that is no list', { m: { n: null }, a: [['n', 'Uint8Array', 8]] }],
    ['has no message', { a: [] }],
    ['is a list', []],
  ])('that %s is refused', (_what, header) => {
    expect(() => decodeFrame(frameWith(header, 8))).toThrow(FrameError)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})
