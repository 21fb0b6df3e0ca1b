// Starts GraphiQL, when its files have come: the page says what to do when they have not.

async function ask(params, { headers } = {}) {
  const response = await fetch(new URL("graphql", document.baseURI), {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    body: JSON.stringify(params),
  });
  return response.json();
}

if (window.React && window.ReactDOM && window.GraphiQL) {
  const root = window.ReactDOM.createRoot(document.getElementById("graphiql"));
  root.render(window.React.createElement(window.GraphiQL, { fetcher: ask }));
}
