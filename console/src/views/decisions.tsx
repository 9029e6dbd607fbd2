// The search of decisions, people's and the machine's, with their parts and their undo.
import { path } from '../api/client'
import type { DecisionLine } from '../api/shapes'
import { address, go, route } from '../frame/route'
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { Head } from '../parts/head'
import { scrolls } from '../parts/scrolls'
import { Empty, Show } from '../parts/state'
import '../styles/views2.css'
import '../styles/decisions.css'
import { askedOf, isFiltered } from './decisions/asked'
import { Detail } from './decisions/detail'
import { Filters } from './decisions/filters'
import { Lines } from './decisions/lines'
import { More } from './kit/more'
import { usePaged } from './kit/paged'

export default function Decisions({ parts, query }: ViewProps) {
  const chosen = parts[0] ?? null
  const list = usePaged<DecisionLine>(path('decisions'), askedOf(query))
  const choose = (id: string): void => go(address('decisions', [id], route.value.query), true)
  const filtered = isFiltered(query)
  return (
    <>
      <Head title={t('decisions.title')} />
      <Filters query={query} />
      <div class="split">
        <div class="split-list" {...scrolls(t('decisions.title'))}>
          <Show asked={list.asked}>
            {() =>
              list.items.length === 0 ? (
                <Empty title={filtered ? t('decisions.empty') : t('decisions.none')}>
                  {filtered ? t('decisions.empty_help') : t('decisions.none_help')}
                </Empty>
              ) : (
                <>
                  <Lines items={list.items} chosen={chosen} choose={choose} />
                  <More list={list} />
                </>
              )
            }
          </Show>
        </div>
        <aside class="split-detail" tabIndex={0} aria-label={t('decisions.title')}>
          {chosen === null ? (
            <Empty title={t('decisions.pick')} />
          ) : (
            <Detail
              key={chosen}
              id={chosen}
              line={list.items.find((each) => each.id === chosen) ?? null}
              changed={(line) => list.change((each) => (each.id === line.id ? line : each))}
            />
          )}
        </aside>
      </div>
    </>
  )
}
