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
