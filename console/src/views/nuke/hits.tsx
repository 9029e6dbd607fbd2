// What a nuke would hit, before anything happens; it starts when its number of messages is typed.
import { useEffect, useState } from 'preact/hooks'
import type { NukePreview } from '../../api/shapes'
import { count, t } from '../../i18n'
import { clock, number, percent } from '../../i18n/formats'
import { Button } from '../../parts/button'
import { TextField } from '../../parts/field'
import { Name, Quoted } from '../../parts/quoted'
import { Empty, Notice } from '../../parts/state'
import { confirms } from './draft'

export interface HitsProps {
  seen: NukePreview | null
  stale: boolean
  busy: boolean
  launch: () => void
  again: () => void
}

export function Hits({ seen, stale, busy, launch, again }: HitsProps) {
  return (
    <section class="panel hits" aria-live="polite" aria-busy={busy}>
      <h2>{t('nuke.what')}</h2>
      {seen === null ? (
        <Empty title={busy ? t('nuke.previewing') : t('nuke.nothing_yet')}>{t('nuke.nothing_yet_help')}</Empty>
      ) : (
        <div class={stale ? 'padded stack stale' : 'padded stack'}>
          <dl class="blast">
            <div><dt>{t('nuke.messages')}</dt><dd>{number(seen.messages)}</dd></div>
            <div><dt>{t('nuke.users')}</dt><dd>{number(seen.users)}</dd></div>
            <div><dt>{t('nuke.rooms')}</dt><dd>{number(seen.rooms)}</dd></div>
            <div><dt>{t('nuke.share')}</dt><dd>{percent(seen.share, 1)}</dd></div>
          </dl>
          {seen.exempt > 0 ? <p class="hint">{count('nuke.exempt', seen.exempt)}</p> : null}
          <Sample preview={seen} />
          {stale ? (
            <Notice kind="warn">
              {t('nuke.stale')} <Button run={again} small busy={busy}>{t('nuke.preview')}</Button>
            </Notice>
          ) : seen.refused ? (
            <Notice kind="problem"><strong>{t('nuke.refused')}.</strong> {seen.refused}</Notice>
          ) : (
            <Launch preview={seen} launch={launch} busy={busy} />
          )}
        </div>
      )}
    </section>
  )
}

function Sample({ preview }: { preview: NukePreview }) {
  if (preview.sample.length === 0) return <p>{t('nuke.no_hits')}</p>
  return (
    <div>
      <h3>{t('nuke.sample')}</h3>
      <ul class="sample">
        {preview.sample.map((line) => (
          <li key={`${line.event} ${line.rev}`}>
            <time>{clock(line.at)}</time>
            <span class="who"><Name name={line.name} id={line.user} /></span>
            <Quoted text={line.text} most={160} lines={2} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Launch({ preview, launch, busy }: { preview: NukePreview; launch: () => void; busy: boolean }) {
  const [typed, setTyped] = useState('')
  useEffect(() => setTyped(''), [preview.token])
  const right = confirms(typed, preview.messages)
  return (
    <form
      class="launch"
      onSubmit={(event) => {
        event.preventDefault()
        if (right) launch()
      }}
    >
      <TextField label={t('nuke.confirm', { n: number(preview.messages) })} value={typed} set={setTyped} numeric />
      <Button run={launch} kind="danger" off={!right} busy={busy}>{t('nuke.launch')}</Button>
    </form>
  )
}
