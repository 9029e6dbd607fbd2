// The sound and the desktop notification of a call. The sound is made here: no file, two calm tones.

let context: AudioContext | null = null

/** Sound twice. Browsers stay silent until somebody has touched the page: then it only shows. */
export function sound(): void {
  if (!navigator.userActivation.hasBeenActive) return
  context ??= new AudioContext()
  const start = context.currentTime + 0.02
  for (const [n, hz] of [660, 880, 660, 880].entries()) {
    const tone = context.createOscillator()
    const loud = context.createGain()
    const at = start + n * 0.22
    tone.frequency.value = hz
    loud.gain.setValueAtTime(0, at)
    loud.gain.linearRampToValueAtTime(0.2, at + 0.02)
    loud.gain.linearRampToValueAtTime(0, at + 0.2)
    tone.connect(loud).connect(context.destination)
    tone.start(at)
    tone.stop(at + 0.21)
  }
}

/** Notify on the desktop, where it is allowed. What people wrote is never in it: screens are shared. */
export function notify(title: string, body: string, tag: string, open: () => void): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return
  const shown = new Notification(title, { body, tag })
  shown.onclick = () => {
    window.focus()
    open()
    shown.close()
  }
}
