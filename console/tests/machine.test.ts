// The live connection: it comes back by itself, waits longer each time, and says so.
import { describe, expect, it } from 'vitest'
import { after, QUIET_S, type Happened, type Live, type Order } from '../src/live/machine'

const closed: Happened = { event: 'closed', retryAfter: null, signedOut: false }
const greeted: Happened = { event: 'heard', greeting: true }

function run(happened: [Happened, number][], from: Live = { is: 'idle' }): { live: Live; orders: Order[] } {
  let live = from
  const orders: Order[] = []
  for (const [one, now] of happened) {
    const [next, more] = after(live, one, now, 1)
    live = next
    orders.push(...more)
  }
  return { live, orders }
}

describe('the live connection', () => {
  it('counts only once the gateway has greeted', () => {
    expect(run([[{ event: 'start' }, 0]])).toEqual({ live: { is: 'connecting', attempt: 0, since: 0 }, orders: ['open'] })
    expect(run([[{ event: 'start' }, 0], [{ event: 'heard', greeting: false }, 1]]).live.is).toBe('connecting')
    expect(run([[{ event: 'start' }, 0], [greeted, 1]]).live).toEqual({ is: 'live', heard: 1 })
  })

  it('waits longer after each failure, at most fifteen seconds', () => {
    let live: Live = { is: 'connecting', attempt: 0, since: 0 }
    const waits: number[] = []
    for (let n = 0; n < 8; n += 1) {
      live = after(live, closed, 0, 1)[0]
      if (live.is === 'waiting') waits.push(live.until)
      live = after(live, { event: 'tick' }, 1000, 1)[0]
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15, 15])
  })

  it('begins anew after a connection that counted', () => {
    const { live } = run([[{ event: 'start' }, 0], [closed, 0], [{ event: 'tick' }, 9], [greeted, 10], [closed, 20]])
    expect(live).toEqual({ is: 'waiting', attempt: 0, until: 20.5 })
  })

  it('spreads the return by chance', () => {
    const one = after({ is: 'live', heard: 0 }, closed, 0, 0)[0]
    const other = after({ is: 'live', heard: 0 }, closed, 0, 1)[0]
    expect([one, other].map((live) => (live.is === 'waiting' ? live.until : 0))).toEqual([0.25, 0.5])
  })

  it('waits as long as a draining gateway asks', () => {
    const live = after({ is: 'live', heard: 0 }, { event: 'closed', retryAfter: 20, signedOut: false }, 0, 0)[0]
    expect(live).toEqual({ is: 'waiting', attempt: 0, until: 20 })
  })

  it('does not come back after signing out', () => {
    expect(run([[{ event: 'start' }, 0], [greeted, 1], [{ event: 'closed', retryAfter: null, signedOut: true }, 2], [{ event: 'tick' }, 99]])).toEqual({ live: { is: 'idle' }, orders: ['open'] })
  })

  it('is offline while the browser says so, and tries at once after it', () => {
    const { live, orders } = run([[{ event: 'start' }, 0], [greeted, 1], [{ event: 'network', online: false }, 2], [closed, 2], [{ event: 'tick' }, 50], [{ event: 'network', online: true }, 60]])
    expect(live.is).toBe('connecting')
    expect(orders).toEqual(['open', 'close', 'open'])
  })

  it('asks about a quiet connection, and cuts a dead one', () => {
    expect(after({ is: 'live', heard: 0 }, { event: 'tick' }, QUIET_S, 0)[1]).toEqual([])
    expect(after({ is: 'live', heard: 0 }, { event: 'tick' }, QUIET_S + 1, 0)).toEqual([{ is: 'live', heard: QUIET_S + 1 }, ['probe']])
    expect(after({ is: 'live', heard: 0 }, { event: 'dead' }, 9, 1)).toEqual([{ is: 'waiting', attempt: 0, until: 9.5 }, ['close']])
  })

  it('gives up a connection that never greets', () => {
    expect(after({ is: 'connecting', attempt: 0, since: 0 }, { event: 'tick' }, 11, 1)).toEqual([{ is: 'waiting', attempt: 1, until: 12 }, ['close']])
  })

  it('tries now when it is told to', () => {
    expect(after({ is: 'waiting', attempt: 3, until: 99 }, { event: 'retry' }, 1, 0)).toEqual([{ is: 'connecting', attempt: 3, since: 1 }, ['open']])
  })
})
