// The audit: who viewed what evidence and did what, the newest first.
import { useEffect, useRef, useState } from 'preact/hooks'
import { path } from '../api/client'
import type { AuditLine } from '../api/shapes'
import { address, go, requery, route } from '../frame/route'
import type { ViewProps } from '../frame/views'
import { say, t } from '../i18n'
import { dateTime } from '../i18n/formats'
import { Button } from '../parts/button'
import { Head } from '../parts/head'
import { Chip } from '../parts/marks'
import { Name } from '../parts/quoted'
import { scrolls } from '../parts/scrolls'
import { Empty, Show } from '../parts/state'
import '../styles/views2.css'
import { addressOfTarget } from './audit/target'
import { dayEnd, dayStart } from './decisions/asked'
import { useCursor } from './kit/cursor'
import { More } from './kit/more'
import { usePaged } from './kit/paged'
import { Small } from './kit/small'

const FIELDS = ['who', 'what', 'target'] as const
const PAUSE_MS = 300

export default function Audit({ query }: ViewProps) {
  const list = usePaged<AuditLine>(path('audit'), {
    ...Object.fromEntries(FIELDS.map((field) => [field, query[field]?.trim() ?? ''])),
    from: dayStart(query['from'] ?? ''),
    to: dayEnd(query['to'] ?? ''),
  }, 100)
  const filtered = Object.values(query).some((value) => value !== '')
  return (
    <>
      <Head title={t('audit.title')} />
      <Filters query={query} filtered={filtered} />
      <div class="page flush" {...scrolls(t('audit.title'))}>
        <Show asked={list.asked}>
          {() =>
            list.items.length === 0 ? (
              <Empty title={filtered ? t('audit.empty') : t('audit.none')}>{filtered ? t('audit.empty_help') : t('audit.none_help')}</Empty>
            ) : (
              <>
                <Table items={list.items} />
                <More list={list} />
              </>
            )
          }
        </Show>
      </div>
    </>
  )
}

function Filters({ query, filtered }: { query: Record<string, string>; filtered: boolean }) {
  const [draft, setDraft] = useState(query)
  const timer = useRef(0)
  useEffect(() => () => clearTimeout(timer.current), [])
  const change = (name: string, value: string): void => {
    const next = { ...draft, [name]: value }
    setDraft(next)
    clearTimeout(timer.current)
    timer.current = window.setTimeout(() => requery(next), PAUSE_MS)
  }
  const of = (name: string): string => draft[name] ?? ''
  return (
    <div class="filters" role="search" aria-label={t('v2.filter')}>
      {FIELDS.map((name) => (
        <Small key={name} label={t(`audit.${name}`)} value={of(name)} set={(value) => change(name, value)} />
      ))}
      <Small label={t('audit.from')} type="date" value={of('from')} set={(value) => change('from', value)} />
      <Small label={t('audit.to')} type="date" value={of('to')} set={(value) => change('to', value)} />
      {filtered ? (
        <Button
          run={() => {
            clearTimeout(timer.current)
            setDraft({})
            go(address(route.value.view), true)
          }}
          kind="quiet"
          small
        >
          {t('v2.clear')}
        </Button>
      ) : null}
    </div>
  )
}

const keyOf = (line: AuditLine): string => line.id

function Table({ items }: { items: AuditLine[] }) {
  const cursor = useCursor({
    title: t('audit.title'),
    items,
    keyOf,
    open: {
      says: t('audit.open_key'),
      run: (line) => {
        const where = addressOfTarget(line.what, line.target)
        if (where !== null) go(where)
      },
    },
  })
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('audit.at')}</th>
          <th scope="col">{t('audit.who')}</th>
          <th scope="col">{t('audit.via')}</th>
          <th scope="col">{t('audit.what')}</th>
          <th scope="col">{t('audit.target')}</th>
          <th scope="col">{t('audit.detail')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((line) => {
          const where = addressOfTarget(line.what, line.target)
          return (
            <tr key={line.id} {...cursor.row(line)}>
              <td class="soft nowrap">{dateTime(line.at)}</td>
              <td class="strong"><Name name={line.who} /></td>
              <td><Chip>{say('via', line.via)}</Chip></td>
              <td><code>{line.what}</code></td>
              <td>{where === null ? <Name name={line.target} /> : <a class="link" href={where}><Name name={line.target} /></a>}</td>
              <td class="soft">
                {Object.entries(line.detail).map(([name, value]) => (
                  <span key={name} class="pair-word">{name} <Name name={value} /></span>
                ))}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
