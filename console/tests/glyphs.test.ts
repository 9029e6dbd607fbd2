// What people wrote becomes pieces: spans by code point, hidden characters by name, never anything lost.
import { describe, expect, it } from 'vitest'
import { clamp, hiddenName, pieces, visible } from '../src/parts/glyphs'

const span = (start: number, end: number, rule = 'r') => ({ start, end, rule, category: 'c' })
const joined = (text: string, spans = [] as ReturnType<typeof span>[]) => pieces(text, spans).map((one) => one.text).join('')

describe('pieces', () => {
  it('leaves markup as the text it is', () => {
    const text = '<script>alert(1)</script> <img onerror=x> &amp; [a](b)'
    expect(pieces(text)).toEqual([{ kind: 'text', text, rules: [] }])
  })

  it('counts code points, not UTF-16 units', () => {
    expect(pieces('😀😀 bad', [span(3, 6)]).map((one) => [one.text, one.rules])).toEqual([['😀😀 ', []], ['bad', ['r']]])
  })

  it('takes spans that overlap, are empty or reach past the end', () => {
    const found = pieces('abcdef', [span(1, 4, 'x'), span(3, 99, 'y'), span(2, 2, 'z'), span(-5, 1, 'w')])
    expect(found.map((one) => [one.text, one.rules])).toEqual([['a', ['w']], ['bc', ['x']], ['d', ['x', 'y']], ['ef', ['y']]])
    expect(joined('abcdef', [span(9, 12)])).toBe('abcdef')
  })

  it('names what reorders, hides or controls', () => {
    expect(pieces('a\u202eb\u2066c\u200b\u0000').filter((one) => one.kind === 'hidden').map((one) => one.text)).toEqual(['RLO', 'LRI', 'ZWSP', 'NUL'])
    expect(hiddenName(0xe0041)).toBe('U+E0041')
    expect(hiddenName(0xd800)).toBe('U+D800')
    expect(hiddenName(0x41)).toBeNull()
    expect(hiddenName(0x0a)).toBeNull()
  })

  it('leaves joiners that are ordinary writing', () => {
    expect(pieces('👩‍💻')).toEqual([{ kind: 'text', text: '👩‍💻', rules: [] }])
    expect(pieces('می‌خواهم')).toHaveLength(1)
    expect(pieces('pay‌pal').some((one) => one.kind === 'hidden')).toBe(true)
  })

  it('is quick with a megabyte and many spans', () => {
    const text = 'ab\u200b'.repeat(20_000)
    const begun = performance.now()
    pieces(text, Array.from({ length: 200 }, (_, n) => span(n * 100, n * 100 + 50)))
    expect(performance.now() - begun).toBeLessThan(2000)
  })
})

describe('clamp', () => {
  it('says whether something was left out', () => {
    expect(clamp('short', 10, 3)).toEqual({ text: 'short', cut: false })
    expect(clamp('0123456789abc', 10, 3)).toEqual({ text: '0123456789', cut: true })
    expect(clamp('a\nb\nc\nd', 100, 2)).toEqual({ text: 'a\nb', cut: true })
  })

  it('never cuts a character in two', () => {
    expect(clamp('😀😀😀', 2, 1)).toEqual({ text: '😀😀', cut: true })
  })
})

describe('visible', () => {
  it('names what hides, in one string', () => {
    expect(visible('lobby')).toBe('lobby')
    expect(visible('a\u202eb\u200b')).toBe('a[RLO]b[ZWSP]')
  })
})
