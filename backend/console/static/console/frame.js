// What every page of the console does beside showing itself. No page needs it to work: links lead to pages and
// forms are sent without it too.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isTyping = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
  const dialog = () => document.getElementById("dialog");

  const onClick = (selector, act) =>
    document.addEventListener("click", (event) => {
      const found = event.target.closest(selector);
      if (found) act(found, event);
    });

  // --- The menu of a narrow screen ---

  const isMenuOpen = () => document.body.classList.contains("menu-open");

  const setMenu = (isOpen) => {
    if (isOpen === isMenuOpen()) return;
    const opener = document.querySelector("[data-open-menu]");
    document.body.classList.toggle("menu-open", isOpen);
    opener.setAttribute("aria-expanded", String(isOpen));
    // What lies below is dimmed, and out of reach of the keyboard too.
    document.getElementById("main").inert = isOpen;
    (isOpen ? document.querySelector("[data-close-menu]") : opener).focus();
  };

  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-open-menu]")) setMenu(true);
    else if (!target.closest("#sidebar") || target.closest("[data-close-menu]")) setMenu(false);
  });

  // On a wide screen the menu is always there, and lies over nothing.
  matchMedia("(max-width: 860px)").addEventListener("change", () => setMenu(false));

  // --- Keys: "/" goes to the search, Escape closes the menu ---

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !isTyping() && !event.ctrlKey && !event.metaKey && !dialog().open && !isMenuOpen()) {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
    if (event.key === "Escape") setMenu(false);
  });

  // --- Dialogs: a form's page, shown in place ---

  let opener = null;

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target.id === "dialog-body" && !dialog().open) opener = detail.elt;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "dialog-body") return;
    if (!dialog().open) dialog().showModal();
    const first =
      dialog().querySelector("[aria-invalid=true]") ||
      dialog().querySelector("textarea, input:not([type=hidden]), select, button, a");
    if (first) first.focus();
  });

  // Where somebody was, there they go on. What was entered is forgotten.
  dialog().addEventListener("close", () => {
    document.getElementById("dialog-body").replaceChildren();
    if (opener) opener.focus();
  });

  onClick("[data-close-dialog]", (_button, event) => {
    if (dialog().open) {
      event.preventDefault();
      dialog().close();
    }
  });

  // A click beside the box is a click on the dialog itself.
  onClick("#dialog", (box, event) => {
    if (event.target === box) box.close();
  });

  // What the server refuses, or could not answer, is not swapped in: say so instead of doing nothing.
  document.addEventListener("htmx:responseError", (event) => tell(`That did not work (${event.detail.xhr.status}).`));
  document.addEventListener("htmx:sendError", () => tell("The service cannot be reached."));

  const tell = (words) => {
    all("[data-told]").forEach((notice) => notice.remove());
    const notice = document.createElement("p");
    notice.className = "notice notice-bad";
    notice.dataset.told = "";
    notice.setAttribute("role", "alert");
    notice.textContent = words;
    // Below an open dialog nobody would see it.
    document.getElementById(dialog().open ? "dialog-body" : "notices").prepend(notice);
  };

  // --- Copying ---

  onClick("[data-copy]", async (button) => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
    } catch {
      // The browser does not let pages copy, as without TLS: it is selected, for Ctrl+C.
      getSelection().selectAllChildren(source);
      return;
    }
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 2000);
  });

  // --- Lists: the bar of actions shows how many rows are selected ---

  const countSelected = () => {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    const boxes = all("input.action-select");
    const selected = boxes.filter((box) => box.checked).length;
    bar.hidden = selected === 0;
    bar.querySelector("[data-bulk-count]").textContent = `${selected} selected`;
    // The bar comes and goes; only what is always there is read out when it changes.
    document.getElementById("said").textContent = selected ? `${selected} selected` : "";
    const toggle = document.getElementById("action-toggle");
    if (toggle) toggle.checked = selected > 0 && selected === boxes.length;
  };

  // Arrow keys go through a closed choice, changing it at each step. So only a pointer's choice is sent at once;
  // by keys, the form's button is the next stop.
  let isByKeys = false;
  document.addEventListener("keydown", () => (isByKeys = true), true);
  document.addEventListener("pointerdown", () => (isByKeys = false), true);

  document.addEventListener("change", (event) => {
    if (event.target.id === "action-toggle") {
      all("input.action-select").forEach((box) => (box.checked = event.target.checked));
    }
    if (event.target.matches("#action-toggle, input.action-select")) countSelected();
    if (event.target.matches("[data-submit-on-change]") && !isByKeys) event.target.form.requestSubmit();
  });

  addEventListener("pageshow", countSelected);
})();
