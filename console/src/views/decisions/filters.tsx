// What is searched for. It stands in the address, so that a search can be kept and handed on.
import { useEffect, useRef, useState } from 'preact/hooks'
import { address, go, requery, route } from '../../frame/route'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { Find } from '../kit/find'
import { Segments } from '../kit/segments'
import { Small } from '../kit/small'
import { FIELDS, isFiltered } from './asked'

/** So long nothing is typed before it is asked. */
const PAUSE_MS = 300

export function Filters({ query }: { query: Record<string, string> }) {
  const [draft, setDraft] = useState(query)
  const timer = useRef(0)
  const mine = useRef(JSON.stringify(query))
  // The address may change from elsewhere (a link, Back): then the fields follow it.
  useEffect(() => {
    const told = JSON.stringify(query)
    if (told !== mine.current) setDraft(query)
    mine.current = told
  }, [query])
  useEffect(() => () => clearTimeout(timer.current), [])
  const change = (name: string, value: string): void => {
    const next = { ...draft, [name]: value }
    setDraft(next)
    clearTimeout(timer.current)
    timer.current = window.setTimeout(() => {
      mine.current = JSON.stringify(next)
      requery(next)
    }, PAUSE_MS)
  }
  const of = (name: string): string => draft[name] ?? ''
  return (
    <div class="filters" role="search" aria-label={t('v2.filter')}>
      <Find label={t('decisions.q')} value={of('q')} set={(value) => change('q', value)} />
      {FIELDS.filter((name) => name !== 'q').map((name) => (
        <Small key={name} label={t(`decisions.${name}`)} value={of(name)} set={(value) => change(name, value)} />
      ))}
      <Small label={t('decisions.from')} type="date" value={of('from')} set={(value) => change('from', value)} />
      <Small label={t('decisions.to')} type="date" value={of('to')} set={(value) => change('to', value)} />
      <Segments
        label={t('decisions.whose')}
        value={of('whose')}
        set={(value) => change('whose', value)}
        options={[
          { value: '', label: t('decisions.both') },
          { value: 'people', label: t('decisions.people') },
          { value: 'machine', label: t('decisions.machine') },
        ]}
      />
      {isFiltered(draft) ? (
        <Button
          run={() => {
            clearTimeout(timer.current)
            go(address(route.value.view, route.value.parts), true)
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
