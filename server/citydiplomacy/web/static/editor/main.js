// The SPARQL page with script: the form becomes an editor, its result comes without a new page.
// Without script the same form asks the same address.
import { HARMLESS, propose } from "./completion.js";
import { LONGEST_ADDRESS, start } from "./run.js";
import { snippets } from "./snippets.js";
import { offerViews } from "./views.js";

const form = document.querySelector("form.query");
const textarea = form.querySelector("textarea");
const share = document.getElementById("share");
const examples = document.getElementById("example");

const editor = openEditor();
propose(editor, form.dataset.terms);
const runs = start({ form, editor, address });
offerViews(document.getElementById("outcome"));
snippets(document.getElementById("snippets"), editor);
listExamples();
document.getElementById("keys").hidden = false;
share.hidden = !shareable();
share.addEventListener("click", shareLink);
window.addEventListener("popstate", () => location.reload());

function openEditor() {
  const place = document.createElement("div");
  textarea.before(place);
  textarea.hidden = true;
  textarea.required = false; // a hidden field cannot be pointed at
  Yasqe.defaults.autocompleters = [...HARMLESS];
  const opened = new Yasqe(place, {
    value: textarea.value,
    screenReaderLabel: "Query",
    showQueryButton: false,
    createShareableLink: null,
    consumeShareLink: null,
    persistenceId: null, // the address holds the query, nothing else does
    editorHeight: null,
    extraKeys: {
      "Ctrl-Enter": () => form.requestSubmit(),
      "Cmd-Enter": () => form.requestSubmit(),
      "Ctrl-S": false,
      Esc: letTabLeave,
    },
  });
  opened.on("change", () => {
    textarea.value = opened.getValue();
    share.hidden = !shareable();
  });
  opened.on("focus", () => keepTab(opened));
  form.querySelector("label").addEventListener("click", () => opened.focus());
  return opened;
}

// Tab indents. After Esc it moves on, as everywhere else, until the editor has the focus again.
const LEAVING = { name: "leaving", Tab: false, "Shift-Tab": false };

function letTabLeave(opened) {
  opened.addKeyMap(LEAVING);
}

function keepTab(opened) {
  opened.removeKeyMap("leaving");
}

function address(query) {
  const found = new URL(form.action); // which may name a version
  found.searchParams.set("query", query);
  return found;
}

function shareable() {
  return textarea.value.length > 0 && address(textarea.value).href.length <= LONGEST_ADDRESS;
}

async function shareLink() {
  history.replaceState(null, "", address(editor.getValue()));
  let said = "The address bar holds the link";
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(location.href);
    said = "Link copied";
  }
  share.textContent = said;
  setTimeout(() => { share.textContent = "Link to this query"; }, 3000);
}

function listExamples() {
  const links = [...document.querySelectorAll(".questions a")];
  if (!links.length) return;
  for (const link of links) {
    examples.add(new Option(link.textContent, link.href));
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      load(link.href);
    });
  }
  examples.closest("label").hidden = false;
  examples.addEventListener("change", () => {
    if (examples.value) load(examples.value);
    examples.value = "";
  });
}

function load(link) {
  editor.setValue(new URL(link).searchParams.get("query"));
  editor.focus();
  form.scrollIntoView();
}
