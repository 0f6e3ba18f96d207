// What the editor proposes: our prefixes, classes and properties. No other service is asked.

// Turns off, for all that the editor brings, what would ask a service elsewhere.
export function complete(address) {
  const known = fetch(address).then((answer) => (answer.ok ? answer.json() : { prefixes: {}, terms: [] }));
  Yasqe.forkAutocompleter("prefixes", {
    name: "prefixes",
    persistenceId: null,
    get: async () => Object.entries((await known).prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`),
  });
  for (const kind of ["class", "property"]) {
    Yasqe.forkAutocompleter(kind, {
      name: kind,
      get: async (_, token) => matching((await known).terms.filter((term) => term.kind === kind), token),
      postprocessHints: (_, hints) => hints.map((hint) => explained(hint)),
    });
  }
}

const shown = new Map();

// What is typed may be the beginning of the IRI, or a part of its name or of its label.
function matching(terms, token) {
  const typed = token.autocompletionString.toLowerCase();
  const word = typed.replace(/^.*[#/:]/, "");
  const namespace = token.tokenPrefixUri ?? "";
  const found = terms.filter(({ iri, label }) => iri.toLowerCase().startsWith(typed)
    || (iri.startsWith(namespace) && `${iri.replace(/^.*[#/]/, "")} ${label}`.toLowerCase().includes(word)));
  found.sort((one, other) => rank(other, typed) - rank(one, typed));
  for (const term of found) shown.set(term.iri, term);
  return found.map((term) => term.iri);
}

function rank(term, typed) {
  return Number(term.iri.toLowerCase().startsWith(typed));
}

function explained(hint) {
  const name = hint.text.replace(/^<|>$/g, "").replace(/^.*[#/:]/, "");
  const term = [...shown.values()].find(({ iri }) => iri.endsWith(`#${name}`) || iri.endsWith(`/${name}`));
  return term ? { ...hint, displayText: `${hint.text}  ${term.label}` } : hint;
}
