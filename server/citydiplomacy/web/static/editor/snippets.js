// The query as a program: what to paste into a terminal, Python, R or a page.
// Each language is told the query in a form that needs no change by hand, whatever it holds.

export function snippets(details, editor) {
  const write = () => {
    const asked = { url: document.querySelector("form.query").action, query: editor.getValue(), graph: isGraph(editor) };
    for (const [name, make] of Object.entries(LANGUAGES)) {
      document.getElementById(`snippet-${name}`).textContent = make(asked);
    }
  };
  details.hidden = false;
  details.addEventListener("toggle", write);
  editor.on("change", () => { if (details.open) write(); });
}

function isGraph(editor) {
  return ["CONSTRUCT", "DESCRIBE"].includes(editor.getQueryType());
}

const LANGUAGES = { curl, python, r, javascript };

function curl({ url, query, graph }) {
  const accept = graph ? "text/turtle" : "text/csv";
  return `curl '${url}' -H 'Accept: ${accept}' --data-urlencode 'query=${query.replaceAll("'", "'\\''")}'\n`;
}

function python({ url, query, graph }) {
  const [format, use] = graph
    ? ["TURTLE", "print(endpoint.queryAndConvert().decode())"]
    : ["JSON", 'answer = endpoint.queryAndConvert()\nfor row in answer.get("results", {}).get("bindings", [answer]):\n    print(row)'];
  return `from SPARQLWrapper import ${format}, POST, SPARQLWrapper

endpoint = SPARQLWrapper("${url}", returnFormat=${format})
endpoint.setMethod(POST)
endpoint.setQuery(${pythonText(query)})
${use}
`;
}

// A raw string shows the query as it is; where it would end too early, a quoted one says the same.
function pythonText(query) {
  const raw = !query.includes('"""') && !/["\\]$/.test(query);
  return raw ? `r"""${query}"""` : JSON.stringify(query);
}

function r({ url, query, graph }) {
  const dashes = "-".repeat(longestRun(query) + 1);
  const read = graph ? 'cat(readLines(answer), sep = "\\n")' : "rows <- read.csv(answer)\nprint(rows)";
  return `query <- r"${dashes}(${query})${dashes}"
answer <- paste0("${url}${url.includes("?") ? "&" : "?"}format=${graph ? "ttl" : "csv"}&query=", URLencode(query, reserved = TRUE))
${read}
`;
}

// As many dashes as the query has after any ")": one more ends the raw string.
function longestRun(query) {
  return Math.max(0, ...[...query.matchAll(/\)(-*)"/g)].map((found) => found[1].length));
}

function javascript({ url, query, graph }) {
  const [accept, read] = graph ? ["text/turtle", "text"] : ["application/sparql-results+json", "json"];
  const text = query.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
  return `const answer = await fetch("${url}", {
  method: "POST",
  headers: { Accept: "${accept}" },
  body: new URLSearchParams({ query: \`${text}\` }),
});
console.log(await answer.${read}());
`;
}
