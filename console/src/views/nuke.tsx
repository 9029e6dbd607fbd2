// A phrase taken out of what was said and what will be said: previewed, confirmed by its number, undone exactly.
import { useState } from 'preact/hooks'
import { path, post } from '../api/client'
import { Problem } from '../api/problem'
import type { NukeList, NukePreview, NukeShown, RoomList } from '../api/shapes'
import { useAsked } from '../api/use'
import { may } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { t } from '../i18n'
import { Head } from '../parts/head'
import { toastProblem } from '../parts/toast'
import '../styles/views2.css'
import '../styles/nuke.css'
import { usePoll } from './kit/poll'
import { bodyOf, type Draft, FRESH, isReady } from './nuke/draft'
import { Form } from './nuke/form'
import { Hits } from './nuke/hits'
import { Nukes } from './nuke/list'

const ANEW_S = 3

/** A preview, and the draft it is of: a changed draft makes it stale. */
interface Seen {
  preview: NukePreview
  draft: Draft
}

export default function Nuke({ query }: ViewProps) {
  const [draft, setDraft] = useState<Draft>({ ...FRESH, phrase: query['phrase'] ?? '', room: query['room'] ?? '' })
  const [seen, setSeen] = useState<Seen | null>(null)
  const [busy, setBusy] = useState(false)
  const nukes = useAsked<NukeList>(path('nukes'))
  const rooms = useAsked<RoomList>(may('rooms.read') ? path('rooms') : null)
  usePoll(nukes.reload, ANEW_S)

  const preview = (): void => {
    if (!isReady(draft) || busy) return
    setBusy(true)
    post<NukePreview>(path('nukes', 'preview'), bodyOf(draft, null))
      .then((found) => setSeen({ preview: found, draft }), toastProblem)
      .finally(() => setBusy(false))
  }
  const launch = (): void => {
    if (seen === null || busy) return
    setBusy(true)
    post<NukeShown>(path('nukes'), bodyOf(seen.draft, seen.preview.token))
      .then((shown) => {
        nukes.set((old) => ({ items: [shown, ...(old?.items ?? []).filter((each) => each.id !== shown.id)] }))
        setSeen(null)
        setDraft(FRESH)
      }, (problem: unknown) => {
        toastProblem(problem)
        // What it would hit is another by now: it is shown anew, and confirmed anew.
        if (problem instanceof Problem && problem.status === 409) setSeen((old) => old && { ...old, draft: { ...old.draft } })
      })
      .finally(() => setBusy(false))
  }
  return (
    <>
      <Head title={t('nuke.title')} />
      <div class="page">
        <p class="intro">{t('nuke.intro')}</p>
        <div class="nuke">
          <Form draft={draft} set={setDraft} rooms={(rooms.data?.items ?? []).map((each) => each.room)} preview={preview} busy={busy} />
          <Hits seen={seen?.preview ?? null} stale={seen !== null && seen.draft !== draft} busy={busy} launch={launch} again={preview} />
        </div>
        <Nukes nukes={nukes} />
      </div>
    </>
  )
}
