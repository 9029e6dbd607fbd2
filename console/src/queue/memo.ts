// A component that is drawn again only when one of its properties is another one.
import { Component, h, type FunctionComponent } from 'preact'

/** Skip drawing while every property is the same value. */
export function memo<P extends object>(of: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const keys = new Set([...Object.keys(this.props), ...Object.keys(next)])
      for (const key of keys) {
        if (this.props[key as keyof P] !== next[key as keyof P]) return true
      }
      return false
    }

    override render(props: P) {
      return h(of, props)
    }
  }
  return (props: P) => h(Memo, props)
}
