// Who sees what: nobody the sign-in, a moderator the shell, and everybody the trouble of a gateway that does not answer.
import { Failed, Loading } from '../parts/state'
import { Toasts } from '../parts/toast'
import { SignIn } from '../views/signin'
import { restore, session, trouble } from './session'
import { Shell } from './shell'

function Inside() {
  if (session.value) return <Shell session={session.value} />
  if (session.value === null) return <SignIn />
  if (trouble.value) return <Failed problem={trouble.value} again={() => void restore()} />
  return <Loading />
}

export function App() {
  return (
    <>
      <Inside />
      <Toasts />
    </>
  )
}
