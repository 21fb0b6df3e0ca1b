//! Writes that rules judge by what they would make of an entity, and hooks around them.

use kvetch::{IndexId, NodeType, OnDelete, Props, Update, Upsert, Value};
use pent::{Entity, Error, Patch, Result};
use serde_json::json;
use tests::rules::generated::{CreateEntryData, Entry, List, TABLE, UpdateEntryData, UpdateListData};

use super::world::{Who, World, text};

fn rename(name: &str) -> UpdateListData {
    UpdateListData { name: Patch::Set(name.to_owned()), ..UpdateListData::default() }
}

#[tokio::test]
async fn an_update_is_judged_by_what_it_would_make_of_the_entity() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let refused =
        scope.run(List::update(&cx, world.list, rename("forbidden"))).await.expect_err("the name is forbidden");
    assert_eq!(refused.code(), "forbidden");
    assert_eq!(refused.to_string(), format!("this viewer may not update the List {}", world.list));
    let kept = scope.run(List::load(&cx, world.list)).await.expect("read").expect("it is there");
    assert_eq!(kept.name(), "Groceries");
}

#[tokio::test]
async fn a_deletion_is_judged_by_what_would_go() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    scope.run(List::update(&cx, world.list, rename("kept"))).await.expect("the owner may");
    let refused = scope.run(List::delete(&cx, world.list)).await.expect_err("it is kept");
    assert_eq!(refused.code(), "forbidden");
    scope.run(List::update(&cx, world.list, rename("not kept"))).await.expect("the owner may");
    assert_eq!(scope.run(List::delete(&cx, world.list)).await.expect("the owner may").name(), "not kept");
}

/// The verdict is about the version that is written over: who has lost the list a moment ago may not write it.
#[tokio::test]
async fn a_write_is_judged_by_the_state_that_it_writes_over() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let written = scope.run(async {
        // This scope knows the list as the owner's from here on.
        List::load(&cx, world.list).await?;
        let set = Props::from([("ownerId", Value::Id(world.other))]);
        world.kvetch.update(Update::new(NodeType(3), world.list, set)).await?;
        List::update(&cx, world.list, rename("stolen")).await
    });
    let refused = written.await.expect_err("it is not the owner's any more");
    assert_eq!(refused.code(), "not_found");
    let mut scope = world.scope(Who::Other);
    let cx = scope.cx();
    let list = scope.run(List::load(&cx, world.list)).await.expect("read").expect("it is the other's");
    assert_eq!(list.name(), "Groceries");
}

/// Nobody who tries a value learns who has it.
#[tokio::test]
async fn a_value_that_is_taken_names_nobody() {
    let world = World::new().await;
    let query = "mutation { createList(data: {name: \"N\", slug: \"groceries\"}) { list { id } } }";
    for who in [Who::Owner, Who::Other] {
        let body = world.ask(&mut world.scope(who), query).await;
        let response: serde_json::Value = serde_json::from_str(&body).expect("a response is JSON");
        let error = &response["errors"][0];
        assert_eq!(error["extensions"]["code"], "DUPLICATE");
        assert_eq!(error["message"], "index List.slug is unique and this value is taken");
    }
}

#[tokio::test]
async fn what_forbids_a_deletion_is_not_named() {
    let store = pent::storage_schema(&tests::rules::generated::TABLE).expect("the table is consistent");
    let mut schema = kvetch::Schema::builder();
    for def in store.node_types() {
        schema = schema.node_type(def.clone());
    }
    for def in store.edges() {
        let on_delete = if def.name == "open_user_lists" { OnDelete::Restrict } else { OnDelete::Keep };
        schema = schema.edge(kvetch::DerivedEdge { on_delete, ..def.clone() });
    }
    let url = "memory:".parse().expect("the URL is valid");
    let kvetch = kvetch::Kvetch::open(&[url], schema.build().expect("consistent")).await.expect("it opens");
    let user = super::world::add(&kvetch, 2, [("name", text("Hedy"))]).await;
    let list = [("name", text("L")), ("guestId", Value::Id(user)), ("ownerId", Value::Id(user))];
    let list = super::world::add(&kvetch, 3, list).await;
    let store = pent::Store::new(kvetch, &tests::rules::generated::TABLE);
    let mut scope = pent::Scope::builder(&store).build();
    let cx = scope.cx();
    let refused = scope.run(cx.delete(kvetch::Delete::new(NodeType(2), user))).await.expect_err("a list is in the way");
    assert_eq!(refused.code(), "restricted");
    assert!(refused.is_conflict() && refused.is_public());
    assert!(!refused.to_string().contains(&list.to_string()), "{refused}");
}

#[tokio::test]
async fn the_system_may_write_whatever_the_rules_say() {
    let world = World::new().await;
    let mut scope = world.builder(Who::Anonymous).system().build();
    let cx = scope.cx();
    let list = scope.run(List::update(&cx, world.list, rename("forbidden"))).await.expect("no rule is asked");
    assert_eq!(list.name(), "forbidden");
    assert_eq!(scope.run(cx.counts(kvetch::EdgeType(3), vec![world.open_user])).await[0].as_ref().ok(), Some(&2));
    assert!(world.journal.take().is_empty());
}

fn entry(slug: &str, text: &str) -> CreateEntryData {
    CreateEntryData { slug: slug.to_owned(), text: text.to_owned() }
}

#[tokio::test]
async fn hooks_change_refuse_and_see_before_and_after() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let work = async {
        let created = Entry::create(&cx, entry("a", "  one ")).await?;
        assert_eq!(created.text(), "one");
        assert_eq!(world.journal.take(), ["before writing over \"nothing\"", "\"nothing\" became \"one\""]);

        let set = |text: &str| UpdateEntryData { text: Patch::Set(text.to_owned()), ..UpdateEntryData::default() };
        assert_eq!(Entry::update(&cx, created.id(), set("two  ")).await?.text(), "two");
        assert_eq!(world.journal.take(), ["before writing over \"one\"", "\"one\" became \"two\""]);

        let refused = Entry::update(&cx, created.id(), set("   ")).await.expect_err("it would be empty");
        assert_eq!(refused.code(), "EMPTY");
        assert_eq!(Entry::load(&cx, created.id()).await?.map(|entry| entry.text().to_owned()).as_deref(), Some("two"));
        assert!(world.journal.take().is_empty());

        assert_eq!(Entry::delete(&cx, created.id()).await?.text(), "two");
        assert_eq!(world.journal.take(), ["before deleting \"two\"", "\"two\" became \"nothing\""]);

        let kept = Entry::create(&cx, entry("b", "kept")).await?;
        world.journal.take();
        assert_eq!(Entry::delete(&cx, kept.id()).await.expect_err("it stays").code(), "KEPT");
        assert!(Entry::load(&cx, kept.id()).await?.is_some());
        Ok::<_, Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

#[tokio::test]
async fn hooks_run_for_mutations_upserts_and_many_at_once() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Anonymous);
    let query = "mutation { createEntry(data: {slug: \"a\", text: \" one \"}) { entry { text } } }";
    assert_eq!(world.data(&mut scope, query).await["createEntry"]["entry"], json!({ "text": "one" }));
    world.journal.take();

    let cx = scope.cx();
    let work = async {
        for (text, expected) in [(" two", "\"one\" became \"two\""), ("three ", "\"two\" became \"three\"")] {
            let upserted = Entry::upsert_by_slug(&cx, entry("a", text)).await?;
            assert_eq!(upserted.text(), text.trim());
            assert_eq!(world.journal.take().last().map(String::as_str), Some(expected));
        }
        Entry::upsert_by_slug(&cx, entry("new", "four")).await?;
        assert_eq!(world.journal.take().last().map(String::as_str), Some("\"nothing\" became \"four\""));

        let many = [("x", " x "), ("y", ""), ("a", "taken"), ("z", " z")];
        let created = Entry::create_many(&cx, many.map(|(slug, text)| entry(slug, text)).into()).await;
        let outcome = |created: &Result<Entry>| match created {
            Ok(entry) => entry.text().to_owned(),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(created.iter().map(outcome).collect::<Vec<_>>(), ["x", "EMPTY", "duplicate", "z"]);
        Ok::<_, Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

/// Each writer appends to what it has seen; none loses what another has written.
#[tokio::test]
async fn hooks_see_the_very_state_that_is_written_over() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let id = scope.run(Entry::create(&cx, entry("a", "start"))).await.expect("created").id();
    world.journal.take();
    let writers = (0..6).map(|number| {
        let mut scope = world.scope(Who::Owner);
        tokio::spawn(async move {
            let cx = scope.cx();
            let set = UpdateEntryData { text: Patch::Set(number.to_string()), ..UpdateEntryData::default() };
            scope.run(Entry::update(&cx, id, set)).await.map(|entry| entry.text().to_owned())
        })
    });
    let written = futures::future::join_all(writers).await;
    let written = written.into_iter().map(|written| written.expect("no panic").expect("written")).collect::<Vec<_>>();
    let mut steps: Vec<(String, String)> = Vec::new();
    for line in world.journal.take() {
        if let Some((before, after)) = line.split_once(" became ") {
            steps.push((before.trim_matches('"').to_owned(), after.trim_matches('"').to_owned()));
        }
    }
    assert_eq!(steps.len(), written.len());
    // The steps are one chain: each begins where another ended.
    let mut at = "start".to_owned();
    while let Some(position) = steps.iter().position(|(before, _)| *before == at) {
        at = steps.remove(position).1;
    }
    assert!(steps.is_empty(), "left over at {at:?}: {steps:?}");
}

/// The first list with that topic was written over.
#[tokio::test]
async fn an_upsert_by_a_value_that_is_not_unique_is_refused() {
    let world = World::new().await;
    let topic = TABLE.indexes.iter().find(|index| index.name == "List.topic").expect("the table has it").id;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let set = Props::from([("topic", "food"), ("name", "Overwritten")]);
    let refused = scope.run(cx.upsert(Upsert::new(NodeType(3), IndexId(topic), set))).await;
    assert_eq!(refused.expect_err("it is not unique").code(), "invalid_argument");
}

/// It made an entry without a text, which nobody could read.
#[tokio::test]
async fn a_hook_cannot_take_away_what_is_to_be_set() {
    let world = World::new().await;
    let mut scope = world.scope(Who::Owner);
    let cx = scope.cx();
    let refused = scope.run(Entry::create(&cx, entry("a", "taken away"))).await.expect_err("nothing is set");
    assert_eq!(refused.code(), "internal");
    assert!(scope.run(Entry::find_by_slug(&cx, "a")).await.expect("read").is_none());
}
