// Shows a booking page inside a page of yours:
//
//   <booking-embed src="https://book.example.org/ada/intro"><a href="https://book.example.org/ada/intro">Book a time</a></booking-embed>
//   <script async src="https://book.example.org/embed.js"></script>
//
// The link inside stays until the booking page answers, so nobody is left without a way: no script, an address that
// the meeting type does not name in embed_from, or a service that is away. Nothing is stored and no cookie is set.
// It tells of what happens by events that carry no data: booking:ready, booking:held, booking:confirmed, booking:error.
"use strict";

(() => {
  const home = new URL(".", document.currentScript.src);
  const carried = ["lang", "name", "email", "start"];
  const events = ["ready", "held", "confirmed", "error"];

  class BookingEmbed extends HTMLElement {
    static observedAttributes = ["src", "theme", ...carried];
    #frame = null;
    #heard = (event) => this.#hear(event);

    connectedCallback() {
      addEventListener("message", this.#heard);
      this.#show();
    }

    disconnectedCallback() {
      removeEventListener("message", this.#heard);
    }

    attributeChangedCallback() {
      if (this.isConnected && this.#frame) this.#show();
    }

    #show() {
      const page = this.#page();
      if (!page) return;
      const frame = document.createElement("iframe");
      frame.title = this.title || this.textContent.trim() || page.pathname;
      frame.src = page;
      Object.assign(frame.style, { display: "block", width: "100%", height: "40rem", border: "0" });
      frame.style.colorScheme = { light: "light", dark: "dark" }[this.getAttribute("theme")] || "light dark";
      frame.addEventListener("load", () => this.#greet(frame));
      if (this.#frame) this.#frame.replaceWith(frame);
      else this.prepend(frame);
      this.#frame = frame;
    }

    // The address below /embed/ that shows the same page; none for what is not a page of this service.
    #page() {
      const page = new URL(this.getAttribute("src") || "", document.baseURI);
      if (page.origin !== home.origin || !page.pathname.startsWith(home.pathname)) {
        console.error(`booking-embed: src must begin with ${home}`);
        return null;
      }
      page.pathname = `${home.pathname}embed/${page.pathname.slice(home.pathname.length)}`;
      for (const name of carried) if (this.hasAttribute(name)) page.searchParams.set(name, this.getAttribute(name));
      return page;
    }

    // Each page that the frame loads is greeted, and answers where it may be shown here.
    #greet(frame) {
      if (frame.getBoundingClientRect().top < 0) this.scrollIntoView();
      frame.contentWindow.postMessage("booking:hello", home.origin);
    }

    #hear(event) {
      if (event.source !== this.#frame?.contentWindow || event.origin !== home.origin) return;
      const { booking, height } = event.data ?? {};
      if (booking === "height" && height > 0 && height < 20000) {
        this.#frame.style.height = `${height}px`;
        for (const each of this.children) if (each !== this.#frame) each.hidden = true;
      }
      if (events.includes(booking)) this.dispatchEvent(new CustomEvent(`booking:${booking}`, { bubbles: true }));
    }
  }

  customElements.define("booking-embed", BookingEmbed);
})();
