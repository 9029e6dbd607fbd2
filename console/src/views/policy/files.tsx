// The policy's files as they stand.
import { address, route } from '../../frame/route'
import { t } from '../../i18n'
import { Empty } from '../../parts/state'
import { Code } from './code'

export function Files({ files, chosen }: { files: Record<string, string>; chosen: string | null }) {
  const names = Object.keys(files).sort()
  const name = chosen !== null && chosen in files ? chosen : names[0]
  const line = Number(route.value.query['line'] ?? '')
  if (name === undefined) return <Empty title={t('policy.no_files')}>{t('policy.no_files_help')}</Empty>
  return (
    <div class="split files">
      <nav class="split-list narrow" aria-label={t('policy.files')}>
        <ul>
          {names.map((each) => (
            <li key={each}>
              <a href={address('policy', ['files', each])} aria-current={each === name ? 'page' : undefined}>{each}</a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="split-detail wide">
        <h2 class="file-name">{name}</h2>
        <Code key={name} text={files[name] ?? ''} {...(line > 0 ? { mark: line } : {})} />
      </div>
    </div>
  )
}
