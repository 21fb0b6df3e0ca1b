//! The explorer: a page to write documents in, and to see what they read. The program carries it; no other host is asked.

use std::future;
use std::hash::{DefaultHasher, Hash, Hasher};

use axum::Router;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::get;

/// What the page may load and do: its own files, and requests to where it came from. Texts cannot become markup or
/// scripts: browsers that know trusted types refuse to make any.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// What the page of GraphiQL may, whose files a public host has. The page names their hashes.
const GRAPHIQL_POLICY: &str = "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net; \
                               style-src 'self' https://cdn.jsdelivr.net; connect-src 'self'; img-src 'self' data:; \
                               font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Clone, Copy)]
struct Asset {
    path: &'static str,
    content_type: &'static str,
    policy: &'static str,
    content: &'static str,
}

/// A page at a path of its own.
macro_rules! page {
    ($path:literal, $file:literal, $policy:expr) => {
        Asset {
            path: $path,
            content_type: "text/html; charset=utf-8",
            policy: $policy,
            content: include_str!(concat!("explorer/", $file)),
        }
    };
}

/// A file that pages load.
macro_rules! part {
    ($file:literal, $content_type:literal) => {
        Asset {
            path: concat!("/explorer/", $file),
            content_type: $content_type,
            policy: POLICY,
            content: include_str!(concat!("explorer/", $file)),
        }
    };
}

/// How pages look.
macro_rules! style {
    ($file:literal) => {
        part!($file, "text/css; charset=utf-8")
    };
}

/// A script that pages load.
macro_rules! script {
    ($file:literal) => {
        part!($file, "text/javascript; charset=utf-8")
    };
}

const ASSETS: [Asset; 48] = [
    page!("/", "index.html", POLICY),
    page!("/graphiql", "graphiql.html", GRAPHIQL_POLICY),
    style!("colours.css"),
    style!("editor.css"),
    style!("graphiql.css"),
    style!("narrow.css"),
    style!("page.css"),
    style!("panes.css"),
    style!("plan.css"),
    style!("response.css"),
    style!("side.css"),
    part!("icon.svg", "image/svg+xml"),
    script!("app.js"),
    script!("complete.js"),
    script!("completion.js"),
    script!("docs.js"),
    script!("dom.js"),
    script!("early.js"),
    script!("editor.js"),
    script!("example.js"),
    script!("graphiql.js"),
    script!("headers.js"),
    script!("highlight.js"),
    script!("history.js"),
    script!("json.js"),
    script!("layers_view.js"),
    script!("lexer.js"),
    script!("long_text.js"),
    script!("painted.js"),
    script!("panes.js"),
    script!("parser.js"),
    script!("place.js"),
    script!("plan.js"),
    script!("plan_view.js"),
    script!("prettify.js"),
    script!("request.js"),
    script!("response.js"),
    script!("rounds_view.js"),
    script!("saved.js"),
    script!("schema.js"),
    script!("shortcuts.js"),
    script!("splitter.js"),
    script!("suggest.js"),
    script!("tabs.js"),
    script!("theme.js"),
    script!("typing.js"),
    script!("validate.js"),
    script!("variables.js"),
];

/// Answers `GET /` with the explorer, `GET /graphiql` with GraphiQL, and what the two load below `/explorer/`. Links are
/// relative: the pages work below a path, too, when that ends in a slash.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ASSETS.into_iter().fold(Router::new(), |router, asset| {
        let tag = asset.tag();
        let answer = move |headers: HeaderMap| future::ready(asset.answer(&tag, &headers));
        router.route(asset.path, get(answer))
    })
}

impl Asset {
    /// Names the content: another version of the server has others.
    fn tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }

    /// The file, or that the browser has it already. It asks every time: modules of two versions do not fit together.
    fn answer(&self, tag: &str, asked: &HeaderMap) -> HttpResponse {
        let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag);
        let headers: [(HeaderName, &str); 6] = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, "no-cache"),
            (header::ETAG, tag),
            (header::CONTENT_SECURITY_POLICY, self.policy),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        if known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, self.content).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn asset(path: &str) -> Asset {
        *ASSETS.iter().find(|asset| asset.path == path).expect("it is served")
    }

    /// A module that is forgotten here would be missing in the browser alone.
    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/explorer");
        let files = folder.read_dir().expect("the folder is there").map(|file| file.expect("it can be read").path());
        // It tells Node what browsers know already, for the tests: that scripts are modules.
        let files = files.filter(|file| !file.ends_with("package.json"));
        let contents = files.map(|file| std::fs::read_to_string(file).expect("it is text")).collect::<Vec<_>>();
        assert!(contents.len() > 20, "the files are found: {}", contents.len());
        for content in &contents {
            assert!(ASSETS.iter().any(|asset| asset.content == content), "not served: {content:.80}");
        }
        assert_eq!(ASSETS.len(), contents.len());
    }

    #[test]
    fn a_browser_that_has_a_file_is_not_sent_it_again() {
        let asset = asset("/explorer/app.js");
        let tag = asset.tag();
        assert_eq!(asset.answer(&tag, &HeaderMap::new()).status(), StatusCode::OK);
        let mut asked = HeaderMap::new();
        asked.insert(header::IF_NONE_MATCH, tag.parse().expect("it is a header's value"));
        assert_eq!(asset.answer(&tag, &asked).status(), StatusCode::NOT_MODIFIED);
    }

    /// The page of the server itself works where nothing else can be reached.
    #[test]
    fn the_explorer_names_no_other_host() {
        for asset in ASSETS.iter().filter(|asset| asset.path != "/graphiql") {
            let foreign = asset.content.lines().find(|line| line.contains("//cdn") || line.contains("https://"));
            assert_eq!(foreign, None, "{}", asset.path);
        }
    }
}
