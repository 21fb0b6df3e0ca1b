//! The data that all contenders answer from: one copy, in memory.

use std::sync::{Arc, LazyLock};

use async_graphql::SimpleObject;
use juniper::GraphQLObject;
use serde::Serialize;

/// Everything.
pub(crate) static DATA: LazyLock<Data> = LazyLock::new(Data::make);

/// The roots of the three queries.
pub(crate) struct Data {
    pub(crate) items: Arc<Vec<Item>>,
    pub(crate) groups: Arc<Vec<Group>>,
    pub(crate) user: Arc<User>,
}

#[derive(Debug, Clone, Serialize, SimpleObject, GraphQLObject)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) done: bool,
    pub(crate) rank: i32,
    pub(crate) score: f64,
}

#[derive(Debug, Clone, Serialize, SimpleObject, GraphQLObject)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) items: Vec<Item>,
}

#[derive(Debug, Clone, Serialize, SimpleObject, GraphQLObject)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) lists: Vec<List>,
}

#[derive(Debug, Clone, Serialize, SimpleObject, GraphQLObject)]
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) items: Vec<Todo>,
}

#[derive(Debug, Clone, Serialize, SimpleObject, GraphQLObject)]
pub(crate) struct Todo {
    pub(crate) text: String,
}

/// The three fields that the second query selects.
#[derive(Serialize)]
struct Brief<'a> {
    id: &'a str,
    name: &'a str,
    done: bool,
}

fn item(number: i32) -> Item {
    Item {
        id: format!("{number:032x}"),
        name: format!("item number {number}"),
        done: number % 3 == 0,
        rank: number,
        score: f64::from(number) / 8.0,
    }
}

/// So many items.
pub(super) fn items(count: usize) -> Vec<Item> {
    (0..i32::try_from(count).expect("their numbers are of GraphQL")).map(item).collect()
}

/// A response of them, written by serde_json.
pub(super) fn serialised_items(items: &[Item]) -> Vec<u8> {
    serde_json::to_vec(&Response { data: Items { items } }).expect("the data is JSON")
}

#[derive(Serialize)]
struct Response<T> {
    data: T,
}

#[derive(Serialize)]
struct Items<'a> {
    items: &'a [Item],
}

impl Data {
    fn make() -> Self {
        let group = |number: i32| Group {
            name: format!("group {number}"),
            items: (0..100).map(|within| item(number * 100 + within)).collect(),
        };
        let todo = |number: i32| Todo { text: format!("buy the present number {number}") };
        let list = |number: i32| List { name: format!("list {number}"), items: (0..5).map(todo).collect() };
        Self {
            items: Arc::new((0..10_000).map(item).collect()),
            groups: Arc::new((0..100).map(group).collect()),
            user: Arc::new(User { name: "Ada".to_owned(), lists: (0..10).map(list).collect() }),
        }
    }
}

/// The response to a query, written from the typed structs by serde_json.
pub(crate) fn serialised(query: &str) -> Vec<u8> {
    #[derive(Serialize)]
    struct Groups<'a> {
        groups: Briefly<'a>,
    }
    #[derive(Serialize)]
    struct Users<'a> {
        user: &'a User,
    }
    let written = if query.contains("groups") {
        serde_json::to_vec(&Response { data: Groups { groups: Briefly(&DATA.groups) } })
    } else if query.contains("items { id") {
        serde_json::to_vec(&Response { data: Items { items: &DATA.items } })
    } else {
        serde_json::to_vec(&Response { data: Users { user: &DATA.user } })
    };
    written.expect("the data is JSON")
}

/// Groups with three fields of their items.
struct Briefly<'a>(&'a [Group]);

impl Serialize for Briefly<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct BriefGroup<'a> {
            name: &'a str,
            items: BriefItems<'a>,
        }
        struct BriefItems<'a>(&'a [Item]);
        impl Serialize for BriefItems<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.iter().map(|item| Brief {
                    id: &item.id,
                    name: &item.name,
                    done: item.done,
                }))
            }
        }
        let groups = self.0.iter().map(|group| BriefGroup { name: &group.name, items: BriefItems(&group.items) });
        serializer.collect_seq(groups)
    }
}
