// One request to the server, and what came of it.

/** Beside the page, wherever it is mounted. */
export const ENDPOINT = new URL("graphql", document.baseURI);

/** Sends a document. Never throws: where no answer comes, `failure` tells why.
 *  @returns {Promise<{ failure?: string, status?: number, text: string, json?: object, milliseconds: number,
 *  bytes: number }>} */
export async function send({ query, variables, operationName, headers = {}, explain = false, signal }) {
  const begin = performance.now();
  const spent = () => performance.now() - begin;
  try {
    const response = await fetch(ENDPOINT, {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json;q=0.9",
        "content-type": "application/json",
        ...(explain ? { "x-graphscale-explain": "1" } : {}),
        ...headers,
      },
      // The text goes in as it is: parsed and written again, its large numbers would be others.
      body: `{"query":${JSON.stringify(query)},"operationName":${JSON.stringify(operationName ?? null)},"variables":${
        variables?.trim() || "{}"
      }}`,
      signal,
    });
    const bytes = await response.arrayBuffer();
    const text = new TextDecoder().decode(bytes);
    return { ...read(response, text), text, milliseconds: spent(), bytes: bytes.byteLength };
  } catch (error) {
    return { failure: why(error), text: "", milliseconds: spent(), bytes: 0 };
  }
}

function read({ status }, text) {
  try {
    const json = JSON.parse(text);
    if (json && typeof json === "object" && ("data" in json || "errors" in json)) return { status, json };
  } catch {
    // What came is shown as it is.
  }
  const what = text.trim() ? "This is no answer of a GraphQL server" : "The answer is empty";
  return { status, failure: `${what}: ${ENDPOINT.pathname} answered with status ${status}.` };
}

function why(error) {
  if (error.name === "AbortError") return "Stopped.";
  if (error instanceof TypeError && /header|ByteString/i.test(error.message))
    return `A header is not valid: ${error.message}`;
  return `No answer from ${ENDPOINT.href}. Is the server running? (${error.message})`;
}
