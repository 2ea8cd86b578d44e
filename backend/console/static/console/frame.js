// What every page of the console does beside showing itself. No page needs it to work: links lead to pages and
// forms are sent without it too.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isTyping = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);

  // --- Theme and menu ---

  const onClick = (selector, act) =>
    document.addEventListener("click", (event) => {
      const found = event.target.closest(selector);
      if (found) act(found, event);
    });

  onClick("[data-toggle-theme]", () => {
    const isDark = document.documentElement.classList.toggle("dark");
    localStorage.setItem("theme", isDark ? "dark" : "light");
    document.dispatchEvent(new CustomEvent("themechange"));
  });

  onClick("[data-toggle-menu]", (button) => {
    const isOpen = document.body.classList.toggle("menu-open");
    button.setAttribute("aria-expanded", String(isOpen));
  });

  // --- Keys: "/" goes to the search, Escape closes the menu ---

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !isTyping() && !event.ctrlKey && !event.metaKey) {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
    if (event.key === "Escape") document.body.classList.remove("menu-open");
  });

  // --- Dialogs: a form's page, shown in place ---

  const dialog = () => document.getElementById("dialog");

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "dialog-body") return;
    if (!dialog().open) dialog().showModal();
    const first = dialog().querySelector("[aria-invalid=true], textarea, input:not([type=hidden]), select");
    if (first) first.focus();
  });

  onClick("[data-close-dialog]", (_button, event) => {
    if (dialog() && dialog().open) {
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
    const place = document.getElementById("notices");
    const notice = document.createElement("p");
    notice.className = "notice notice-bad";
    notice.textContent = words;
    place.append(notice);
    setTimeout(() => notice.remove(), 8000);
  };

  // --- Copying ---

  onClick("[data-copy]", async (button) => {
    const text = document.getElementById(button.dataset.copy).textContent.trim();
    await navigator.clipboard.writeText(text);
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
    const toggle = document.getElementById("action-toggle");
    if (toggle) toggle.checked = selected > 0 && selected === boxes.length;
  };

  document.addEventListener("change", (event) => {
    if (event.target.id === "action-toggle") {
      all("input.action-select").forEach((box) => (box.checked = event.target.checked));
    }
    if (event.target.matches("#action-toggle, input.action-select")) countSelected();
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  addEventListener("pageshow", countSelected);
})();
