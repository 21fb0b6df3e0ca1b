//! In which form a client wants its answers (RFC 9110, 12.5.1; GraphQL over HTTP, 6.1 and 6.4).

use axum::http::{HeaderMap, StatusCode, header};

use super::refusal::Refusal;
use crate::response::Response;

/// A form of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Media {
    /// The specification's own: the status tells whether the request was run.
    Response,
    /// What there was before it: 200 whatever came of a request, since proxies may have made up any other status.
    #[default]
    Json,
}

impl Media {
    const ALL: [Self; 2] = [Self::Response, Self::Json];

    /// What the `Accept` of a request asks for. Without one it is [`Media::Json`], which clients expect that do not
    /// know of any other.
    pub(super) fn wanted(headers: &HeaderMap) -> Result<Self, Refusal> {
        let lines = headers.get_all(header::ACCEPT).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let lines = lines.collect::<Vec<_>>().join(",");
        if lines.trim_matches([',', ' ', '\t']).is_empty() {
            return Ok(Self::default());
        }
        let ranges = lines.split(',').filter_map(Range::parse).collect::<Vec<_>>();
        let weighed = Self::ALL.into_iter().filter_map(|media| Some((media.weight(&ranges)?, media)));
        // The last of those that weigh the same: where only `*/*` is asked for, the form that everybody reads.
        let best = weighed.filter(|((quality, _), _)| *quality > 0).max_by_key(|(weight, _)| *weight);
        match best {
            Some(((_, Fit::Exact), Self::Json)) if Self::Response.weight(&ranges) == best.map(|(weight, _)| weight) => {
                Ok(Self::Response)
            }
            Some((_, media)) => Ok(media),
            None => Err(Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                "not_acceptable",
                "Responses are application/graphql-response+json or application/json, in UTF-8; \
                 the Accept header of the request allows neither.",
            )),
        }
    }

    /// How much it is wanted, by the range that fits it best.
    fn weight(self, ranges: &[Range]) -> Option<(u16, Fit)> {
        let fitting = ranges.iter().filter_map(|range| Some((range.fit(self.essence())?, range.quality)));
        fitting.max_by_key(|(fit, _)| *fit).map(|(fit, quality)| (quality, fit))
    }

    fn essence(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }

    /// The content type of responses in this form.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The status of a response in this form.
    pub(super) fn status(self, response: &Response) -> StatusCode {
        match self {
            Self::Response if !response.is_executed => StatusCode::BAD_REQUEST,
            Self::Response | Self::Json => StatusCode::OK,
        }
    }
}

/// How closely a range names a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Anything,
    Application,
    Exact,
}

/// An entry of `Accept`.
#[derive(Debug)]
struct Range {
    name: String,
    /// In thousandths.
    quality: u16,
}

impl Range {
    /// `None` for what asks for another encoding, or for nothing that could be read.
    fn parse(entry: &str) -> Option<Self> {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().filter(|name| name.contains('/'))?.to_ascii_lowercase();
        let mut quality = 1000;
        for parameter in parts {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            if key.trim().eq_ignore_ascii_case("q") {
                let number = value.parse::<f32>().ok().filter(|number| (0.0..=1.0).contains(number))?;
                quality = (number * 1000.0).round() as u16;
            } else if key.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
                return None;
            }
        }
        Some(Self { name, quality })
    }

    fn fit(&self, essence: &str) -> Option<Fit> {
        match self.name.as_str() {
            "*/*" => Some(Fit::Anything),
            "application/*" => Some(Fit::Application),
            name => (name == essence).then_some(Fit::Exact),
        }
    }
}

/// Whether this is the name of the one encoding that is spoken here.
pub(super) fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn wanted(accept: &str) -> Option<Media> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).expect("it is a header"))]);
        Media::wanted(&headers).ok()
    }

    #[test]
    fn the_form_is_the_one_that_is_wanted_most() {
        for (accept, expected) in [
            ("", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("Application/JSON; charset=UTF-8", Some(Media::Json)),
            ("application/graphql-response+json", Some(Media::Response)),
            (
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
                Some(Media::Response),
            ),
            ("application/json, application/graphql-response+json", Some(Media::Response)),
            ("application/graphql-response+json;q=0.9, application/json", Some(Media::Json)),
            ("application/graphql-response+json, */*;q=0.1", Some(Media::Response)),
            ("application/json, */*", Some(Media::Json)),
            ("application/json;q=0, */*", Some(Media::Response)),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Media::Json)),
            ("text/html", None),
            ("*/*;q=0", None),
            ("application/json; charset=utf-16", None),
            ("application/json; q=nonsense", None),
            ("json", None),
        ] {
            assert_eq!(wanted(accept), expected, "{accept}");
        }
    }
}
