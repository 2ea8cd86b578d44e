// A page's part that asks for itself anew: only while somebody may be looking, and it tells when it is old.
(() => {
  const state = document.querySelector("[data-live]");
  const stale = state.querySelector("[data-live-stale]");
  const OLD_AFTER_MS = 40000; // two answers were missed
  let seenAt = Date.now();
  let openParts = [];

  const ofState = (event) => event.detail.elt === state;
  const isOld = () => Date.now() - seenAt > OLD_AFTER_MS;

  const tell = () => {
    const wasHidden = stale.hidden;
    stale.hidden = !isOld();
    document.getElementById("live").classList.toggle("is-old", isOld());
    if (wasHidden && isOld()) {
      stale.textContent = `Not reached since ${new Date(seenAt).toLocaleTimeString()}: these figures are old.`;
    }
  };

  // Nobody looks at a tab that is hidden. When they come back, it shows at once what is new.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (ofState(event) && document.hidden) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) htmx.trigger(state, "look");
  });

  // What is open stays open. The part's links have ids, by which htmx keeps the focus.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!ofState(event) && event.target.id !== "live") return;
    openParts = [...document.querySelectorAll("#live details[open]")].map((part) => part.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig.elt !== state) return;
    for (const id of openParts) document.getElementById(id)?.setAttribute("open", "");
    seenAt = Date.now();
    tell();
    document.dispatchEvent(new CustomEvent("liveupdate"));
  });

  // One answer that is missing is no news: the page tells when the last good one is old. The frame would tell
  // of each.
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => ofState(event) && event.stopImmediatePropagation(), true);
  }
  setInterval(() => document.hidden || tell(), 5000);
})();
