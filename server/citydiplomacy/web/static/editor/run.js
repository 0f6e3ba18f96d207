// Asking: one query at a time, which can be cancelled; the result is the one that a page shows.
import { offerViews } from "./views.js";

// Longer ones go in a body.
const LONGEST_GET = 7000;
// Beyond this the service refuses an address.
export const LONGEST_ADDRESS = 60000;

export function start({ form, editor, address }) {
  const outcome = document.getElementById("outcome");
  const cancel = document.getElementById("cancel");
  const status = document.getElementById("elapsed");
  let running = null;
  let mark = null;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  cancel.addEventListener("click", () => running?.abort());
  markPlace(document.querySelector("[data-line]"));

  async function run() {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    mark?.clear();
    const asked = editor.getValue();
    const began = performance.now();
    const seconds = () => `${((performance.now() - began) / 1000).toFixed(2)} s`;
    const clock = setInterval(() => { status.textContent = `Running: ${seconds()}`; }, 100);
    cancel.hidden = false;
    outcome.setAttribute("aria-busy", "true");
    let said;
    try {
      const answer = await ask(asked, controller.signal);
      remember(asked);
      said = `${answer.ok ? "Answered" : "Refused"} after ${seconds()}`;
      if (answer.ok) showPage(await answer.text());
      else showProblem(await problem(answer));
    } catch (error) {
      said = controller.signal.aborted ? `Cancelled after ${seconds()}` : `No answer after ${seconds()}`;
      if (!controller.signal.aborted) showProblem({ title: "No answer", detail: "The service cannot be reached.", repair: "Try again in a few seconds." });
    } finally {
      clearInterval(clock);
      // A run that another one replaced has nothing more to say.
      if (running === controller) {
        running = null;
        cancel.hidden = true;
        outcome.removeAttribute("aria-busy");
        status.textContent = `${said}.`;
      }
    }
  }

  function ask(query, signal) {
    // Results as they stand on a page, errors for programs.
    const headers = { Accept: "application/problem+json, text/html;q=0.9" };
    const body = new URLSearchParams({ query });
    if (body.toString().length <= LONGEST_GET) return fetch(address(query), { headers, signal });
    return fetch(form.action, { method: "POST", headers, body, signal });
  }

  function remember(query) {
    const here = address(query);
    if (here.href.length > LONGEST_ADDRESS || here.href === location.href) return;
    history.pushState(null, "", here);
  }

  // Scripts in a document that was only parsed never run, and ours makes no HTML of its own.
  function showPage(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.querySelector("header.title").replaceWith(page.querySelector("header.title"));
    document.title = page.title;
    outcome.replaceChildren(...page.getElementById("outcome").childNodes);
    offerViews(outcome);
  }

  async function problem(answer) {
    try {
      return await answer.json();
    } catch {
      return { title: `Error ${answer.status}`, detail: answer.statusText };
    }
  }

  function showProblem(problem) {
    const section = element("section", "panel callout");
    section.setAttribute("role", "alert");
    section.append(element("h2", "", problem.title), element("p", "", problem.detail));
    if (problem.line) section.append(place(problem));
    if (problem.repair) section.append(element("p", "", problem.repair));
    if (problem.setting) section.append(element("p", "count", `The limit is ${problem.limit}; an operator sets it as ${problem.setting}.`));
    outcome.replaceChildren(section);
    markPlace(section.querySelector("[data-line]"));
  }

  function place({ line, column }) {
    const button = element("button", "", `Go to line ${line}${column ? `, column ${column}` : ""}`);
    button.type = "button";
    button.dataset.line = line;
    button.addEventListener("click", () => {
      editor.setCursor({ line: line - 1, ch: (column ?? 1) - 1 });
      editor.focus();
    });
    const paragraph = element("p");
    paragraph.append(button);
    return paragraph;
  }

  function markPlace(place) {
    if (!place) return;
    const line = Number(place.dataset.line) - 1;
    mark = editor.markText({ line, ch: 0 }, { line: line + 1, ch: 0 }, { className: "wrong", clearOnEnter: false });
  }
}

function element(name, classes = "", text = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}
