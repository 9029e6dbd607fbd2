// Shows the view that the address names, fetched when it is first needed.
import { effect } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useErrorBoundary, useState } from 'preact/hooks'
import { t } from '../i18n'
import { Button } from '../parts/button'
import { Empty, Failed, Loading } from '../parts/state'
import { route } from './route'
import { may, session } from './session'
import { VIEWS, viewNamed, type View, type ViewProps } from './views'

const SOON_MS = 250

const fetched = new Map<string, ComponentType<ViewProps>>()

/**
 * Fetch the first view's code while it is asked who is signed in, and have it ask for what it shows as
 * soon as that is known: the frame around it is drawn meanwhile.
 */
export async function ahead(): Promise<void> {
  const { view: name, query } = route.peek()
  const view = name === '' ? VIEWS[0] : viewNamed(name)
  const viewed = await view?.load().catch(() => undefined) // its outlet tries again, and says so
  if (!view || !viewed) return
  fetched.set(view.view, viewed.default)
  const stop = effect(() => {
    if (!session.value) return
    const stays = route.peek().view === name
    if (stays && (view.needs === null || may(view.needs))) viewed.ahead?.(query)
    queueMicrotask(() => stop())
  })
}

export function Outlet() {
  const { view: name, parts, query } = route.value
  const view = name === '' ? VIEWS.find((one) => one.nav && (one.needs === null || may(one.needs))) : viewNamed(name)
  if (!view) return <Empty title={t('shell.no_view')} />
  if (view.needs !== null && !may(view.needs)) return <Empty title={t('shell.not_yours')}>{view.needs}</Empty>
  return <Fetched key={view.view} view={view} parts={parts} query={query} />
}

function Fetched({ view, parts, query }: ViewProps & { view: View }) {
  const [problem, setProblem] = useState<unknown>(null)
  const [, setTurn] = useState(0)
  const [broken, mend] = useErrorBoundary((error: unknown) => console.error(error))
  const Shown = fetched.get(view.view)

  useEffect(() => {
    if (Shown) return
    view.load().then(
      (module) => {
        fetched.set(view.view, module.default)
        setTurn((n) => n + 1)
      },
      (error: unknown) => setProblem(error),
    )
  }, [view])

  // The next key of whoever works off the queue is one of the case's: its view is here before it is asked for.
  const shows = Shown !== undefined && view.view === 'queue'
  useEffect(() => {
    if (!shows) return undefined
    const fetchCase = (): void => void viewNamed('case')?.load().then((module) => fetched.set('case', module.default), () => undefined)
    const soon = setTimeout(fetchCase, SOON_MS) // after the rows, which are waited for
    return () => clearTimeout(soon)
  }, [shows])

  useEffect(() => {
    document.title = view.nav ? `${t(view.nav.label)} · Seawall` : 'Seawall'
  }, [view])

  if (broken) {
    return (
      <Empty title={t('shell.broken')}>
        <Button run={mend}>{t('state.again')}</Button>
      </Empty>
    )
  }
  // A new version was put in place while this page was open: its files are gone.
  if (problem) return <Failed problem={problem} again={() => location.reload()} />
  return Shown ? <Shown parts={parts} query={query} /> : <Loading />
}
