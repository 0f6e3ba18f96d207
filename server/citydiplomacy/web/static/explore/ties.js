// The ties of a picture as the server tells them, and what both pictures do with them.

export async function read(figure) {
  const answer = await fetch(figure.dataset.ties);
  if (!answer.ok) throw new Error(`The ties could not be read: ${answer.status}.`);
  const told = await answer.json();
  const actors = told.actors.map(([path, label, country, latitude, longitude, x, y]) =>
    ({ path, label, country, latitude, longitude, x, y, ties: [] }));
  const ties = told.ties.map(([name, one, other, kind, status, group, since, until]) => ({
    path: `/agreement/${name}`, one: actors[one], other: actors[other], since, until,
    kind: told.terms[kind][1], status: told.terms[status][1], group: told.groups[group][0],
  }));
  for (const tie of ties) for (const end of [tie.one, tie.other]) end.ties.push(tie);
  const memberships = told.memberships.map(([member, network, since]) => ({ member: actors[member], network: actors[network], since }));
  return { actors, ties, memberships, groups: told.groups.map(([group]) => group) };
}

// The colours of the stylesheet, which knows the scheme of the reader.
export function colours(groups) {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(`--${name}`).trim();
  const base = Object.fromEntries(["paper", "raised", "ink", "soft", "line", "accent"].map((name) => [name, named(name)]));
  return { ...base, membership: named("tie-membership"), ...Object.fromEntries(groups.map((group) => [group, named(`tie-${group}`)])) };
}

// As in the stylesheet: who does not see the colours sees the dashes.
export const DASHES = { standing: null, suspended: "7 5", ended: "2 4", proposed: "1 6", open: "10 4 2 4" };

export function onScheme(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const MOST = 40;

export function described(tie) {
  const when = [tie.since && `since ${tie.since}`, tie.until && `until ${tie.until}`].filter(Boolean).join(" ");
  return [tie.kind, when, tie.status].filter(Boolean).join(", ");
}

// What is known here of one city: its ties, and the ways on.
export function tell(place, actor) {
  const parts = [heading(actor)];
  const list = element("ul");
  const ordered = [...actor.ties].sort((one, other) => (one.since || "X").localeCompare(other.since || "X"));
  for (const tie of ordered.slice(0, MOST)) {
    const partner = tie.one === actor ? tie.other : tie.one;
    list.append(element("li", link(partner.path, partner.label), ` ${partner.country ? `(${partner.country}) ` : ""}`, link(tie.path, described(tie), "quiet")));
  }
  if (list.children.length) parts.push(list);
  if (ordered.length > MOST) parts.push(element("p", `and ${ordered.length - MOST} more.`));
  place.replaceChildren(...parts);
}

function heading(actor) {
  const only = new URL(location.href);
  only.searchParams.set("city", actor.path.split("/").pop());
  const count = `${actor.ties.length} ${actor.ties.length === 1 ? "tie" : "ties"} shown.`;
  const made = element("p", element("strong", link(actor.path, actor.label)), actor.country ? `, ${actor.country}: ` : ": ", count, " ");
  if (actor.path.startsWith("/city/")) made.append(link(only.pathname + only.search, "Show these alone"));
  return made;
}

// A field in which a city is found by its name: the way of the keyboard into a picture.
export function finder(actors, chosen) {
  const names = element("datalist");
  names.id = "found-names";
  const known = new Map();
  const ordered = [...actors].sort((one, other) => other.ties.length - one.ties.length);
  for (const actor of ordered) {
    const name = actor.country && known.has(actor.label.toLowerCase()) ? `${actor.label}, ${actor.country}` : actor.label;
    if (!known.has(name.toLowerCase())) known.set(name.toLowerCase(), actor);
    if (names.children.length < 500) names.append(new Option("", name));
  }
  const field = element("input");
  field.type = "search";
  field.placeholder = "name";
  field.setAttribute("list", names.id);
  field.addEventListener("change", () => {
    const found = known.get(field.value.trim().toLowerCase());
    if (found) chosen(found);
  });
  return element("p", Object.assign(element("label", "Find in the picture "), {}), names).querySelector("label").appendChild(field).closest("p");
}

export function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function link(path, text, style = "") {
  const made = element("a", text);
  made.href = path;
  const version = new URLSearchParams(location.search).get("version");
  if (version) {
    const asked = new URLSearchParams(made.search);
    asked.set("version", version);
    made.search = asked;
  }
  if (style) made.className = style;
  return made;
}
