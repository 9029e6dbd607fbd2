// Signing in: tenant, name, password, and the authenticator's code once the gateway asks for it.
import { useState } from 'preact/hooks'
import { explain, Problem } from '../api/problem'
import type { SignInBody } from '../api/shapes'
import { signIn } from '../frame/session'
import { t } from '../i18n'
import { TextField } from '../parts/field'
import { Notice } from '../parts/state'
import '../styles/signin.css'

const REMEMBERED = 'seawall.tenant'

function remembered(): string {
  try {
    return localStorage.getItem(REMEMBERED) ?? ''
  } catch {
    // Storage may be forbidden; then it is typed each time.
    return ''
  }
}

function remember(tenant: string): void {
  try {
    localStorage.setItem(REMEMBERED, tenant)
  } catch {
    return
  }
}

export function SignIn() {
  const [body, setBody] = useState<SignInBody>({ tenant: remembered(), name: '', password: '' })
  const [asksCode, setAsksCode] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const set = (change: Partial<SignInBody>): void => setBody((old) => ({ ...old, ...change }))

  const enter = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      await signIn({ ...body, code: (body.code ?? '').replaceAll(' ', '') })
      remember(body.tenant)
    } catch (error) {
      const wantsCode = error instanceof Problem && (error.code === 'code_needed' || error.code === 'code_wrong')
      if (wantsCode) {
        setAsksCode(true)
        set({ code: '' })
      }
      // Being asked for the code is the next step, not a fault.
      setProblem(error instanceof Problem && error.code === 'code_needed' ? null : error)
      setBusy(false)
    }
  }

  return (
    <main class="signin">
      <form onSubmit={(event) => void enter(event)} aria-busy={busy}>
        <svg viewBox="0 0 32 32" width="40" height="40" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M6 21c3.3 0 3.3-3 6.7-3s3.3 3 6.6 3 3.4-3 6.7-3M6 13h20M6 8.5h20" />
        </svg>
        <h1>{t('signin.title')}</h1>
        {problem ? <Notice kind="problem">{explain(problem)}</Notice> : null}
        <TextField label={t('signin.tenant')} value={body.tenant} set={(tenant) => set({ tenant })} autocomplete="organization" needed focus={body.tenant === ''} />
        <TextField label={t('signin.name')} value={body.name} set={(name) => set({ name })} autocomplete="username" needed focus={body.tenant !== ''} />
        <TextField label={t('signin.password')} type="password" value={body.password} set={(password) => set({ password })} autocomplete="current-password" needed />
        {asksCode ? (
          <TextField label={t('signin.code')} value={body.code ?? ''} set={(code) => set({ code })} autocomplete="one-time-code" hint={t('signin.code.hint')} needed focus numeric />
        ) : null}
        <button type="submit" class="button primary wide" aria-disabled={busy} aria-busy={busy}>
          {busy ? t('signin.busy') : t('signin.enter')}
        </button>
      </form>
    </main>
  )
}
