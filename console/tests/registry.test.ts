// Keys: the topmost scope first, dialogs hide the rest, nothing while somebody types.
import { describe, expect, it } from 'vitest'
import { Registry, type Bound, type Pressed } from '../src/keys/registry'

const key = (name: string): Bound => ({ key: name, says: name, run: () => undefined })
const press = (name: string, some: Partial<Pressed> = {}): Pressed => ({ key: name, mod: false, alt: false, typing: false, at: 0, ...some })

function made(): { registry: Registry; low: Bound; high: Bound; drop: () => void } {
  const registry = new Registry()
  const low = key('j')
  const high = key('j')
  registry.add({ title: 'low', modal: false, keys: () => [low, key('x'), key('g q'), key('g r'), key('mod+Enter'), key('Escape')] })
  const drop = registry.add({ title: 'high', modal: false, keys: () => [high] })
  return { registry, low, high, drop }
}

describe('the registry', () => {
  it('asks the topmost scope first, and falls through', () => {
    const { registry, low, high, drop } = made()
    expect(registry.find(press('j'))).toBe(high)
    expect(registry.find(press('x'))).not.toBeNull()
    drop()
    expect(registry.find(press('j'))).toBe(low)
  })

  it('lets nothing through a dialog', () => {
    const { registry } = made()
    const drop = registry.add({ title: 'dialog', modal: true, keys: () => [key('Enter')] })
    expect(registry.find(press('j'))).toBeNull()
    expect(registry.reachable().map((scope) => scope.title)).toEqual(['dialog'])
    drop()
    expect(registry.find(press('j'))).not.toBeNull()
  })

  it('is silent where somebody types, but for Escape and mod keys', () => {
    const { registry } = made()
    expect(registry.find(press('j', { typing: true }))).toBeNull()
    expect(registry.find(press('Escape', { typing: true }))).not.toBeNull()
    expect(registry.find(press('Enter', { typing: true, mod: true }))).not.toBeNull()
  })

  it('leaves keys with alt, and unknown keys with mod, to the browser', () => {
    const { registry } = made()
    expect(registry.find(press('j', { alt: true }))).toBeNull()
    expect(registry.find(press('j', { mod: true }))).toBeNull()
  })

  it('takes two keys in a row as one, and forgets the first after a while', () => {
    const { registry } = made()
    expect(registry.find(press('g', { at: 0 }))).toBe('waits')
    expect((registry.find(press('q', { at: 100 })) as Bound).key).toBe('g q')
    expect(registry.find(press('g', { at: 1000 }))).toBe('waits')
    expect(registry.find(press('q', { at: 5000 }))).toBeNull()
  })

  it('takes the second key by itself when the two mean nothing', () => {
    const { registry, high } = made()
    expect(registry.find(press('g', { at: 0 }))).toBe('waits')
    expect(registry.find(press('j', { at: 10 }))).toBe(high)
  })
})
