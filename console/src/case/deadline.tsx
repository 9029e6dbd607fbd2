// When something happens by itself, and what.
import type { CaseLine } from '../api/shapes'
import { say, t } from '../i18n'
import { Countdown } from '../parts/countdown'

export function Deadline({ line }: { line: CaseLine }) {
  if (line.state === 'decided' || line.state === 'expired' || line.state === 'resolved') return null
  if (line.due === null) return <p class="deadline">{t('case.waits')}</p>
  return (
    <p class="deadline">
      <Countdown until={line.due} /> <span>{t('case.outcome', { outcome: say('nobody', line.nobody) })}</span>
    </p>
  )
}
