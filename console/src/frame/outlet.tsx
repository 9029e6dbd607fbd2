// Shows the view that the address names, fetched when it is first needed.
import type { ComponentType } from 'preact'
import { useEffect, useErrorBoundary, useState } from 'preact/hooks'
import { t } from '../i18n'
import { Button } from '../parts/button'
import { Empty, Failed, Loading } from '../parts/state'
import { route } from './route'
import { may } from './session'
import { VIEWS, viewNamed, type View, type ViewProps } from './views'

const fetched = new Map<string, ComponentType<ViewProps>>()

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
    if (fetched.has(view.view)) return
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
    if (shows) viewNamed('case')?.load().then((module) => fetched.set('case', module.default), () => undefined)
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
