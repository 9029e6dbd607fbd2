// Draws a component again only when `same` says that what it was given differs.
import { Component, h, type FunctionComponent } from 'preact'

export function memo<P extends object>(of: FunctionComponent<P>, same: (old: P, now: P) => boolean): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return !same(this.props, next)
    }

    override render(props: P) {
      return h(of, props)
    }
  }
  return (props: P) => h(Memo, props)
}
