// A column of numbers as bars, named by another column.
import { caption, svg } from "./svg.js";

const MOST = 60;
const ROW = 26;
const COORDINATE = /^(lat|long?|lng|latitude|longitude)$/i;

export function chartable(table) {
  return numeric(table).length > 0 && table.rows.length > 1;
}

export function chart(place, table) {
  const choices = numeric(table);
  // The last one: what was counted or measured stands behind what it is about.
  let chosen = choices.at(-1);
  const draw = () => place.replaceChildren(...picker(), bars(place, table, chosen), summary(table, chosen));
  const picker = () => {
    if (choices.length < 2) return [];
    const select = document.createElement("select");
    for (const column of choices) select.add(new Option(table.columns[column], column, false, column === chosen));
    select.addEventListener("change", () => {
      chosen = Number(select.value);
      draw();
      place.querySelector("select").focus();
    });
    const label = document.createElement("label");
    label.append("Length of the bars: ", select);
    return [label];
  };
  draw();
}

function numeric({ columns, rows }) {
  return [...columns.keys()].filter((column) => !COORDINATE.test(columns[column])
    && rows.some((row) => row[column])
    && rows.every((row) => !row[column] || Number.isFinite(row[column].value)));
}

// The first column of names; without one, the first column that is not drawn.
function naming(table, chosen) {
  const numbers = numeric(table);
  const others = [...table.columns.keys()].filter((column) => column !== chosen);
  return others.find((column) => !numbers.includes(column)) ?? others[0];
}

function bars(place, table, chosen) {
  const names = naming(table, chosen);
  const rows = table.rows.filter((row) => row[chosen]).slice(0, MOST);
  const values = rows.map((row) => row[chosen].value);
  // Years are no lengths: each is a point between the first and the last.
  const dated = values.every((value) => Number.isInteger(value) && value >= 1000 && value <= 2100);
  const origin = dated ? Math.min(...values) : 0;
  const [least, most] = [Math.min(origin, ...values), Math.max(origin, ...values)];
  const width = Math.max(280, place.clientWidth);
  const left = Math.min(260, width * 0.36);
  const right = 70;
  const across = (value) => left + ((value - least) / (most - least || 1)) * (width - left - right);
  const drawn = svg("svg", {
    class: "chart", role: "img", viewBox: `0 0 ${width} ${rows.length * ROW}`, width, height: rows.length * ROW,
    "aria-label": `Chart of ${table.columns[chosen]}. The table holds the same numbers.`,
  });
  rows.forEach((row, index) => {
    const { value, text } = row[chosen];
    const name = row[names]?.text ?? `${index + 1}`;
    const middle = index * ROW + ROW / 2;
    const [from, to] = [across(Math.min(origin, value)), across(Math.max(origin, value))];
    drawn.append(
      svg("text", { x: left - 8, y: middle, class: "name" }, svg("title", {}, name), shortened(name, left)),
      dated
        ? svg("circle", { cx: to, cy: middle, r: 5 })
        : svg("rect", { x: from, y: index * ROW + 4, width: Math.max(1, to - from), height: ROW - 8 }),
      svg("text", { x: to + 9, y: middle }, text),
    );
  });
  return drawn;
}

function shortened(name, width) {
  const room = Math.floor(width / 7.5);
  return name.length > room ? `${name.slice(0, room - 1)}…` : name;
}

function summary(table, chosen) {
  const all = table.rows.filter((row) => row[chosen]).length;
  const words = all > MOST ? `The first ${MOST} of ${all} rows that are shown` : `${all} rows`;
  return caption(`${table.columns[chosen]}: ${words}.`);
}
