//! Generated types used without GraphQL, as a script would.

use kvetch::NodeId;
use pent::{Entity, Page, Patch, Scope};
use todo::graph::generated::{
    CreateTodoItemData, CreateTodoListData, CreateTodoUserData, TABLE, TodoItem, TodoItemStatus, TodoList, TodoUser,
    UpdateTodoItemData, UpdateTodoUserData,
};

async fn scope() -> Scope {
    let url = "memory:?shards=3".parse().expect("the URL is valid");
    Scope::new(pent::open(&[url], &TABLE).await.expect("a store in memory opens"))
}

fn user(username: &str) -> CreateTodoUserData {
    CreateTodoUserData { name: "Name".to_owned(), username: username.to_owned() }
}

#[tokio::test]
async fn what_was_created_is_loaded_found_and_browsed() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let ada = TodoUser::create(&cx, user("ada")).await?;
        let grace = TodoUser::create(&cx, user("grace")).await?;
        let absent = NodeId::generate();
        let many = TodoUser::load_many(&cx, &[grace.id(), absent, ada.id(), grace.id()]).await?;
        let names = many.iter().map(|user| user.as_ref().map(TodoUser::username)).collect::<Vec<_>>();
        assert_eq!(names, [Some("grace"), None, Some("ada"), Some("grace")]);
        assert_eq!(TodoUser::find_by_username(&cx, "ada").await?.map(|user| user.id()), Some(ada.id()));
        assert!(TodoUser::find_by_username(&cx, "nobody").await?.is_none());
        assert_eq!(TodoUser::browse(&cx, Page::default()).await?.len(), 2);
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

#[tokio::test]
async fn an_id_of_another_type_is_an_error_that_names_both() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let ada = TodoUser::create(&cx, user("ada")).await?;
        TodoList::load(&cx, ada.id()).await.map(|_| ())
    };
    let error = scope.run(work).await.expect_err("a user is no list");
    assert_eq!(error.code(), "wrong_type");
    assert!(error.to_string().contains("is a TodoUser, not a TodoList"), "{error}");
}

#[tokio::test]
async fn an_update_keeps_clears_and_sets() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let ada = TodoUser::create(&cx, user("ada")).await?;
        let data = CreateTodoListData { name: "list".to_owned(), owner_id: ada.id() };
        let list = TodoList::create(&cx, data).await?;
        let data =
            CreateTodoItemData { text: "text".to_owned(), todo_list_id: list.id(), status: TodoItemStatus::Open };
        let item = TodoItem::create(&cx, data).await?;
        assert_eq!(list.todo_items(&cx, Page::default()).await?.len(), 1);

        let set = UpdateTodoItemData { text: Patch::Set("other".to_owned()), ..Default::default() };
        let item = TodoItem::update(&cx, item.id(), set).await?;
        assert_eq!((item.text(), item.todo_list_id()), ("other", Some(list.id())));

        let clear = UpdateTodoItemData { todo_list_id: Patch::Clear, ..Default::default() };
        let item = TodoItem::update(&cx, item.id(), clear).await?;
        assert_eq!((item.text(), item.todo_list_id()), ("other", None));
        assert!(item.todo_list(&cx).await?.is_none());
        assert!(list.todo_items(&cx, Page::default()).await?.is_empty());
        assert_eq!(list.owner(&cx).await?.map(|owner| owner.id()), Some(ada.id()));
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

/// The types of an update can say "clear" of any value. Clearing one that is never null was written, and the
/// entity could not be read from then on.
#[tokio::test]
async fn what_is_never_null_is_not_cleared_from_rust_either() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let ada = TodoUser::create(&cx, user("ada")).await?;
        let clear = UpdateTodoUserData { name: Patch::Clear, ..Default::default() };
        let refused = TodoUser::update(&cx, ada.id(), clear).await.expect_err("the name is required");
        assert!(refused.to_string().contains("TodoUser.name cannot be null"), "{refused}");
        assert_eq!(TodoUser::load(&cx, ada.id()).await?.map(|user| user.name().to_owned()), Some("Name".to_owned()));
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

#[tokio::test]
async fn deleting_answers_with_what_it_was() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let ada = TodoUser::create(&cx, user("ada")).await?;
        assert_eq!(TodoUser::delete(&cx, ada.id()).await?.username(), "ada");
        assert!(TodoUser::load(&cx, ada.id()).await?.is_none());
        let again = TodoUser::delete(&cx, ada.id()).await.expect_err("it is gone");
        assert!(again.is_not_found(), "{again}");
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

#[tokio::test]
async fn a_listing_says_where_the_next_page_starts() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        for number in 0..5 {
            TodoUser::create(&cx, user(&format!("user {number}"))).await?;
        }
        let (mut lengths, mut next) = (Vec::new(), Some(Page { first: 2, after: None }));
        while let Some(page) = next {
            let users = TodoUser::browse(&cx, page).await?;
            lengths.push(users.len());
            next = users.next;
        }
        assert_eq!(lengths, [2, 2, 1]);

        let owner = TodoUser::create(&cx, user("owner")).await?;
        for number in 0..4 {
            TodoList::create(&cx, CreateTodoListData { name: number.to_string(), owner_id: owner.id() }).await?;
        }
        let lists = owner.todo_lists(&cx, Page { first: 3, after: None }).await?;
        assert_eq!(lists.iter().map(TodoList::name).collect::<Vec<_>>(), ["0", "1", "2"]);
        let rest = owner.todo_lists(&cx, lists.next.expect("one more follows")).await?;
        assert_eq!((rest.len(), rest.next), (1, None));
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

#[tokio::test]
async fn what_becomes_of_absent_ids_is_the_callers_choice() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let (ada, grace) = (TodoUser::create(&cx, user("ada")).await?, TodoUser::create(&cx, user("grace")).await?);
        let absent = NodeId::generate();
        let ids = [grace.id(), absent, ada.id(), grace.id()];
        let present = TodoUser::load_present(&cx, &ids).await?;
        assert_eq!(present.iter().map(TodoUser::username).collect::<Vec<_>>(), ["grace", "ada", "grace"]);
        let missing = TodoUser::load_all(&cx, &ids).await.expect_err("one is absent");
        assert_eq!(missing.to_string(), format!("no TodoUser has the id {absent}"));
        assert!(missing.is_not_found());
        assert_eq!(TodoUser::load_all(&cx, &[ada.id(), ada.id()]).await?.len(), 2);
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

#[tokio::test]
async fn many_are_created_at_once_and_one_that_fails_harms_no_other() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        // Known to be absent from here on, until they are written.
        assert!(TodoUser::find_by_username(&cx, "b").await?.is_none());
        let created = TodoUser::create_many(&cx, vec![user("a"), user("b"), user("a"), user("c")]).await;
        let codes = created.iter().map(|user| user.as_ref().err().map(pent::Error::code)).collect::<Vec<_>>();
        assert_eq!(codes.iter().filter(|code| **code == Some("duplicate")).count(), 1, "{codes:?}");
        assert_eq!(created.iter().filter(|user| user.is_ok()).count(), 3);
        assert!(TodoUser::find_by_username(&cx, "b").await?.is_some());
        assert_eq!(TodoUser::browse(&cx, Page::default()).await?.len(), 3);
        assert!(TodoUser::create_many(&cx, Vec::new()).await.is_empty());
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

#[tokio::test]
async fn an_upsert_changes_who_has_the_value_or_creates_who_has_it() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let created = TodoUser::upsert_by_username(&cx, user("ada")).await?;
        let renamed = CreateTodoUserData { name: "Countess".to_owned(), username: "ada".to_owned() };
        let changed = TodoUser::upsert_by_username(&cx, renamed).await?;
        assert_eq!((changed.id(), changed.name()), (created.id(), "Countess"));
        assert_eq!(
            TodoUser::load(&cx, created.id()).await?.map(|user| user.name().to_owned()),
            Some("Countess".into())
        );
        assert_ne!(TodoUser::upsert_by_username(&cx, user("grace")).await?.id(), created.id());
        assert_eq!(TodoUser::browse(&cx, Page::default()).await?.len(), 2);
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}

/// A write of one type that names an entity of another says so, with both names, before anything is written.
#[tokio::test]
async fn a_write_to_an_id_of_another_type_is_an_error_that_names_both() {
    let mut scope = scope().await;
    let cx = scope.cx();
    let work = async {
        let ada = TodoUser::create(&cx, user("ada")).await?;
        for refused in [
            TodoList::delete(&cx, ada.id()).await.map(|_| ()),
            TodoItem::update(&cx, ada.id(), UpdateTodoItemData::default()).await.map(|_| ()),
        ] {
            let error = refused.expect_err("a user is neither list nor item");
            assert_eq!(error.code(), "wrong_type");
            assert!(error.to_string().contains("is a TodoUser, not a Todo"), "{error}");
        }
        assert!(TodoUser::load(&cx, ada.id()).await?.is_some());
        Ok::<_, pent::Error>(())
    };
    scope.run(work).await.expect("all of it works");
}
