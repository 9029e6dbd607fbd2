// The policy, to be read: its rules with what they did today, its versions, what differs between two, its files.
import { path } from '../api/client'
import type { PolicyShown, PolicyVersions } from '../api/shapes'
import { useAsked } from '../api/use'
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { when } from '../i18n/formats'
import { Head } from '../parts/head'
import { scrolls } from '../parts/scrolls'
import { Show } from '../parts/state'
import '../styles/views2.css'
import '../styles/policy.css'
import { Tabs } from './kit/tabs'
import { Compare } from './policy/compare'
import { Files } from './policy/files'
import { Rules } from './policy/rules'
import { shortVersion } from './policy/short'
import { Versions } from './policy/versions'

export default function Policy({ parts, query }: ViewProps) {
  const part = parts[0] ?? 'rules'
  const versions = useAsked<PolicyVersions>(path('policy', 'versions'))
  const live = versions.data?.items.find((each) => each.live)
  return (
    <>
      <Head
        title={t('policy.title')}
        beside={
          live ? (
            <>
              <code title={live.version}>{shortVersion(live.version)}</code> {t('policy.live_since', { when: when(live.at) })}
            </>
          ) : null
        }
      />
      <Tabs
        view="policy"
        label={t('policy.title')}
        at={part}
        tabs={[
          { part: 'rules', label: t('policy.rules') },
          { part: 'versions', label: t('policy.versions') },
          { part: 'compare', label: t('policy.compare') },
          { part: 'files', label: t('policy.files') },
        ]}
      />
      {part === 'versions' ? (
        <div class="page flush" {...scrolls(t('policy.versions'))}>
          <Show asked={versions}>{({ items }) => <Versions items={items} />}</Show>
        </div>
      ) : part === 'compare' ? (
        <div class="page" {...scrolls(t('policy.compare'))}>
          <Show asked={versions}>{({ items }) => <Compare versions={items} query={query} />}</Show>
        </div>
      ) : (
        <Live part={part} chosen={parts[1] ?? null} version={query['version'] ?? ''} />
      )}
    </>
  )
}

/** The rules or files of the live policy, or of the version that the address names. */
function Live({ part, chosen, version }: { part: string; chosen: string | null; version: string }) {
  const asked = useAsked<PolicyShown>(version === '' ? path('policy') : path('policy', 'versions', version))
  return (
    <Show asked={asked}>
      {(shown) => (part === 'files' ? <Files files={shown.files} chosen={chosen} /> : <Rules rules={shown.rules} chosen={chosen} version={version} />)}
    </Show>
  )
}
