// What the page can do without this script, it does; this only shortens ways.
(() => {
  const form = document.getElementById("describe");
  if (form) {
    const status = document.getElementById("status");
    form.querySelector(".keys").hidden = false;
    form.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
        e.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", () => { status.textContent = "Assessing …"; });
    // A page from the back-forward cache would still say so.
    window.addEventListener("pageshow", () => { status.textContent = ""; });
  }
  // Whoever writes another code means it.
  for (const typed of document.querySelectorAll(".decide .another input")) {
    typed.addEventListener("input", () => {
      if (typed.value) typed.closest("fieldset").querySelector("[value='(other)']").checked = true;
    });
  }
  const copy = document.getElementById("copy");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const said = document.getElementById("copied");
      try {
        await navigator.clipboard.writeText(document.getElementById("json").textContent);
        said.textContent = "Copied.";
      } catch {
        said.textContent = "The browser did not allow it; select the text instead.";
      }
    });
  }
})();
