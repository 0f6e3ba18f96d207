// Parts of a drawing. Text is only ever text here: nothing of a result is read as markup.
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function caption(...words) {
  const made = document.createElement("figcaption");
  made.append(...words);
  return made;
}
