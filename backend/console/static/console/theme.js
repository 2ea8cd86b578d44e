// Light or dark: what was chosen on this machine, or else what the system says. Runs before anything is painted.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  // A browser may refuse to remember anything, or to say what it remembers.
  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };

  const remember = (theme) => {
    try {
      if (theme === null) localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch {
      // Then it holds for this page.
    }
  };

  const show = (isDark) => {
    const isNew = root.classList.contains("dark") !== isDark;
    root.classList.toggle("dark", isDark);
    document.querySelectorAll("[data-toggle-theme]").forEach((button) => button.setAttribute("aria-pressed", isDark));
    if (isNew) document.dispatchEvent(new CustomEvent("themechange"));
  };

  const follow = () => show((remembered() ?? (system.matches ? "dark" : "light")) === "dark");

  // Who goes back to the system's theme follows the system again.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-toggle-theme]")) return;
    const isDark = !root.classList.contains("dark");
    remember(isDark === system.matches ? null : isDark ? "dark" : "light");
    show(isDark);
  });

  root.classList.add("scripted");
  follow();
  system.addEventListener("change", follow);
  addEventListener("storage", follow); // chosen in another tab
  addEventListener("pageshow", follow); // the button is there by now, and the page may come from the history
})();
