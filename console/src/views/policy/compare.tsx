// What differs between two versions, line by line: which way each change goes, and which are dangerous.
import { path, withQuery } from '../../api/client'
import type { DiffShown, PolicyVersion } from '../../api/shapes'
import { useAsked } from '../../api/use'
import { requery } from '../../frame/route'
import { say, t } from '../../i18n'
import { when } from '../../i18n/formats'
import { SelectField } from '../../parts/field'
import { Icon } from '../../parts/icon'
import { Empty, Show } from '../../parts/state'
import { readLine } from './difference'
import { shortVersion } from './short'

const SIGNS: Record<string, string> = { stricter: '+', milder: '−', changed: '~', added: '+', removed: '−' }

export function Compare({ versions, query }: { versions: PolicyVersion[]; query: Record<string, string> }) {
  const live = versions.findIndex((each) => each.live)
  const fresh = query['new'] || versions[Math.max(live, 0)]?.version || ''
  const old = query['old'] || versions[Math.max(live, 0) + 1]?.version || ''
  const ready = old !== '' && fresh !== '' && old !== fresh
  const asked = useAsked<DiffShown>(ready ? withQuery(path('policy', 'diff'), { old, new: fresh }) : null)
  const options = versions.map((each) => ({
    value: each.version,
    label: `${shortVersion(each.version)}  ${when(each.at)}${each.live ? `  (${t('policy.live_now')})` : ''}`,
  }))
  return (
    <div class="stack">
      <div class="pair compare">
        <SelectField label={t('policy.old')} value={old} set={(value) => requery({ old: value })} options={options} />
        <SelectField label={t('policy.new')} value={fresh} set={(value) => requery({ new: value })} options={options} />
      </div>
      <p class="hint">{t('policy.compare_hint')}</p>
      {ready ? <Show asked={asked}>{(shown) => <Lines lines={shown.lines} />}</Show> : <Empty title={t('policy.compare_pick')} />}
    </div>
  )
}

function Lines({ lines }: { lines: string[] }) {
  const changes = lines.map(readLine)
  if (!changes.some((change) => change.way !== 'words')) return <Empty title={t('policy.diff_empty')} />
  return (
    <ol class="diff panel">
      {changes.map((change, index) => (
        <li key={index} class={`diff-line ${change.way}${change.danger ? ' danger' : ''}`}>
          <span class="sign" aria-hidden="true">{SIGNS[change.way] ?? ''}</span>
          {change.way === 'words' || change.way === 'place' ? null : <span class="way">{say('way', change.way)}</span>}
          <span class="told">{change.text}</span>
          {change.danger ? (
            <span class="danger-mark">
              <Icon name="warn" /> {t('policy.danger')}
            </span>
          ) : null}
        </li>
      ))}
    </ol>
  )
}
