// What is told while an answer is on its way may be newer than the answer: it is laid over it. Pure.
//
// Whatever was told before was so when the answer was asked for, so the answer is at least as new; what comes after it
// lands on it by itself. A change may therefore be applied twice to the same news: it must not add what is there.

export type Change<T> = T | ((old: T | null) => T | null)

/** What a change makes of what is shown. */
export function changed<T>(old: T | null, change: Change<T>): T | null {
  return typeof change === 'function' ? (change as (old: T | null) => T | null)(old) : change
}

/** An answer with the changes that came while it was on its way. */
export function landed<T>(answer: T, meanwhile: readonly Change<T>[]): T | null {
  return meanwhile.reduce<T | null>(changed, answer)
}
