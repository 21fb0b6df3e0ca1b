//! Fields and mutations written by hand. `grapple generate` appends what is missing and edits nothing.

use pent::{Cx, Entity, Page, Patch, Result};

use super::generated::{
    CompleteListData, CompleteListPayload, Mutation, MutationFields, TodoItem, TodoItemStatus, TodoList,
    TodoListFields, UpdateTodoItemData,
};

impl TodoListFields for TodoList {
    /// How many of the list's items are still open.
    async fn open_item_count(&self, cx: &Cx) -> Result<i32> {
        let open = open_items(self, cx).await?.len();
        Ok(i32::try_from(open).unwrap_or(i32::MAX))
    }
}

impl MutationFields for Mutation {
    /// Marks every open item of a list as completed.
    async fn complete_list(cx: &Cx, data: CompleteListData) -> Result<Option<CompleteListPayload>> {
        let Some(list) = TodoList::load(cx, data.todo_list_id).await? else {
            return Ok(None);
        };
        for item in open_items(&list, cx).await? {
            let completed =
                UpdateTodoItemData { status: Patch::Set(TodoItemStatus::Completed), ..UpdateTodoItemData::default() };
            TodoItem::update(cx, item.id(), completed).await?;
        }
        Ok(Some(CompleteListPayload { todo_list: Some(list) }))
    }
}

async fn open_items(list: &TodoList, cx: &Cx) -> Result<Vec<TodoItem>> {
    let mut open = Vec::new();
    let mut next = Some(Page::default());
    while let Some(page) = next {
        let items = list.todo_items(cx, page).await?;
        next = items.next;
        open.extend(items.into_iter().filter(|item| item.status() == TodoItemStatus::Open));
    }
    Ok(open)
}
