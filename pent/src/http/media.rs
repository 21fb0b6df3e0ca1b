//! In which form a client wants its answers (RFC 9110, 12.5.1; GraphQL over HTTP, 6.1 and 6.4).

use axum::http::{HeaderMap, StatusCode, header};

use super::refusal::Refusal;
use crate::operation::OperationKind;
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

    /// The form that is wanted most, and how much, if any is accepted.
    fn wanted(ranges: &[Range]) -> Option<(u16, Self)> {
        let weighed = Self::ALL.into_iter().filter_map(|media| Some((weight(ranges, media.essence())?, media)));
        // The last of those that weigh the same: where only `*/*` is asked for, the form that everybody reads.
        let best = weighed.filter(|((quality, _), _)| *quality > 0).max_by_key(|(weight, _)| *weight);
        let ((quality, fit), media) = best?;
        let is_both = weight(ranges, Self::Response.essence()) == Some((quality, fit));
        Some((quality, if fit == Fit::Exact && is_both { Self::Response } else { media }))
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

/// What the `Accept` of a request asks for. Without one it is [`Media::Json`], which clients expect that do not know of
/// any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    media: Option<Media>,
    events: Events,
}

/// Whether a client takes a stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Events {
    No,
    /// Where there is no other way. Some clients accept all there is with each of their requests.
    Also,
    /// Rather than one response.
    Rather,
}

impl Wanted {
    /// # Errors
    /// When nothing that it accepts is spoken here.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let lines = headers.get_all(header::ACCEPT).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let lines = lines.collect::<Vec<_>>().join(",");
        if lines.trim_matches([',', ' ', '\t']).is_empty() {
            return Ok(Self { media: Some(Media::default()), events: Events::No });
        }
        let ranges = lines.split(',').filter_map(Range::parse).collect::<Vec<_>>();
        let media = Media::wanted(&ranges);
        // `*/*` is said by those who know of no events.
        let events = weight(&ranges, EVENTS).filter(|(_, fit)| *fit > Fit::Anything).map_or(0, |(quality, _)| quality);
        let events = match (events, media) {
            (0, None) => {
                return Err(Refusal::new(
                    StatusCode::NOT_ACCEPTABLE,
                    "not_acceptable",
                    "Responses are application/graphql-response+json or application/json, in UTF-8, or \
                     text/event-stream; the Accept header of the request allows none of them.",
                ));
            }
            (0, Some(_)) => Events::No,
            (events, media) if media.is_some_and(|(quality, _)| quality >= events) => Events::Also,
            _ => Events::Rather,
        };
        Ok(Self { media: media.map(|(_, media)| media), events })
    }

    /// The form of one response.
    pub(super) fn media(self) -> Media {
        self.media.unwrap_or_default()
    }

    /// Whether one response will do.
    pub(super) fn takes_one(self) -> bool {
        self.media.is_some()
    }

    /// Whether an operation of this kind is answered by events.
    pub(super) fn is_of_events(self, kind: impl FnOnce() -> Option<OperationKind>) -> bool {
        match self.events {
            Events::No => false,
            Events::Also => kind() == Some(OperationKind::Subscription),
            Events::Rather => true,
        }
    }
}

/// The content type of events.
const EVENTS: &str = "text/event-stream";

/// How much a form is wanted, by the range that fits it best.
fn weight(ranges: &[Range], essence: &str) -> Option<(u16, Fit)> {
    let fitting = ranges.iter().filter_map(|range| Some((range.fit(essence)?, range.quality)));
    fitting.max_by_key(|(fit, _)| *fit).map(|(fit, quality)| (quality, fit))
}

/// How closely a range names a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Anything,
    Kind,
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
            name if name == essence => Some(Fit::Exact),
            name => {
                let kind = essence.split('/').next();
                (name.strip_suffix("/*") == kind).then_some(Fit::Kind)
            }
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

    fn wanted(accept: &str) -> Option<Wanted> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).expect("it is a header"))]);
        Wanted::of(&headers).ok()
    }

    /// Whoever accepted events at all, however little, got nothing else: clients that accept everything there is with
    /// each of their queries, above all.
    #[test]
    fn events_are_for_subscriptions_and_for_those_who_want_nothing_else_as_much() {
        let urql = "application/graphql-response+json, application/graphql+json, application/json, \
                    text/event-stream, multipart/mixed";
        for (accept, media, events) in [
            (urql, Some(Media::Response), Events::Also),
            ("text/event-stream", None, Events::Rather),
            ("text/*", None, Events::Rather),
            ("text/event-stream, application/json;q=0.9", Some(Media::Json), Events::Rather),
            ("text/event-stream;q=0.9, application/json", Some(Media::Json), Events::Also),
            ("text/event-stream;q=0, application/json", Some(Media::Json), Events::No),
            ("text/event-stream;q=0, text/*, application/json", Some(Media::Json), Events::No),
            ("text/event-stream, */*", Some(Media::Json), Events::Also),
            ("*/*", Some(Media::Json), Events::No),
        ] {
            assert_eq!(wanted(accept), Some(Wanted { media, events }), "{accept}");
        }
        assert_eq!(wanted("text/event-stream;q=0"), None);
        let (also, rather) = (wanted(urql).expect("it is one"), wanted("text/event-stream").expect("it is one"));
        let (query, subscription) = (|| Some(OperationKind::Query), || Some(OperationKind::Subscription));
        assert_eq!([also.is_of_events(query), also.is_of_events(subscription)], [false, true]);
        assert_eq!([rather.is_of_events(query), rather.is_of_events(subscription)], [true, true]);
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
            assert_eq!(wanted(accept).map(Wanted::media), expected, "{accept}");
        }
    }
}
