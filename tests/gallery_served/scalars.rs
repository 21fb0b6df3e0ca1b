//! Scalars of the schema's own: stored, indexed, as arguments, defaults and in lists.

use kvetch::{NodeId, Timestamp, Value as Stored};
use pent::{Entity, Patch};
use serde_json::{Value, json};
use tests::gallery::generated::{CreatePaintingData, Painting, UpdatePaintingData};
use tests::gallery::money::Money;

use super::world::Gallery;

fn euros(cents: u64) -> Money {
    Money { cents, currency: "EUR".to_owned() }
}

const CREATE: &str = "mutation { createPainting(data: {
    title: \"Noon\", acquired: \"2026-11-21T13:00:00+01:00\", made: \"1890-07-29\", views: \"9007199254740993\",
    notes: { seen: [1, true, { by: Ada }] }, price: \"12.50 EUR\", offers: [\"1.00 EUR\", \"2.05 EUR\"]
}) { painting { id title acquired made notes views price offers half } } }";

#[tokio::test]
async fn what_a_mutation_stores_is_read_again_in_all_ways() {
    let gallery = Gallery::open().await;
    let created = gallery.data(CREATE).await["createPainting"]["painting"].clone();
    let id = created["id"].as_str().expect("an id").to_owned();
    let expected = json!({
        "id": id, "title": "Noon", "acquired": "2026-11-21T12:00:00Z", "made": "1890-07-29",
        "notes": { "seen": [1, true, { "by": "Ada" }] }, "views": "9007199254740993", "price": "12.50 EUR",
        "offers": ["1.00 EUR", "2.05 EUR"], "half": "6.25 EUR",
    });
    assert_eq!(created, expected);
    let query = format!("{{ painting(id: \"{id}\") {{ id title acquired made notes views price offers half }} }}");
    assert_eq!(gallery.data(&query).await["painting"], expected);
    let found = "{ paintingByPrice(price: \"12.50 EUR\") { title } paintingsOfDay(made: \"1890-07-29\") { title } }";
    let noon = json!({ "title": "Noon" });
    assert_eq!(gallery.data(found).await, json!({ "paintingByPrice": noon, "paintingsOfDay": [noon] }));
}

#[tokio::test]
async fn entities_hold_the_rust_types_and_store_their_own_form() {
    let gallery = Gallery::open().await;
    let mut scope = gallery.scope();
    let cx = scope.cx();
    let data = CreatePaintingData {
        title: "Noon".to_owned(),
        acquired: Timestamp(1_000_000),
        made: "1890-07-29".parse().ok(),
        notes: Some(json!({ "a": 1.5 })),
        views: i64::MAX,
        price: Some(euros(1250)),
        offers: None,
    };
    let painting = scope.run(Painting::create(&cx, data)).await.expect("created");
    assert_eq!(painting.acquired(), Timestamp(1_000_000));
    assert_eq!(painting.made().map(|day| day.year()), Some(1890));
    assert_eq!(painting.notes(), Some(&json!({ "a": 1.5 })));
    assert_eq!((painting.views(), painting.price(), painting.offers()), (i64::MAX, Some(&euros(1250)), None));
    let stored = painting.node().body.to_props().expect("it can be read");
    assert_eq!(stored.get("price"), Some(&Stored::from("EUR 0000000000001250")));
    assert_eq!(stored.get("made"), Some(&Stored::from("1890-07-29")));
    assert_eq!(stored.get("acquired"), Some(&Stored::from(Timestamp(1_000_000))));

    let found = scope.run(Painting::find_by_price(&cx, euros(1250))).await.expect("it can be read");
    assert_eq!(found.map(|found| found.id()), Some(painting.id()));
    let change = UpdatePaintingData { price: Patch::Set(euros(1)), notes: Patch::Clear, ..Default::default() };
    let changed = scope.run(Painting::update(&cx, painting.id(), change)).await.expect("updated");
    assert_eq!((changed.price(), changed.notes()), (Some(&euros(1)), None));
}

#[tokio::test]
async fn arguments_arrive_as_their_types_and_defaults_are_read_as_if_they_were_written() {
    let gallery = Gallery::open().await;
    let defaults = json!({
        "at": 1_795_262_400_000_000_i64, "day": [2026, 11, 21], "any": { "a": [1, 2.5], "b": null },
        "big": 9_007_199_254_740_993_i64, "price": 150, "many": null, "range": ["2026-01-01", null],
    });
    assert_eq!(gallery.data("{ scalars }").await["scalars"], defaults);
    let query = "query($at: DateTime, $any: JSON, $many: [Money!]) {
        scalars(at: $at, any: $any, many: $many, day: null, big: \"7\", price: null, range: { from: \"2026-01-01\", to: \"2026-01-02\" })
    }";
    let variables = json!({ "at": "1970-01-01T00:00:01Z", "any": [null], "many": "3.00 EUR" });
    let expected = json!({
        "at": 1_000_000, "day": null, "any": [null], "big": 7, "price": null, "many": ["3.00 EUR"],
        "range": ["2026-01-01", "2026-01-02"],
    });
    assert_eq!(gallery.json(query, variables).await["data"]["scalars"], expected);
}

#[tokio::test]
async fn what_is_no_value_of_a_scalar_is_refused_with_what_it_says() {
    let gallery = Gallery::open().await;
    for (query, expected) in [
        ("{ scalars(price: \"much\") }", "an amount is written as"),
        ("{ scalars(many: [\"1.00 EUR\", 5]) }", "an amount is written as"),
        ("{ scalars(day: \"2026-02-29\") }", "not a day"),
        ("{ scalars(range: { from: \"2026-13-01\" }) }", "not a day"),
        ("{ paintingByPrice(price: \"1\") { id } }", "an amount is written as"),
    ] {
        let message = gallery.error(query).await;
        assert!(message.contains(expected), "{query}: {message}");
    }
}

#[tokio::test]
async fn a_stored_value_that_is_none_of_the_scalar_is_an_error_of_its_own_field() {
    let gallery = Gallery::open().await;
    let id = gallery.data(CREATE).await["createPainting"]["painting"]["id"].as_str().expect("an id").to_owned();
    let node: NodeId = id.parse().expect("an id");
    let set = kvetch::Props::from([("price", Stored::from(5))]);
    gallery.kvetch.update(kvetch::Update::new(Painting::NODE_TYPE, node, set)).await.expect("updated");
    let response = gallery.json(&format!("{{ painting(id: \"{id}\") {{ title price }} }}"), Value::Null).await;
    assert_eq!(response["data"]["painting"], json!({ "title": "Noon", "price": null }));
    assert_eq!(response["errors"][0]["extensions"]["code"], "UNFIT");
}

#[tokio::test]
async fn introspection_tells_where_scalars_are_specified() {
    let gallery = Gallery::open().await;
    let query = "{ money: __type(name: \"Money\") { kind description specifiedByURL }
        date: __type(name: \"Date\") { description specifiedByURL } json: __type(name: \"JSON\") { specifiedByURL } }";
    let data = gallery.data(query).await;
    assert_eq!(
        data["money"],
        json!({
            "kind": "SCALAR", "description": "An amount with its currency.",
            "specifiedByURL": "https://example.com/money",
        })
    );
    assert_eq!(data["date"], json!({ "description": "A day of ours.", "specifiedByURL": "https://example.com/day" }));
    assert!(data["json"]["specifiedByURL"].as_str().is_some_and(|url| url.contains("rfc8259")));
}
