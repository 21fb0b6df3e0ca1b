//! Fields and mutations written by hand. `grapple generate` appends what is missing and edits nothing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use kvetch::{Create, NodeId, NodeType, Props, Value};
use pent::{Change, Cx, Draft, Entity, Error, Found, Hooks, Result, Rule, Rules, Source, Verdict};
use tokio::sync::RwLock;

use super::generated::{
    Entry, Fragile, FragilePrivacy, List, ListFields, ListPrivacy, Pair, Query, QueryFields, User, UserPrivacy,
};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The user who has logged in.
    pub user: NodeId,
    /// Whether it may see what lists keep secret.
    pub is_keeper: bool,
}

/// What hooks and rules have been told, in the state of a scope: how many subjects at a time.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    /// Writes a line.
    ///
    /// # Panics
    /// When a test panicked while it wrote.
    pub fn note(&self, line: impl Into<String>) {
        self.0.lock().expect("no test panics with the lock").push(line.into());
    }

    /// All lines so far, of which none is left.
    ///
    /// # Panics
    /// When a test panicked while it wrote.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no test panics with the lock"))
    }
}

/// A list is its owner's; guests of open users are everybody's.
struct OwnerMay;

impl Rule<List> for OwnerMay {
    async fn judge(&self, cx: &Cx, lists: &[List]) -> Result<Vec<Verdict>> {
        cx.state::<Journal>().note(format!("owner of {}", lists.len()));
        let viewer = cx.viewer::<Viewer>().map(|viewer| viewer.user);
        let is_owner = |list: &List| viewer.is_some() && list.owner_id() == viewer;
        Ok(lists.iter().map(|list| Verdict::allow_if(is_owner(list))).collect())
    }
}

/// Nobody sees the lists of a user who is blocked. Users have rules of their own, which do not apply here.
struct NotOfTheBlocked;

impl Rule<List> for NotOfTheBlocked {
    async fn judge(&self, cx: &Cx, lists: &[List]) -> Result<Vec<Verdict>> {
        let owners = lists.iter().filter_map(List::owner_id).collect::<Vec<_>>();
        let owners = User::load_present(cx, &owners).await?;
        let blocked = owners.iter().filter(|owner| owner.blocked()).map(User::id).collect::<HashSet<_>>();
        let is_blocked = |list: &List| list.owner_id().is_some_and(|owner| blocked.contains(&owner));
        Ok(lists.iter().map(|list| Verdict::deny_if(is_blocked(list))).collect())
    }
}

fn is_self(cx: &Cx, user: &User) -> Verdict {
    Verdict::allow_if(cx.viewer::<Viewer>().is_some_and(|viewer| viewer.user == user.id()))
}

fn is_known(cx: &Cx) -> Verdict {
    Verdict::allow_if(cx.viewer::<Viewer>().is_some())
}

impl UserPrivacy for User {
    fn may_read() -> Rules<Self> {
        Rules::new().each(is_self)
    }

    fn may_create() -> Rules<Change<Self>> {
        Rules::everybody()
    }

    fn may_update() -> Rules<Change<Self>> {
        Rules::new().each(|cx, change: &Change<Self>| is_self(cx, change.entity()))
    }

    fn may_delete() -> Rules<Change<Self>> {
        Rules::new()
    }
}

impl ListPrivacy for List {
    fn may_read() -> Rules<Self> {
        Rules::new().rule(NotOfTheBlocked).rule(OwnerMay).each(|_, list: &Self| {
            // The lists of open users are everybody's, and so is a list without an owner.
            Verdict::allow_if(list.owner_id().is_none())
        })
    }

    /// Whoever is known may create lists for others, too.
    fn may_create() -> Rules<Change<Self>> {
        Rules::new().each(|cx, _| is_known(cx))
    }

    /// The owner may, and may give a list away unless it is called after them.
    fn may_update() -> Rules<Change<Self>> {
        Rules::new()
            .each(|_, change: &Change<Self>| {
                Verdict::deny_if(change.after.as_ref().is_some_and(|after| after.name() == "forbidden"))
            })
            .of_entity(OwnerMay)
    }

    fn may_delete() -> Rules<Change<Self>> {
        Rules::new()
            .each(|_, change: &Change<Self>| Verdict::deny_if(change.entity().name() == "kept"))
            .of_entity(OwnerMay)
    }

    fn may_read_secrets() -> Rules<Self> {
        Rules::new().each(|cx, _| Verdict::allow_if(cx.viewer::<Viewer>().is_some_and(|viewer| viewer.is_keeper)))
    }
}

impl FragilePrivacy for Fragile {
    fn may_read() -> Rules<Self> {
        Rules::new().rule(AsItSays)
    }

    fn may_create() -> Rules<Change<Self>> {
        Rules::new().of_result(AsItSays)
    }

    fn may_update() -> Rules<Change<Self>> {
        Rules::new().of_result(AsItSays)
    }

    fn may_delete() -> Rules<Change<Self>> {
        Rules::new().of_entity(AsItSays)
    }
}

/// Does what the entity says.
struct AsItSays;

impl Rule<Fragile> for AsItSays {
    async fn judge(&self, cx: &Cx, subjects: &[Fragile]) -> Result<Vec<Verdict>> {
        if subjects.iter().any(|subject| subject.rule() == "writes") {
            cx.create(Create::new(NodeType(2), Props::from([("name", "made by a rule")]))).await?;
        }
        if subjects.iter().any(|subject| subject.rule() == "waits") {
            // More than the runtime lets a task do at once.
            let lock = RwLock::new(());
            let loads = (0..200).map(|_| async {
                drop(lock.read().await);
                User::load(cx, NodeId::generate()).await
            });
            join_all(loads).await.into_iter().collect::<Result<Vec<_>>>()?;
            return Ok(vec![Verdict::Allow; subjects.len()]);
        }
        if subjects.iter().any(|subject| subject.rule() == "fails") {
            return Err(Error::user("SWORDFISH", "the password is swordfish"));
        }
        assert!(!subjects.iter().any(|subject| subject.rule() == "panics"), "the password is swordfish");
        if subjects.iter().any(|subject| subject.rule() == "miscounts") {
            return Ok(vec![Verdict::Allow; subjects.len() + 1]);
        }
        let verdict = |subject: &Fragile| match subject.rule() {
            "allows" => Verdict::Allow,
            "skips" => Verdict::Skip,
            _ => Verdict::Deny,
        };
        Ok(subjects.iter().map(verdict).collect())
    }
}

impl Hooks for Entry {
    /// Texts are trimmed, and not empty; who writes signs.
    async fn before_write(cx: &Cx, draft: &mut Draft<Self>) -> Result<()> {
        let was = draft.before.as_ref().map_or("nothing", |entry| entry.text()).to_owned();
        let Some(set) = &mut draft.set else {
            cx.state::<Journal>().note(format!("before deleting {was:?}"));
            return if was == "kept" { Err(Error::user("KEPT", "this entry stays")) } else { Ok(()) };
        };
        if let Some(Value::Text(text)) = set.get("text").cloned() {
            let text = text.trim().to_owned();
            if text.is_empty() {
                return Err(Error::user("EMPTY", "an entry has a text"));
            }
            if text == "taken away" {
                draft.set = None;
                return Ok(());
            }
            set.insert("text", text);
        }
        cx.state::<Journal>().note(format!("before writing over {was:?}"));
        Ok(())
    }

    async fn after_write(cx: &Cx, change: Change<Self>) -> Result<()> {
        let text = |entry: &Option<Self>| entry.as_ref().map_or("nothing", |entry| entry.text()).to_owned();
        cx.state::<Journal>().note(format!("{:?} became {:?}", text(&change.before), text(&change.after)));
        Ok(())
    }
}

impl ListFields for List {
    /// The name, by hand.
    async fn label(&self, _: &Cx) -> Result<String> {
        Ok(self.name().to_owned())
    }
}

/// Lists as the system sees them.
struct Lists(Cx);

impl Source for Lists {
    type Unary = ();
    type Key = NodeId;
    type Value = Option<List>;

    fn name(&self) -> &str {
        "lists"
    }

    async fn load(&self, (): &(), ids: &[NodeId]) -> Result<Found<NodeId, Option<List>>> {
        Ok(ids.iter().copied().zip(List::load_many(&self.0, ids).await?).collect())
    }
}

impl QueryFields for Query {
    /// A list that code has read as the system.
    async fn leaked(cx: &Cx, id: NodeId) -> Result<Option<List>> {
        List::load(&cx.system(), id).await
    }

    /// The same out of a source of one's own.
    async fn leaked_by_source(cx: &Cx, id: NodeId) -> Result<Option<List>> {
        let lists = cx.loader::<Lists>().unwrap_or_else(|| cx.source(Lists(cx.system())));
        let loaded = lists.load((), id).await?;
        lists.prime(&(), id, loaded.clone());
        Ok(loaded.flatten())
    }

    /// The same for many.
    async fn leaked_many(cx: &Cx, ids: Vec<NodeId>) -> Result<Vec<List>> {
        List::load_present(&cx.system(), &ids).await
    }

    /// The same inside a plain object.
    async fn leaked_pair(cx: &Cx, id: NodeId) -> Result<Option<Pair>> {
        let list = List::load(&cx.system(), id).await?;
        Ok(Some(Pair { left: list.clone(), right: Some(vec![list.clone(), None, list]), number: 7 }))
    }
}
