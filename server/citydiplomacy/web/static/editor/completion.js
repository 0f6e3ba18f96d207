// What the editor proposes: our prefixes, classes and properties. No other service is asked.

// Of what the editor brings, only this asks nobody: the others are replaced before they are used.
export const HARMLESS = ["variables"];

export async function propose(editor, address) {
  const answer = await fetch(address).catch(() => null);
  // Without them the editor works as well, and still asks no other service.
  if (!answer?.ok) return;
  const { prefixes, terms } = await answer.json();
  const declarations = Object.entries(prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`);
  replace(editor, "prefixes", { persistenceId: null, get: () => declarations });
  for (const kind of ["class", "property"]) {
    const ofKind = terms.filter((term) => term.kind === kind);
    replace(editor, kind, {
      get: (_, token) => matching(ofKind, token),
      postprocessHints: (_, hints) => hints.map((hint) => explained(hint)),
    });
  }
}

function replace(editor, name, completer) {
  Yasqe.forkAutocompleter(name, { name, ...completer }, false);
  editor.enableCompleter(name);
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
