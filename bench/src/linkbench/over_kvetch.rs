//! The operations over the public interface of Kvetch.

use kvetch::{
    Answer, Create, Delete, DeleteEdge, EdgeRead, Error, Kvetch, Order, PutEdge, Read, Result, Update, Written,
};

use super::Requester;
use super::loading::{LINKS, NODE};
use super::mix::Request;

/// Links of a list that are asked for at most, as LinkBench does.
pub(super) const LIST_LINKS_MAX: u32 = 10_000;

/// One who asks Kvetch.
pub(super) struct OverKvetch(pub(super) Kvetch);

impl Requester for OverKvetch {
    async fn request(&mut self, request: Request) -> usize {
        match request {
            Request::GetLinkList { from } => {
                let read = EdgeRead { order: Order::Descending, ..EdgeRead::new(LINKS, LIST_LINKS_MAX) };
                self.read(Read::Edges { read, from: vec![from] }).await
            }
            Request::GetNode { id } => self.read(Read::Nodes { ids: vec![id] }).await,
            Request::CountLink { from } => self.read(Read::Counts { edge: LINKS, from: vec![from] }).await,
            Request::MultigetLink { from, to } => self.read(Read::Edge { edge: LINKS, from, to }).await,
            Request::PutLink { from, to, props } => {
                done(self.0.put_edge(PutEdge { props, ..PutEdge::new(LINKS, from, to) }).await)
            }
            Request::DeleteLink { from, to } => done(self.0.delete_edge(DeleteEdge::new(LINKS, from, to)).await),
            Request::AddNode { props } => done(self.0.create(Create::new(NODE, props)).await),
            Request::UpdateNode { id, props } => done(self.0.update(Update::new(NODE, id, props)).await),
            Request::DeleteNode { id } => done(self.0.delete(Delete::new(NODE, id)).await),
        }
    }
}

impl OverKvetch {
    async fn read(&self, read: Read) -> usize {
        let mut round = self.0.round(vec![read]).await;
        match std::hint::black_box(round.answers.pop()) {
            Some(Answer::Nodes(nodes)) => nodes.into_iter().map(whole).filter(Option::is_some).count(),
            Some(Answer::Edges(pages)) => pages.into_iter().map(whole).map(|page| page.edges.len()).sum(),
            Some(Answer::Counts(counts)) => counts.into_iter().map(whole).filter(|count| *count > 0).count(),
            Some(Answer::Edge(edges)) => edges.into_iter().map(whole).filter(Option::is_some).count(),
            other => panic!("nobody asked for {other:?}"),
        }
    }
}

fn whole<T>(answer: Result<T>) -> T {
    answer.unwrap_or_else(|error| panic!("{error}"))
}

/// A node or a link that somebody deleted is not there any more.
fn done(written: Result<Written>) -> usize {
    match written {
        Ok(_) => 1,
        Err(Error::NotFound { .. } | Error::EdgeNotFound { .. }) => 0,
        Err(error) => panic!("{error}"),
    }
}
