//! Fields written by hand.

use kvetch::{Timestamp, Value};
use pent::scalar::{Date, Json};
use pent::{Change, CustomScalar, Cx, Draft, Entity, Hooks, Page, Result, Rules, Verdict};
use serde_json::json;

use super::generated::{
    Frame, Nothing, Painting, PaintingFields, Poster, Query, QueryFields, Reason, Saying, Sculpture, Secret,
    SecretPrivacy, Size, Span, Titled, Where, WhereOne, Work, WorkBy,
};
use super::money::Money;

impl PaintingFields for Painting {
    async fn half(&self, _cx: &Cx) -> Result<Option<Money>> {
        Ok(self.price().map(|price| Money { cents: price.cents / 2, ..price.clone() }))
    }
}

/// Who may see what others may not.
#[derive(Debug, Clone, Copy)]
pub struct Keeper;

impl SecretPrivacy for Secret {
    /// Not even keepers see what is sealed.
    fn may_read() -> Rules<Self> {
        Rules::new()
            .each(|cx, secret: &Self| Verdict::allow_if(cx.viewer::<Keeper>().is_some() && secret.text() != "sealed"))
    }

    fn may_create() -> Rules<Change<Self>> {
        Rules::everybody()
    }

    fn may_update() -> Rules<Change<Self>> {
        Rules::new()
    }

    fn may_delete() -> Rules<Change<Self>> {
        Rules::new()
    }
}

impl Hooks for Secret {
    async fn before_write(_cx: &Cx, draft: &mut Draft<Self>) -> Result<()> {
        if let Some(set) = &mut draft.set
            && let Some(Value::Text(text)) = set.get("text")
        {
            let length = i32::try_from(text.len())?;
            set.insert("length", length);
        }
        Ok(())
    }
}

impl QueryFields for Query {
    async fn works(cx: &Cx, posters: Option<Vec<String>>) -> Result<Vec<Work>> {
        let paintings = Painting::browse(cx, Page::default()).await?;
        let sculptures = Sculpture::browse(cx, Page::default()).await?;
        let of = paintings.first().cloned().map(Titled::from);
        let posters = posters.unwrap_or_default().into_iter().map(|text| Poster { text, of: of.clone() });
        let posters = posters.map(Work::from).collect::<Vec<_>>();
        let paintings = paintings.into_iter().map(Work::from);
        Ok(paintings.chain(posters).chain(sculptures.into_iter().map(Work::from)).collect())
    }

    async fn chosen(
        _cx: &Cx,
        by: Option<WorkBy>,
        grid: Vec<Option<Vec<i32>>>,
        size: Option<Size>,
        frames: Option<Vec<Frame>>,
        old: Option<i32>,
    ) -> Result<Json> {
        let frames = frames.map(|frames| frames.into_iter().map(Frame::name).collect::<Vec<_>>());
        Ok(json!({ "by": by.map(choice), "grid": grid, "size": size.map(size_json), "frames": frames, "old": old }))
    }

    async fn asked(_cx: &Cx, r#where: Where) -> Result<Saying> {
        Ok(saying(r#where))
    }

    async fn scalars(
        _cx: &Cx,
        at: Option<Timestamp>,
        day: Option<Date>,
        any: Option<Json>,
        big: Option<i64>,
        price: Option<Money>,
        many: Option<Vec<Money>>,
        range: Option<Span>,
    ) -> Result<Json> {
        Ok(json!({
            "at": at.map(|at| at.0),
            "day": day.map(|day| (day.year(), day.month(), day.day())),
            "any": any,
            "big": big,
            "price": price.map(|price| price.cents),
            "many": many.map(|many| many.iter().map(CustomScalar::to_json).collect::<Vec<_>>()),
            "range": range.map(|range| (range.from.to_string(), range.to.map(|to| to.to_string()))),
        }))
    }
}

/// What a condition says with all of its own, what it is not, and what its one is, or nothing.
fn saying(condition: Where) -> Saying {
    let all = condition.all.into_iter().flatten().map(|one| saying(one).text);
    let text = condition.title.into_iter().chain(all).collect::<Vec<_>>().join(" and ");
    let nothing = |text: &str| Reason::Nothing(Nothing { text: text.to_owned() });
    let reason = match condition.one.map(|one| *one) {
        Some(WhereOne::Where(inner)) => Reason::Saying(saying(*inner)),
        Some(WhereOne::Title(title)) => nothing(&title),
        None => nothing("nothing"),
    };
    let because = condition.not.map(|not| Box::new(saying(*not)));
    Saying { text, because, reason: Box::new(reason) }
}

fn choice(by: WorkBy) -> Json {
    match by {
        WorkBy::Title(title) => json!({ "title": title }),
        WorkBy::Size(size) => json!({ "size": size_json(size) }),
        WorkBy::Many(many) => json!({ "many": many.into_iter().map(choice).collect::<Vec<_>>() }),
        WorkBy::Number(number) => json!({ "number": number }),
    }
}

fn size_json(size: Size) -> Json {
    let frame = size.frame.and_then(|framed| framed.frame).map(Frame::name);
    json!({ "height": size.height, "width": size.width, "tags": size.tags, "frame": frame, "depth": size.depth })
}
