// Show how far an upload is. Without this file the form is sent all the same, only without a bar.
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
