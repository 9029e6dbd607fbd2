// Not written yet (UI2 replaces this file).
import { Loading } from '../../parts/state'

export default function NotYet() {
  return <Loading />
}
