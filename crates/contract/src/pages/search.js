// Finds while somebody types. Without this script the form does the same.
const box = document.getElementById("search");
const main = document.getElementById("main");
const arrived = main.innerHTML;
let asked = 0;

async function find() {
  const mine = ++asked;
  const question = box.value.trim();
  let shown = arrived;
  if (question) {
    const answer = await fetch(`/errors?q=${encodeURIComponent(question)}`).catch(() => undefined);
    if (!answer?.ok) return;
    shown = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main").innerHTML;
  }
  // A later key was faster.
  if (mine === asked) main.innerHTML = shown;
}

box.addEventListener("input", find);
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target === box) return;
  event.preventDefault();
  box.focus();
});
