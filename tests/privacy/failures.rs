//! Rules that fail, panic or answer nonsense, and scopes that do not know them.

use std::sync::Arc;

use kvetch::{Create, NodeType, Props};
use pent::{Entity, Rules, Scope};
use serde_json::json;
use tests::rules::custom::Viewer;
use tests::rules::generated::{Entry, Fragile, List, TABLE};

use super::world::{Who, World, add, text};

#[tokio::test]
async fn a_rule_that_fails_denies_with_an_error_that_tells_a_client_nothing() {
    let world = World::new().await;
    for (rule, expected) in [
        ("allows", json!({ "data": { "fragile": { "rule": "allows" } } })),
        ("denies", json!({ "data": { "fragile": null } })),
        ("skips", json!({ "data": { "fragile": null } })),
        ("fails", json!(null)),
        ("panics", json!(null)),
        ("miscounts", json!(null)),
        // It would be asked anew after its own write, and write again: that went on for ever.
        ("writes", json!(null)),
    ] {
        let id = add(&world.kvetch, 6, [("rule", text(rule))]).await;
        let body = world.ask(&mut world.scope(Who::Owner), &format!("{{ fragile(id: \"{id}\") {{ rule }} }}")).await;
        let mut response: serde_json::Value = serde_json::from_str(&body).expect("a response is JSON");
        if expected.is_object() {
            assert_eq!(response, expected, "{rule}");
            continue;
        }
        assert_eq!(response["data"].take(), json!({ "fragile": null }), "{rule}");
        assert_eq!(response["errors"][0]["message"], "internal error", "{rule}");
        assert_eq!(response["errors"][0]["extensions"], json!({ "code": "INTERNAL" }), "{rule}");
        assert!(!body.contains("swordfish") && !body.contains("SWORDFISH"), "{body}");
    }
}

#[tokio::test]
async fn a_rule_that_fails_for_a_write_forbids_it() {
    let world = World::new().await;
    for (rule, expected) in [
        ("allows", "written"),
        ("denies", "forbidden"),
        ("fails", "internal"),
        ("panics", "internal"),
        ("miscounts", "internal"),
    ] {
        let mut scope = world.scope(Who::Owner);
        let cx = scope.cx();
        let create = Create::new(NodeType(6), Props::from([("rule", rule)]));
        let outcome = scope.run(cx.create(create)).await;
        let found = outcome.as_ref().map_or_else(|error| error.code(), |_| "written");
        assert_eq!(found, expected, "{rule}: {outcome:?}");
        assert!(!outcome.is_err_and(|error| error.is_public() && expected == "internal"), "{rule}");
    }
    let read = kvetch::Read::Browse { node_type: NodeType(6), after: None, first: 10 };
    let left = world.kvetch.round(vec![read]).await.answers.remove(0);
    let kvetch::Answer::Browse(Ok(page)) = left else { panic!("a page was read") };
    assert_eq!(page.nodes.len(), 1, "only what was allowed is there");
}

/// They are judged together, and one of them cannot be.
#[tokio::test]
async fn a_rule_that_fails_for_one_harms_no_other() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for rule in ["allows", "fails", "denies", "panics", "allows", "miscounts"] {
        ids.push(add(&world.kvetch, 6, [("rule", text(rule))]).await);
    }
    let mut scope = world.scope(Who::Anonymous);
    let cx = scope.cx();
    let found = scope.run(cx.nodes(ids)).await;
    let found = found.iter().map(|node| node.as_ref().map(Option::is_some).map_err(|error| error.code()));
    let internal = Err("internal");
    assert_eq!(found.collect::<Vec<_>>(), [Ok(true), internal, Ok(false), internal, Ok(true), internal]);
}

#[tokio::test]
async fn a_rule_that_fails_harms_no_other_type() {
    let world = World::new().await;
    let id = add(&world.kvetch, 6, [("rule", text("panics"))]).await;
    let query = format!("query($list: UUID!) {{ list(id: $list) {{ name }} fragile(id: \"{id}\") {{ rule }} }}");
    let body = world.ask(&mut world.scope(Who::Owner), &query).await;
    assert!(body.starts_with(r#"{"data":{"list":{"name":"Groceries"},"fragile":null},"errors":"#), "{body}");
}

#[tokio::test]
async fn a_scope_that_does_not_know_the_rules_shows_nothing_that_has_some() {
    let world = World::new().await;
    let mut scope = Scope::new(world.kvetch.clone());
    let cx = scope.cx();
    let loaded = scope.run(List::load(&cx, world.list)).await;
    assert!(loaded.as_ref().is_err_and(|error| error.to_string().contains("Scope::builder")), "{loaded:?}");
    let found = scope.run(Entry::find_by_slug(&cx, "x")).await;
    assert!(found.is_err_and(|error| error.to_string().contains("Entry has privacy rules or hooks")));
    let created = scope.run(pent::create::<Fragile>(&cx, Props::new())).await;
    assert!(created.is_err_and(|error| error.to_string().contains("Fragile has privacy rules or hooks")));

    let body = world.ask(&mut scope, "query($list: UUID!) { list(id: $list) { name } }").await;
    assert_eq!(body, r#"{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}"#);
    scope.stats().assert_rounds(0);
}

/// A schema must not be run in a scope with the rules of another one either.
#[tokio::test]
async fn a_scope_over_another_table_is_refused() {
    let world = World::new().await;
    let store = pent::Store::new(world.kvetch.clone(), &todo::graph::generated::TABLE);
    let mut scope = Scope::builder(&store).build();
    let body = world.ask(&mut scope, "query($list: UUID!) { list(id: $list) { name } }").await;
    assert!(body.contains("internal error") && !body.contains("Groceries"), "{body}");
    assert!(pent::storage_schema(&TABLE).is_ok());
}

#[tokio::test]
async fn the_types_of_viewer_and_state_are_checked_with_both_names() {
    let world = World::new().await;
    let cx = world.scope(Who::Owner).cx();
    assert!(cx.viewer::<Viewer>().is_some());
    let said = panic_of(|| assert!(cx.viewer::<String>().is_none()));
    assert!(said.contains("custom::Viewer`") && said.contains("asked for as a `alloc::string::String`"), "{said}");
    let said = panic_of(|| assert!(cx.state::<String>().is_empty()));
    assert!(said.contains("no `alloc::string::String`") && said.contains("custom::Journal`"), "{said}");
    assert!(world.scope(Who::Anonymous).cx().viewer::<Viewer>().is_none());
}

fn panic_of(work: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).expect_err("it panics");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// Scope, guard and judge know each other; a ring of them would keep every request for ever.
#[tokio::test]
async fn a_scope_with_rules_leaves_nothing_behind() {
    let world = World::new().await;
    let token = Arc::new("token");
    let mut scope = world.builder(Who::Other).state(token.clone()).build();
    let cx = scope.cx();
    drop(futures::poll!(Box::pin(List::load(&cx, world.list))));
    assert!(scope.run(List::load(&cx, world.list)).await.expect("the rule answers").is_none());
    world.ask(&mut scope, "{ lists { name label } }").await;
    assert!(Arc::strong_count(&token) > 1);
    drop((scope, cx));
    assert_eq!(Arc::strong_count(&token), 1);
}

/// Who goes away while rules are asked takes nothing from who stays.
#[tokio::test]
async fn a_load_that_is_dropped_while_rules_are_asked_harms_no_other() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let seen = scope.run(async {
        // Both lead the load to where the rules are asked, and one is dropped on the way.
        let (mut gone, stays) = (Box::pin(List::load(&cx, world.list)), List::load(&cx, world.list));
        let mut stays = Box::pin(stays);
        for _ in 0..2 {
            assert!(futures::poll!(&mut gone).is_pending() && futures::poll!(&mut stays).is_pending());
            cx.nodes(vec![world.open_user]).await.remove(0).expect("read");
        }
        drop(gone);
        stays.await
    });
    assert_eq!(seen.await.expect("the rule answers").map(|list| list.name().to_owned()).as_deref(), Some("Groceries"));
}

/// A rule sees what the viewer may not, and is not asked about what it reads itself.
#[tokio::test]
async fn rules_do_not_recurse() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Other);
    let cx = scope.cx();
    let seen = scope.run(List::load(&cx, world.list)).await.expect("the rule answers");
    assert!(seen.is_none());
    assert_eq!(world.journal.take(), ["owner of 1"]);
}

/// One verdict for each way in which rules can stand together.
#[tokio::test]
async fn the_first_rule_that_does_not_skip_decides() {
    use pent::Verdict::{Allow, Deny, Skip};

    let world = World::new().await;
    let mut scope = world.builder(Who::Anonymous).system().build();
    let cx = scope.cx();
    let list = scope.run(List::load(&cx, world.list)).await.expect("read").expect("it is there");
    for (verdicts, everybody, expected) in [
        (vec![], false, false),
        (vec![], true, true),
        (vec![Skip], false, false),
        (vec![Skip, Skip], true, true),
        (vec![Allow, Deny], false, true),
        (vec![Deny, Allow], true, false),
        (vec![Skip, Allow, Deny], false, true),
        (vec![Skip, Deny, Allow], true, false),
    ] {
        let rules = if everybody { Rules::everybody() } else { Rules::new() };
        let rules = verdicts.iter().fold(rules, |rules, verdict| {
            let verdict = *verdict;
            rules.each(move |_, _: &List| verdict)
        });
        let answers = scope.run(rules.judge(&cx, vec![list.clone()])).await;
        assert_eq!(answers[0].as_ref().ok(), Some(&expected), "{verdicts:?}, everybody: {everybody}");
    }
}

/// Tokio makes a task wait that has taken many of its locks in one go. That split what rules load into several rounds.
#[tokio::test]
async fn what_rules_load_behind_locks_of_the_runtime_is_one_round() {
    let world = World::new().await;
    let id = add(&world.kvetch, 6, [("rule", text("waits"))]).await;
    let mut scope = world.scope(Who::Anonymous);
    let cx = scope.cx();
    assert!(scope.run(Fragile::load(&cx, id)).await.expect("the rule answers").is_some());
    scope.stats().assert_rounds(2);
}
