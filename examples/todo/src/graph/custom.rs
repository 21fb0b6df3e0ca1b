//! Custom fields and mutations, written by hand. `grapple` appends what is missing and edits nothing.

use super::generated::*;
use pent::{Cx, Entity, Result};

impl TodoListFields for TodoList {
    async fn open_item_count(&self, cx: &Cx) -> Result<i32> {
        let items = self.todo_items(cx, pent::Page::default()).await?;
        let open = items.iter().filter(|item| item.status() == TodoItemStatus::Open);
        Ok(i32::try_from(open.count())?)
    }
}

impl MutationFields for Mutation {
    async fn complete_list(cx: &Cx, data: CompleteListData) -> Result<Option<CompleteListPayload>> {
        todo!()
    }
}
