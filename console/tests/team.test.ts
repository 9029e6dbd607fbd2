// The rota, the matrix and accounts as they are edited.
import { describe, expect, test } from 'vitest'
import type { MatrixBody, ModeratorShown, RotaBody } from '../src/api/shapes'
import { namesIn } from '../src/views/kit/words'
import { fromField, faultsOf, isZone, localField, moved, replaced, toggled, withList, without } from '../src/views/paging/rota'
import { changeOf, draftOf, faultOf, toggledRole } from '../src/views/people/draft'
import { changesOf, GROUPS, ownRoles, turned, withOwn, withoutQueue, withQueue } from '../src/views/people/matrix'

const shift: RotaBody['shifts'][number] = { name: 'Day', people: ['ada'], days: ['mon'], start: '08:00', end: '20:00', zone: 'Europe/Berlin', first: '2026-01-05' }
const rota: RotaBody = { shifts: [shift] }

describe('the rota', () => {
  test('edits make a new one and leave the old one alone', () => {
    const edited = withList(rota, 'shifts', replaced(rota.shifts, 0, { ...shift, name: 'Night' }))
    expect(edited.shifts[0]?.name).toBe('Night')
    expect(rota.shifts[0]?.name).toBe('Day')
    expect(without([1, 2, 3], 1)).toEqual([1, 3])
  })

  test('moving over the ends changes nothing', () => {
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
    expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
  })

  test('days keep their order however they are chosen', () => {
    expect(toggled(['wed', 'mon'], 'tue', ['mon', 'tue', 'wed'])).toEqual(['mon', 'tue', 'wed'])
    expect(toggled(['mon', 'tue'], 'mon', ['mon', 'tue'])).toEqual(['tue'])
  })

  test('what the gateway would refuse is said before', () => {
    expect(faultsOf(rota)).toEqual([])
    const wrong: RotaBody = {
      shifts: [{ ...shift, name: ' ', people: [], days: [], zone: 'Mars/Base' }],
      overrides: [{ person: '', start: 5, end: 5 }],
      steps: [{ who: 'next', channels: [] }],
      quiet: [{ days: [], start: '22:00', end: '07:00', zone: 'Europe/Berlin' }],
    }
    expect(faultsOf(wrong).map((fault) => fault.key)).toEqual([
      'rota.fault.unnamed', 'rota.fault.nobody', 'rota.fault.days', 'rota.fault.zone', 'rota.fault.override_person',
      'rota.fault.override_time', 'rota.fault.channels', 'rota.fault.days',
    ])
  })

  test('a time goes into its field and back', () => {
    const at = 1_780_000_020
    expect(fromField(localField(at))).toBe(at - (at % 60))
    expect(fromField('nonsense')).toBeNull()
    expect(isZone('')).toBe(false)
  })

  test('names are split by commas and space, each once', () => {
    expect(namesIn(' ada, bob;ada  cy,')).toEqual(['ada', 'bob', 'cy'])
    expect(namesIn('  ')).toEqual([])
  })
})

describe('the matrix', () => {
  const stands: MatrixBody = { roles: { lead: ['cases.read'], admin: ['people.manage'] }, queues: {} }

  test('admins keep the right that nobody could give back', () => {
    expect(turned(stands.roles, 'admin', 'people.manage')).toBe(stands.roles)
  })

  test('changes are told cell by cell', () => {
    const draft = { ...stands, roles: turned(turned(stands.roles, 'lead', 'cases.bulk'), 'lead', 'cases.read') }
    expect(changesOf(stands, draft)).toEqual([
      { queue: '', role: 'lead', permission: 'cases.read', given: false },
      { queue: '', role: 'lead', permission: 'cases.bulk', given: true },
    ])
  })

  test('rules of a queue begin with what holds everywhere, so they change nothing at first', () => {
    const own = withOwn(withQueue(stands, 'fraud'), 'fraud', 'lead', true)
    expect(ownRoles(own, 'fraud')).toEqual(['lead'])
    expect(changesOf(stands, own)).toEqual([])
    const less = { ...own, queues: { fraud: turned(own.queues?.['fraud'] ?? {}, 'lead', 'cases.read') } }
    expect(changesOf(stands, less)).toEqual([{ queue: 'fraud', role: 'lead', permission: 'cases.read', given: false }])
    expect(changesOf(less, withoutQueue(less, 'fraud'))).toEqual([{ queue: 'fraud', role: 'lead', permission: 'cases.read', given: true }])
  })

  test('every permission stands in one group', () => {
    const all = GROUPS.flatMap((group) => group.permissions as readonly string[])
    expect(new Set(all).size).toBe(all.length)
    expect(all).toHaveLength(22)
  })
})

describe('an account', () => {
  const stands: ModeratorShown = {
    name: 'ada', pseudonym: 'Otter 1', roles: ['lead'], queues: [], langs: ['en'], skills: [], email: '', created: 0, disabled: null, totp: true, here: false, version: 3,
  }

  test('only what differs is sent', () => {
    expect(changeOf(stands, draftOf(stands))).toEqual({})
    expect(changeOf(stands, { ...draftOf(stands), langs: ['en', 'de'], email: 'a@b.c' })).toEqual({ langs: ['en', 'de'], email: 'a@b.c' })
    expect(changeOf({ ...stands, queues: ['a'] }, draftOf(stands))).toEqual({ queues: [] })
  })

  test.each([['ada', null], ['a d', 'people.name_bad'], ['.ada', 'people.name_bad'], ['', 'people.name_bad'], ['a'.repeat(65), 'people.name_bad']])('the name %s: %s', (name, fault) => {
    expect(faultOf({ ...draftOf(null), name }, true)).toBe(fault)
  })

  test('somebody without a role can do nothing, so one is asked for', () => {
    expect(faultOf({ ...draftOf(stands), roles: [] }, false)).toBe('people.role_needed')
    expect(toggledRole(['lead'], 'moderator')).toEqual(['moderator', 'lead'])
    expect(toggledRole(['lead'], 'lead')).toEqual([])
  })
})
