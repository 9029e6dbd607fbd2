// The versions of the policy, the newest first: when each went live here, and who changed it.
import type { PolicyVersion } from '../../api/shapes'
import { address, go } from '../../frame/route'
import { t } from '../../i18n'
import { dateTime } from '../../i18n/formats'
import { Chip } from '../../parts/marks'
import { Name, Quoted } from '../../parts/quoted'
import { Empty } from '../../parts/state'
import { useCursor } from '../kit/cursor'
import { shortVersion } from './short'

const keyOf = (version: PolicyVersion): string => `${version.version} ${version.at}`

export function Versions({ items }: { items: PolicyVersion[] }) {
  const before = (version: PolicyVersion): string | null => {
    const older = items[items.indexOf(version) + 1]
    return older ? address('policy', ['compare'], { old: older.version, new: version.version }) : null
  }
  const cursor = useCursor({
    title: t('policy.versions'),
    items,
    keyOf,
    open: {
      says: t('policy.with_previous'),
      run: (version) => {
        const where = before(version)
        if (where !== null) go(where)
      },
    },
  })
  if (items.length === 0) return <Empty title={t('policy.versions_empty')} />
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('policy.version')}</th>
          <th scope="col">{t('policy.went_live')}</th>
          <th scope="col">{t('policy.who')}</th>
          <th scope="col">{t('policy.note')}</th>
          <th scope="col"><span class="unseen">{t('v2.actions')}</span></th>
        </tr>
      </thead>
      <tbody>
        {items.map((version) => {
          const where = before(version)
          return (
            <tr key={keyOf(version)} {...cursor.row(version)}>
              <td>
                <span class="chips">
                  <a class="link" href={address('policy', ['rules'], { version: version.version })}><code title={version.version}>{shortVersion(version.version)}</code></a>
                  {version.live ? <Chip tone="good">{t('policy.live_now')}</Chip> : null}
                </span>
              </td>
              <td>{dateTime(version.at)}</td>
              <td>{version.by === 'file' ? t('policy.by_file') : version.by ? <Name name={version.by} /> : <span class="faint">{t('policy.unknown_who')}</span>}</td>
              <td class="soft">{version.note ? <Quoted text={version.note} most={200} lines={3} /> : null}</td>
              <td class="number">{where === null ? null : <a class="link" href={where}>{t('policy.with_previous')}</a>}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
