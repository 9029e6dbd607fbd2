// What was said aloud in a stream, in its order, with the times it was said at.
import type { Member } from '../api/shapes'
import { t } from '../i18n'
import { clock } from '../i18n/formats'
import { ActionChip } from '../parts/marks'
import { Quoted } from '../parts/quoted'

/** The spoken events of a case, the earliest first. */
export function spokenOf(members: readonly Member[]): Member[] {
  return members.filter((one) => one.surface === 'speech' && one.text).sort((a, b) => a.at - b.at)
}

export function Transcript({ members, current, choose }: { members: readonly Member[]; current: string; choose: (member: Member) => void }) {
  const spoken = spokenOf(members)
  if (spoken.length < 2) return null
  return (
    <section class="panel transcript">
      <h2>{t('case.transcript')}</h2>
      <ol>
        {spoken.map((one) => (
          <li key={`${one.event} ${one.rev}`} aria-current={one.event === current ? 'true' : undefined}>
            <button type="button" class="link" onClick={() => choose(one)}>
              <time>{clock(one.at)}</time>
            </button>
            <Quoted text={one.text ?? ''} spans={one.spans} most={300} />
            {one.action && one.action !== 'allow' ? <ActionChip action={one.action} /> : null}
          </li>
        ))}
      </ol>
    </section>
  )
}
