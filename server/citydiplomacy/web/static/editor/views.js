// Ways to see a result: the table of the page, and a chart and a map where its columns allow them.
import { chart, chartable } from "./chart.js";
import { map, mappable } from "./map.js";

const VIEWS = [
  { name: "Chart", offered: chartable, draw: chart },
  { name: "Map", offered: mappable, draw: map },
];

export function offerViews(outcome) {
  const shown = outcome.querySelector(".scroll");
  if (!shown) return;
  const table = read(shown.querySelector("table"));
  const offered = VIEWS.filter((view) => view.offered(table));
  if (!offered.length) return;
  const bar = document.createElement("div");
  bar.className = "views";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "View");
  const place = document.createElement("figure");
  place.className = "drawing";
  place.hidden = true;
  const choose = (name) => {
    for (const button of bar.children) button.setAttribute("aria-pressed", String(button.textContent === name));
    const view = offered.find((each) => each.name === name);
    shown.hidden = Boolean(view);
    place.hidden = !view;
    if (view) view.draw(place, table);
  };
  for (const name of ["Table", ...offered.map((view) => view.name)]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.setAttribute("aria-pressed", String(name === "Table"));
    button.addEventListener("click", () => choose(name));
    bar.append(button);
  }
  shown.before(bar, place);
}

// The table as data: { columns, rows }, each row a list of { text, value, href } or null.
function read(table) {
  const columns = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map(cell));
  return { columns, rows };
}

function cell(shown) {
  if (!shown.textContent) return null;
  const link = shown.querySelector("a");
  return {
    text: (link ?? shown).textContent.trim(),
    value: "value" in shown.dataset ? Number(shown.dataset.value) : NaN,
    href: link?.getAttribute("href") ?? "",
  };
}
