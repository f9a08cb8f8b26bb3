// A browser starts no Worker for a page that was opened from the disk, so the search of the built pages would not work there.
// Its script then runs in a frame of the page itself. Nothing is asked of another site. The builder looks for "iframe-worker" in
// this file's name, and would otherwise put a script of a third party in its place.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    #waiting = []
    #frame = document.createElement("iframe")

    constructor(address) {
      super()
      this.#frame.hidden = true
      this.#frame.title = "Search"
      document.body.append(this.#frame)
      const inside = this.#frame.contentWindow
      inside.postMessage = (data) => setTimeout(() => this.dispatchEvent(new MessageEvent("message", { data })))
      const script = inside.document.createElement("script")
      script.src = address
      script.onload = () => {
        const waiting = this.#waiting
        this.#waiting = null
        waiting.forEach((data) => this.postMessage(data))
      }
      inside.document.body.append(script)
    }

    postMessage(data) {
      if (this.#waiting) this.#waiting.push(data)
      else this.#frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }))
    }

    terminate() {
      this.#frame.remove()
    }
  }
}
