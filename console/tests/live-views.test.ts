// Nukes, holds, streams and switches: what is asked, what waits, what stands.
import { describe, expect, test } from 'vitest'
import type { Finding, Hold, Switch } from '../src/api/shapes'
import { firstOf, heldOf, waitingOf } from '../src/views/holds/held'
import { placeOf } from '../src/views/kit/cursor'
import { bodyOf, confirms, FRESH, isReady } from '../src/views/nuke/draft'
import { isGone } from '../src/views/room/acts'
import { stateOf } from '../src/views/room/standing'
import { onStrip, withFinding } from '../src/views/stream/found'
import { heardOf } from '../src/views/stream/heard'

describe('a nuke', () => {
  test('is asked for in seconds, and a removal has no duration', () => {
    expect(bodyOf({ ...FRESH, phrase: ' x y ', backMinutes: 5, aheadMinutes: 60 }, null)).toEqual({
      phrase: 'x y', action: 'remove', room: null, back_s: 300, ahead_s: 3600, for_s: null, most: 500, reason: '',
    })
    expect(bodyOf({ ...FRESH, phrase: 'xy', action: 'mute' }, 'token')).toMatchObject({ for_s: 600, preview: 'token' })
  })

  test.each([
    [{ phrase: 'ab' }, true],
    [{ phrase: ' a ' }, false],
    [{ phrase: '😀😀' }, true],
    [{ phrase: '😀' }, false],
    [{ phrase: 'ab', most: 0 }, false],
    [{ phrase: 'ab', most: 5001 }, false],
    [{ phrase: 'ab', backMinutes: 0, aheadMinutes: 0 }, false],
  ])('%o can be previewed: %s', (some, ready) => {
    expect(isReady({ ...FRESH, ...some })).toBe(ready)
  })

  test.each([
    ['214', true], [' 214 ', true], ['0214', true], ['21', false], ['', false], ['214x', false], ['-214', false], ['2e2', false],
  ])('typing %s confirms 214: %s', (typed, right) => {
    expect(confirms(typed, 214)).toBe(right)
  })

  test('digits may be grouped as people do', () => {
    for (const typed of ['1,204', '1.204', '1 204', '1\u202f204', "1'204"]) expect(confirms(typed, 1204)).toBe(true)
  })
})

describe('holds', () => {
  const held = (id: string, expires: number, outcome: Hold['outcome'] = null): Hold => ({
    id, rev: 0, room: 'r', user: 'u', name: '', text: '', rule: '', category: '', created: 0, expires, outcome, by: null, decided: null,
  })

  test('the soonest to expire comes first; what is over or was decided here is gone', () => {
    const items = [held('late', 90), held('soon', 20), held('past', 9), held('told', 50, 'denied'), held('mine', 60)]
    expect(waitingOf(items, new Set([heldOf(held('mine', 60))]), 10).map((each) => each.id)).toEqual(['soon', 'late'])
  })

  test('who was first is read out of what stands, and of nothing else', () => {
    expect(firstOf({ by: 'jo', outcome: 'denied' })).toEqual({ by: 'jo', outcome: 'denied' })
    for (const odd of [null, 'x', {}, { by: 1, outcome: 'denied' }]) expect(firstOf(odd)).toBeNull()
  })
})

describe('a switch', () => {
  const one = (some: Partial<Switch>): Switch => ({ name: 'shield', switch: null, until: null, by: '', in_force: false, ends: null, ...some })

  test.each([
    [{}, 'auto', undefined],
    [{ in_force: true, ends: 9 }, 'auto-on', 9],
    [{ switch: true, until: 5, in_force: true }, 'on', 5],
    [{ switch: true, until: null, in_force: true }, 'on', null],
    [{ switch: false, until: 7 }, 'off', 7],
  ])('%o', (some, tone, until) => {
    expect(stateOf(one(some))).toMatchObject({ tone, until })
  })

  test('only what is out of sight can be restored', () => {
    expect(isGone('remove')).toBe(true)
    expect(isGone('allow')).toBe(false)
    expect(isGone('mask')).toBe(false)
  })
})

describe('findings', () => {
  const finding = (id: string, from: number): Finding => ({
    type: 'finding', stream: 's', surface: 'frame', from, to: from + 1, action: 'blur', reasons: [], late: false, id,
  })

  test('each is there once, the newest first, and not too many', () => {
    let found: Finding[] = []
    for (let n = 0; n < 300; n += 1) found = withFinding(found, finding(`f${n}`, n))
    found = withFinding(found, { ...finding('f299', 299), late: true })
    expect(found).toHaveLength(200)
    expect(found[0]).toMatchObject({ id: 'f299', late: true })
  })

  test('a stretch of time has its place on the strip, or none', () => {
    expect(onStrip(50, 60, 100, 100)).toEqual({ from: 0.5, to: 0.6 })
    expect(onStrip(-50, 10, 100, 100)).toEqual({ from: 0, to: 0.1 })
    expect(onStrip(-50, -10, 100, 100)).toBeNull()
    expect(onStrip(120, 130, 100, 100)).toBeNull()
  })
})

describe('coverage', () => {
  test('says in how much of the sound speech was found, and where there was no sound', () => {
    expect(heardOf({ voiced: 0.745 })).toBe('Speech was found in 75% of the sound.')
    expect(heardOf({ voiced: 0 })).toBe('Speech was found in 0% of the sound.')
    expect(heardOf({})).toBe('No sound was examined.')
  })
})

describe('the cursor', () => {
  test('follows its item when the list changes', () => {
    expect(placeOf(['x', 'a', 'b'], 'a', 0)).toBe(1)
  })
  test('stays where it was when its item has gone', () => {
    expect(placeOf(['a', 'c'], 'b', 1)).toBe(1)
    expect(placeOf(['a'], 'c', 2)).toBe(0)
    expect(placeOf([], 'a', 0)).toBe(-1)
  })
})
