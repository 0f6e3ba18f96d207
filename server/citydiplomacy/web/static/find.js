// The search boxes propose what is meant while somebody types: an ARIA combobox with a list.
// Without this script, or while it waits for an answer, they are the plain forms they were.

const PAUSE = 80; // milliseconds without a key before the server is asked
const REMEMBERED = 50;

class Finder {
  #answers = new Map(); // so that a letter taken back asks nobody
  #asked = null; // the request under way
  #timer = 0;
  #options = [];
  #chosen = -1;

  constructor(form, input, number) {
    this.form = form;
    this.input = input;
    this.list = element("div", { id: `found-${number}`, role: "listbox", "aria-label": "Proposals", class: "found", hidden: "" });
    this.status = element("p", { class: "hidden", role: "status", "aria-live": "polite" });
    const frame = element("div", { class: "finding" });
    const [isFocused, start, end] = [document.activeElement === input, input.selectionStart, input.selectionEnd];
    input.replaceWith(frame);
    frame.append(input, this.list, this.status);
    if (isFocused) { // who was quicker than this script goes on where they were
      input.focus();
      input.setSelectionRange(start, end);
    }
    for (const [name, value] of Object.entries({
      role: "combobox", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) input.setAttribute(name, value);
    input.addEventListener("input", (event) => this.#changed(event.isComposing));
    // What an input method composes is a word only when it is done.
    input.addEventListener("compositionend", () => this.#changed(false));
    input.addEventListener("keydown", (event) => this.#pressed(event));
    input.addEventListener("blur", () => this.#close());
    // A press would take the focus from the box, and its list with it, before the click arrives.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.#clicked(event));
    form.addEventListener("submit", () => this.#close());
  }

  #changed(isComposing) {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    if (isComposing) return;
    const text = this.input.value.trim();
    if (!text) return this.#close();
    const known = this.#answers.get(text);
    if (known) return this.#show(known);
    this.#timer = setTimeout(() => this.#ask(text), PAUSE);
  }

  async #ask(text) {
    const asked = this.#asked = new AbortController();
    const query = new URLSearchParams({ q: text });
    for (const name of ["kind", "version"]) {
      const value = this.form.elements[name]?.value;
      if (value) query.set(name, value);
    }
    try {
      const answer = await fetch(`/suggest?${query}`, { signal: asked.signal });
      if (!answer.ok) return;
      const [, names, , , details] = await answer.json();
      // An answer that comes after the next letter is of no use.
      if (asked !== this.#asked || asked.signal.aborted) return;
      const found = details["citydiplomacy:found"].map((detail, index) => ({ name: names[index], ...detail }));
      this.#answers.set(text, found);
      if (this.#answers.size > REMEMBERED) this.#answers.delete(this.#answers.keys().next().value);
      if (document.activeElement === this.input) this.#show(found);
    } catch {
      // Aborted, or no network: the form still works.
    }
  }

  #show(found) {
    this.#options = [];
    this.#choose(-1);
    const groups = grouped(found);
    this.list.replaceChildren(...[...groups].map(([kinds, hits]) => this.#group(kinds, hits)));
    this.#open(found.length > 0);
    const count = found.length;
    this.status.textContent = count === 0 ? "No proposals." : `${count} ${count === 1 ? "proposal" : "proposals"}; up and down arrows choose.`;
  }

  #group(kinds, hits) {
    const number = this.#options.length;
    const heading = element("div", { role: "presentation", id: `${this.list.id}-of-${number}` }, kinds);
    const group = element("div", { role: "group", "aria-labelledby": heading.id });
    group.append(heading, ...hits.map((hit) => this.#option(hit)));
    return group;
  }

  #option(hit) {
    const option = element("div", { role: "option", id: `${this.list.id}-${this.#options.length}`, "aria-selected": "false", "data-path": hit.path });
    const name = element("span", hit.language ? { lang: hit.language } : {}, hit.name);
    option.append(name);
    for (const told of [hit.label === hit.name ? "" : hit.label, hit.place]) {
      if (told) option.append(element("span", { class: "aside" }, told));
    }
    this.#options.push(option);
    return option;
  }

  #pressed(event) {
    // Enter and the arrows are the input method's own while it composes; 229 is how some tell it.
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
    const isOpen = !this.list.hidden;
    const last = this.#options.length - 1;
    const moves = {
      ArrowDown: () => (this.#chosen >= last ? -1 : this.#chosen + 1),
      ArrowUp: () => (this.#chosen < 0 ? last : this.#chosen - 1),
    };
    if (event.key in moves && last >= 0) {
      event.preventDefault();
      if (isOpen) this.#choose(moves[event.key]());
      else this.#open(true);
    } else if (event.key === "Enter" && isOpen && this.#chosen >= 0) {
      event.preventDefault();
      this.#go(this.#options[this.#chosen]);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault(); // the second time it empties the box, as browsers do
      this.#close();
    } else if (event.key === "Home" || event.key === "End") {
      this.#choose(-1); // the cursor moves in the text, as it would without a list
    }
  }

  #clicked(event) {
    const option = event.target.closest("[role=option]");
    if (option) this.#go(option);
  }

  #go(option) {
    const version = this.form.elements.version?.value; // a page of the past leads to its like
    location.assign(option.dataset.path + (version ? `?${new URLSearchParams({ version })}` : ""));
  }

  #choose(number) {
    this.#options[this.#chosen]?.setAttribute("aria-selected", "false");
    this.#chosen = number;
    const option = this.#options[number];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#choose(-1);
    this.#open(false);
    this.status.textContent = "";
  }
}

function grouped(found) {
  const groups = new Map();
  for (const hit of found) groups.set(hit.kinds, [...(groups.get(hit.kinds) ?? []), hit]);
  return groups;
}

// Text is only ever set as text: names come from the data.
function element(name, attributes, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

const inputs = document.querySelectorAll("form[action^='/search'] input[name=q]");
inputs.forEach((input, number) => new Finder(input.form, input, number));
