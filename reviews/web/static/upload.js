// Show what was chosen and how far an upload is. Without this file the form is sent all the same, only without list and bar.

// Photos come one by one from a camera: what is chosen later is put behind what was chosen before. Anything else stands alone.
const kept = new WeakMap();

function isPhoto(file) {
  return file.type.startsWith("image/") || /\.(jpe?g|png|webp|hei[cf]|tiff?)$/i.test(file.name);
}

function keep(field, files) {
  const chosen = new DataTransfer();
  files.forEach((file) => chosen.items.add(file));
  field.files = chosen.files;
  kept.set(field, files);
  const list = field.closest("form").querySelector(".chosen");
  list.hidden = files.length === 0;
  list.replaceChildren(...files.map((file, place) => row(field, files, file, place, list.dataset.remove)));
}

function row(field, files, file, place, remove) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary outline";
  button.textContent = remove;
  button.setAttribute("aria-label", `${remove}: ${file.name}`);
  button.addEventListener("click", () => {
    keep(field, files.filter((_, other) => other !== place));
    field.focus();
  });
  const name = document.createElement("span");
  name.textContent = file.name;
  const line = document.createElement("div");
  line.append(name, button);
  item.append(line);
  return item;
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-upload] input[type=file]")) {
    return;
  }
  const before = kept.get(target) ?? [];
  const fresh = [...target.files];
  const same = (one) => (other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
  const added = fresh.filter((file) => !before.some(same(file)));
  const together = [...before, ...added];
  keep(target, fresh.length > 0 && together.every(isPhoto) ? together : fresh);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-upload]")) {
    return;
  }
  event.preventDefault();
  const bar = form.querySelector("progress");
  const status = form.querySelector("[role=status]");
  const button = form.querySelector("[type=submit]");
  const request = new XMLHttpRequest();
  let announced = 0;
  request.open("POST", form.action);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.hidden = false;
    bar.value = (100 * loaded) / total;
    const quarter = Math.floor(bar.value / 25) * 25;
    if (quarter > announced) {
      announced = quarter;
      status.textContent = `${quarter} ${status.dataset.said}`;
    }
  });
  request.addEventListener("load", () => {
    if (request.status < 400) {
      location.assign(request.responseURL);
      return;
    }
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    document.title = answer.title;
    document.querySelector("main").replaceWith(answer.querySelector("main"));
    document.querySelector("main").focus();
  });
  request.addEventListener("error", () => {
    bar.hidden = true;
    button.disabled = false;
    status.textContent = status.dataset.failed;
  });
  button.disabled = true;
  request.send(new FormData(form));
});
