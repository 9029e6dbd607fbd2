// Asks before somebody is banned: for how long, and why.
import { useState } from 'preact/hooks'
import { t } from '../../i18n'
import { lasting } from '../../i18n/formats'
import { Quoted } from '../../parts/quoted'
import { Confirm } from '../kit/confirm'
import { Segments } from '../kit/segments'
import type { Acts } from './acts'

const FOR = ['3600', '86400', '604800', 'ever'] as const
type For = (typeof FOR)[number]

export function Banning({ acts }: { acts: Acts }) {
  const [lasts, setLasts] = useState<For>('86400')
  const line = acts.banning
  if (!line) return null
  const forS = lasts === 'ever' ? null : Number(lasts)
  return (
    <Confirm
      title={t('room.ban_title', { name: line.name || line.user })}
      yes={t('room.ban_do')}
      close={acts.stop}
      run={(reason) => acts.ban(line, reason, forS)}
      reason
    >
      <p>{t('room.ban_help')}</p>
      <blockquote class="cited"><Quoted text={line.text} most={200} lines={3} /></blockquote>
      <Segments
        label={t('v2.for')}
        labelled
        value={lasts}
        set={setLasts}
        options={FOR.map((value) => ({ value, label: lasting(value === 'ever' ? null : Number(value)) }))}
      />
    </Confirm>
  )
}
