// A frame or a clip: not even fetched until it is opened, since each look is written down and some are hard to see.
import { useEffect, useRef, useState } from 'preact/hooks'
import { media, path } from '../api/client'
import { explain } from '../api/problem'
import type { Member } from '../api/shapes'
import { settings } from '../frame/session'
import { t } from '../i18n'
import { dateTime } from '../i18n/formats'
import { Button } from '../parts/button'
import { Icon } from '../parts/icon'
import { Notice } from '../parts/state'

export interface PictureProps {
  caseId: string
  member: Member
  kind: 'still' | 'clip'
  /** The key that opens it, then lifts the veil. */
  keys?: string
  opener?: { current: (() => void) | null }
}

/** Placeholder, then veiled as the moderator wants it, then clear. */
export function Picture({ caseId, member, kind, keys, opener }: PictureProps) {
  const [url, setUrl] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const [blur, setBlur] = useState(settings.peek().blur)
  const [grey, setGrey] = useState(settings.peek().grey)
  const [muted, setMuted] = useState(settings.peek().muted)
  const held = useRef<string | null>(null)

  useEffect(
    () => () => {
      if (held.current) URL.revokeObjectURL(held.current)
    },
    [],
  )

  const open = async (): Promise<void> => {
    if (busy) return
    if (url) {
      setBlur(!blur)
      return
    }
    setBusy(true)
    setProblem(null)
    try {
      const blob = await media(path('cases', caseId, 'members', member.event, member.rev, kind))
      held.current = blob ? URL.createObjectURL(blob) : null
      setUrl(held.current)
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  if (opener) opener.current = () => void open()

  const veil = `media${blur ? ' blur' : ''}${grey ? ' grey' : ''}`
  return (
    <figure class="picture">
      {url === null ? (
        <button type="button" class="closed" onClick={() => void open()} aria-busy={busy}>
          <Icon name={kind === 'clip' ? 'play' : 'eye'} />
          <span>{busy ? t('state.loading') : t(kind === 'clip' ? 'picture.open_clip' : 'picture.open_still')}</span>
          <span class="hint">{t('picture.recorded')}</span>
        </button>
      ) : kind === 'still' ? (
        <div class={veil}>
          <img src={url} alt={t('picture.alt', { when: dateTime(member.at) })} />
        </div>
      ) : (
        <div class={veil}>
          <video src={url} controls muted={muted} playsInline onError={() => setProblem(new Error('unplayable'))} />
        </div>
      )}
      {problem ? (
        <Notice kind="problem">
          {problem instanceof Error && problem.message === 'unplayable' ? t('picture.unplayable') : explain(problem)}{' '}
          {url ? <a href={url} download={`${member.event}.mkv`}>{t('picture.save')}</a> : null}
        </Notice>
      ) : null}
      <figcaption>
        <span>{dateTime(member.at)}</span>
        {url ? (
          <>
            <Button small pressed={blur} run={() => setBlur(!blur)} {...(keys ? { keys } : {})}>{t('picture.blur')}</Button>
            <Button small pressed={grey} run={() => setGrey(!grey)}>{t('picture.grey')}</Button>
            {kind === 'clip' ? <Button small pressed={muted} run={() => setMuted(!muted)}>{t('picture.muted')}</Button> : null}
          </>
        ) : null}
      </figcaption>
    </figure>
  )
}
