// Which calls ring here, once the gateway has said which there are; pure, so that it can be tested.
import type { PageLine } from '../api/shapes'

/**
 * The open calls of `who`, and of those the first that did not ring yet. What was `told` since the list was asked for
 * stays as it is `shown`: the list is older.
 */
export function calling(
  list: readonly PageLine[], shown: readonly PageLine[], told: ReadonlySet<string>, who: string,
): { rings: PageLine[]; fresh: PageLine | null } {
  const live = shown.filter((one) => told.has(one.id))
  const found = list.filter((one) => one.state === 'open' && one.person === who && !told.has(one.id))
  const fresh = found.find((one) => shown.every((each) => each.id !== one.id)) ?? null
  return { rings: [...live, ...found], fresh }
}
