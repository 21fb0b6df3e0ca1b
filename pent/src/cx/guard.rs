//! What stands between loads and those who make them: the rules of a table, asked once for each node of a scope.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use futures::future::join_all;
use kvetch::{EdgeType, Node, NodeType, Schema};

use super::Cx;
use super::definition::{Asked, NodeRules, NodeTypeDef, PrivacyDef};
use crate::error::{Error, Result};
use crate::rows::NodeSlot;
use crate::scope::{Found, Judging, Scope, Shared, Source};

/// The types of a table that have rules or hooks, by their numbers.
pub(crate) type Guarded = HashMap<NodeType, &'static NodeTypeDef>;

/// The guard of one scope.
pub(crate) struct Guard {
    judging: Judging<Judge>,
}

/// What is asked of all nodes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Question {
    /// Whether the viewer may see nodes of this type.
    Read(NodeType),
    /// Whether the viewer may follow this edge from nodes of this type.
    Follow(NodeType, EdgeType),
}

/// A node that is asked about, in the state in which it is: another version of it is another question.
#[derive(Debug, Clone)]
struct Subject(Arc<Node>);

impl Subject {
    fn key(&self) -> (&kvetch::NodeId, u64) {
        (&self.0.id, self.0.version)
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Subject {}

impl Hash for Subject {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Guard {
    /// Puts the rules of a table into a scope, for good.
    pub(crate) fn install(scope: &Scope, types: Arc<Guarded>) {
        let shared = scope.shared();
        let judge = Judge { types, shared: Arc::downgrade(&shared) };
        shared.set_guard(Arc::new(Self { judging: Judging::new(&shared, judge) }));
    }

    /// Whether these are the types it knows.
    pub(super) fn knows(&self, types: &Guarded) -> bool {
        let known = &self.judging.source().types;
        known.len() == types.len()
            && types.iter().all(|(id, def)| known.get(id).is_some_and(|known| std::ptr::eq(*known, *def)))
    }

    /// What is special about nodes of a type; `None` where nothing is.
    pub(super) fn definition(&self, node_type: NodeType) -> Option<&'static NodeTypeDef> {
        self.judging.source().types.get(&node_type).copied()
    }

    /// The rules for nodes of a type.
    pub(super) fn rules(&self, node_type: NodeType) -> Option<&'static PrivacyDef> {
        self.definition(node_type)?.privacy.as_ref()
    }

    /// Leaves out what the viewer may not see.
    pub(super) async fn shown(&self, shared: &Arc<Shared>, slots: Vec<NodeSlot>) -> Vec<NodeSlot> {
        self.allowed(shared, slots, |node_type| self.rules(node_type).map(|_| Question::Read(node_type))).await
    }

    /// Leaves out those from which the viewer may not follow an edge.
    pub(super) async fn followed(&self, shared: &Arc<Shared>, edge: EdgeType, from: Vec<NodeSlot>) -> Vec<NodeSlot> {
        let question = |node_type| {
            let rules = self.rules(node_type)?;
            rules.edges.iter().any(|(known, _)| *known == edge.0).then_some(Question::Follow(node_type, edge))
        };
        self.allowed(shared, from, question).await
    }

    /// Leaves out nodes of which a question is not answered by yes. `question` says which one there is for a type.
    async fn allowed(
        &self,
        shared: &Arc<Shared>,
        mut slots: Vec<NodeSlot>,
        question: impl Fn(NodeType) -> Option<Question>,
    ) -> Vec<NodeSlot> {
        let mut batches: Vec<(Question, Vec<usize>)> = Vec::new();
        for (position, slot) in slots.iter().enumerate() {
            let Ok(Some(node)) = slot else { continue };
            let Some(question) = question(node.node_type) else { continue };
            match batches.iter_mut().find(|(known, _)| *known == question) {
                Some((_, positions)) => positions.push(position),
                None => batches.push((question, vec![position])),
            }
        }
        let asked = batches.into_iter().map(|(question, positions)| {
            let subject = |position: &usize| match &slots[*position] {
                Ok(Some(node)) => Subject(node.clone()),
                _ => unreachable!("only nodes that are there are asked about"),
            };
            let subjects = positions.iter().map(subject).collect();
            let answers = self.judging.load_many(shared.clone(), question, subjects);
            async move { positions.into_iter().zip(answers.await).collect::<Vec<_>>() }
        });
        for (position, answer) in join_all(asked).await.into_iter().flatten() {
            match answer {
                Ok(Some(())) => {}
                Ok(None) => slots[position] = Ok(None),
                Err(error) => slots[position] = Err(Box::new(error)),
            }
        }
        slots
    }
}

/// Asks the rules, a batch at a time.
struct Judge {
    types: Arc<Guarded>,
    /// Not held on to: the scope holds the judge.
    shared: Weak<Shared>,
}

impl Judge {
    fn rules(&self, question: Question) -> Option<NodeRules> {
        match question {
            Question::Read(node_type) => Some(self.types.get(&node_type)?.privacy.as_ref()?.read),
            Question::Follow(node_type, edge) => {
                let edges = self.types.get(&node_type)?.privacy.as_ref()?.edges;
                edges.iter().find(|(known, _)| *known == edge.0).map(|(_, rules)| *rules)
            }
        }
    }
}

impl Source for Judge {
    type Unary = Question;
    type Key = Subject;
    type Value = ();

    fn name(&self) -> &str {
        "rules"
    }

    fn describe(&self, question: &Question) -> String {
        let cx = self.shared.upgrade().map(Cx::of);
        let type_name = |node_type| cx.as_ref().map(|cx| cx.type_name(node_type)).unwrap_or_default();
        match question {
            Question::Read(node_type) => format!("of {}", type_name(*node_type)),
            Question::Follow(node_type, edge) => {
                let edge = cx.as_ref().map(|cx| cx.edge_name(*edge)).unwrap_or_default();
                format!("of {} for {edge}", type_name(*node_type))
            }
        }
    }

    async fn load(&self, question: &Question, subjects: &[Subject]) -> Result<Found<Subject, ()>> {
        let shared =
            self.shared.upgrade().ok_or_else(|| Error::internal("rules were asked after their scope ended"))?;
        let rules = self.rules(*question).ok_or_else(|| Error::internal("a question without rules"))?;
        let nodes = subjects.iter().map(|subject| subject.0.clone()).collect::<Vec<_>>();
        let cx = Cx::of(shared).for_rules();
        let answers = rules(Asked { cx: &cx, subjects: &nodes }).await;
        let mut found = Found::new();
        for (subject, answer) in subjects.iter().cloned().zip(answers) {
            match answer {
                // What is denied is missing.
                Ok(false) => {}
                Ok(true) => found.insert(subject, ()),
                Err(error) => found.fail(subject, rule_failed(&error)),
            }
        }
        Ok(found)
    }
}

/// Where a kind of edge leads from and to.
pub(super) fn ends(schema: &Schema, edge: EdgeType) -> Option<(NodeType, NodeType)> {
    if let Ok(derived) = schema.edge(edge) {
        return Some((derived.from, derived.to));
    }
    let stored = schema.stored_edges().find(|stored| stored.id == edge || stored.inverse == edge)?;
    Some(if stored.id == edge { (stored.from, stored.to) } else { (stored.to, stored.from) })
}

/// The failure of a rule. Whatever it said, a client is not to read it: it speaks of what the viewer may not see.
pub(super) fn rule_failed(error: &Error) -> Error {
    Error::internal(format_args!("a privacy rule failed: {error}"))
}
