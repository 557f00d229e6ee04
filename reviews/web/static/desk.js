// One key per decision, with a switch to turn the keys off (WCAG 2.1.4), and focus on the new case after a swap.
const OFF = "desk-keys-off";
const keysAreOff = () => localStorage.getItem(OFF) === "yes";

const show = () => {
  document.body.classList.toggle("no-keys", keysAreOff());
  const toggle = document.querySelector("[data-keys]");
  if (toggle) {
    toggle.hidden = false;
    toggle.setAttribute("aria-pressed", String(!keysAreOff()));
    toggle.textContent = keysAreOff() ? "Toetsen a, r en d staan uit; zet ze aan" : "Toetsen a, r en d staan aan; zet ze uit";
  }
};

document.addEventListener("click", (event) => {
  if (event.target.matches("[data-keys]")) {
    localStorage.setItem(OFF, keysAreOff() ? "no" : "yes");
    show();
  }
});

document.addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input, select, textarea");
  if (busy || keysAreOff()) {
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) {
    return;
  }
  event.preventDefault();
  if (target.matches("summary")) {
    target.parentElement.open = true;
    target.parentElement.querySelector("select").focus();
    return;
  }
  target.click();
});

document.addEventListener("htmx:after:swap", () => {
  show();
  document.querySelector("#case h1")?.focus();
});

show();
