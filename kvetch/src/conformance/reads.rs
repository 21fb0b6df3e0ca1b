//! What reads answer.

use std::ops::Bound;

use crate::{
    Answer, Create, Delete, DeleteEdge, Edge, EdgeAfter, EdgeRead, EntryPage, IndexId, IndexRead, Kvetch, NodeId,
    Order, Props, PutEdge, Read, ReadKind, Result, ScanRead, SortRange, Timestamp, Update, Value, ValueRange,
};

use super::fixture::*;

pub(super) async fn answers_come_in_the_order_of_the_keys_with_repeats_and_gaps(store: Kvetch) {
    let (ada, bob) = (created(&store, user("ada")).await, created(&store, user("bob")).await);
    let missing = NodeId::generate();
    let answers = nodes(&store, &[bob.id, missing, ada.id, bob.id]).await;
    assert_eq!(answers, [Ok(Some(bob.clone())), Ok(None), Ok(Some(ada)), Ok(Some(bob))]);
}

pub(super) async fn pages_of_edges_go_both_ways_from_either_kind_of_cursor(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    let mut lists = Vec::new();
    for rank in 0..7 {
        lists.push(created(&store, list(owner.id, rank)).await.id);
    }
    for order in [Order::Ascending, Order::Descending] {
        let (mut by_id, mut by_place) = (Vec::new(), Vec::new());
        let (mut id, mut place) = (None, None);
        loop {
            let read = |after| EdgeRead { after, order, ..EdgeRead::new(RANKED, 3) };
            let (a, b) = (page(&store, read(id), owner.id).await, page(&store, read(place), owner.id).await);
            assert!(a.edges.len() <= 3, "a page has more edges than it was asked for");
            let last = a.edges.last().unwrap();
            id = Some(EdgeAfter::Node(last.to));
            place = Some(EdgeAfter::Position { sort_key: last.sort_key, to: last.to });
            by_id.extend(ids_of(&a));
            by_place.extend(ids_of(&b));
            assert!(by_id.len() <= 7, "pages never end");
            if !a.has_next {
                break;
            }
        }
        assert_eq!(by_id, lists);
        assert_eq!(by_place, lists);
        lists.reverse();
    }
}

pub(super) async fn a_page_of_nothing_is_empty_and_a_page_too_large_is_refused(store: Kvetch) {
    let owner = created(&store, user("ada")).await;
    created(&store, list(owner.id, 1)).await;
    let none = page(&store, EdgeRead { first: 0, ..all(LISTS) }, owner.id).await;
    assert!(none.edges.is_empty() && !none.has_next);
    let refused = pages(&store, EdgeRead { first: 10_001, ..all(LISTS) }, &[owner.id]).await;
    assert_eq!(refused[0].as_ref().unwrap_err().code(), "over_limit");
}

pub(super) async fn a_round_counts_one_statement_for_each_read_shard_and_chunk(store: Kvetch) {
    let ids: Vec<NodeId> = (0..1500).map(|_| NodeId::generate()).collect();
    let reads = vec![Read::Nodes { ids: ids.clone() }, Read::Counts { edge: LISTS, from: ids.clone() }];
    let round = store.round(reads).await;
    let here =
        |shard: usize| ids.iter().filter(|id| store.shard_map().shard_of(id.virtual_shard()).get() == shard).count();
    let chunks = |kind| {
        let of_shard = store.shards().iter().enumerate();
        of_shard.map(|(number, shard)| here(number).div_ceil(shard.keys_per_statement(kind))).sum::<usize>()
    };
    let statements = (chunks(ReadKind::Nodes) + chunks(ReadKind::Counts)) as u64;
    assert_eq!((round.stats.statements, round.stats.keys), (statements, 3000));
}

async fn ranked(store: &Kvetch, owner: NodeId, number: i64) -> Vec<NodeId> {
    let lists = (0..number).map(|rank| Create { id: Some(spread(rank as u64)), ..list(owner, rank) });
    store.create_many(lists.collect()).await.into_iter().map(|written| written.unwrap().node.id).collect()
}

pub(super) async fn a_range_of_sort_keys_cuts_a_page_on_both_sides(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    let lists = ranked(&store, owner, 10).await;
    for (at_least, below, expected) in [
        (Some(2), Some(5), 2..5),
        (Some(7), None, 7..10),
        (None, Some(3), 0..3),
        (Some(4), Some(4), 0..0),
        (Some(8), Some(2), 0..0),
        (Some(-5), Some(50), 0..10),
    ] {
        for order in [Order::Ascending, Order::Descending] {
            let mut expected = lists[expected.clone()].to_vec();
            if order == Order::Descending {
                expected.reverse();
            }
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let range = SortRange { at_least, below };
                let page = page(&store, EdgeRead { after, order, range, ..EdgeRead::new(RANKED, 2) }, owner).await;
                found.extend(ids_of(&page));
                assert!(found.len() <= 10, "pages never end");
                after = page.edges.last().map(|last| EdgeAfter::Node(last.to));
                if !page.has_next {
                    break;
                }
            }
            assert_eq!(found, expected, "from {at_least:?} below {below:?}, {order:?}");
        }
    }
}

/// A cursor from before the range must not lead out of it.
pub(super) async fn a_cursor_outside_of_the_range_leads_into_it(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    let lists = ranked(&store, owner, 8).await;
    let range = SortRange { at_least: Some(3), below: Some(6) };
    let check = async |sort_key: i64, order, expected: Vec<NodeId>| {
        let after = Some(EdgeAfter::Position { sort_key, to: lists[sort_key as usize] });
        let page = page(&store, EdgeRead { after, order, range, ..EdgeRead::new(RANKED, 10) }, owner).await;
        assert_eq!((ids_of(&page), page.has_next), (expected, false), "after {sort_key} {order:?}");
    };
    check(1, Order::Ascending, lists[3..6].to_vec()).await;
    check(7, Order::Ascending, Vec::new()).await;
    check(7, Order::Descending, vec![lists[5], lists[4], lists[3]]).await;
    check(1, Order::Descending, Vec::new()).await;
}

pub(super) async fn edges_of_equal_sort_keys_go_by_id(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    let lists = (0..9).map(|number| Create { created: Some(Timestamp(5)), id: Some(spread(number)), ..list(owner, 0) });
    let mut ids: Vec<NodeId> =
        store.create_many(lists.collect()).await.into_iter().map(|written| written.unwrap().node.id).collect();
    ids.sort_unstable();
    for edge in [LISTS, RANKED] {
        let (mut found, mut after) = (Vec::new(), None);
        while found.len() < ids.len() {
            let page = page(&store, EdgeRead { after, ..EdgeRead::new(edge, 2) }, owner).await;
            found.extend(ids_of(&page));
            assert!(!page.edges.is_empty(), "pages end too early");
            after = page.edges.last().map(|last| EdgeAfter::Position { sort_key: last.sort_key, to: last.to });
        }
        assert_eq!(found, ids);
    }
}

pub(super) async fn a_cursor_outlives_its_edge_and_names_its_loss(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    let lists = ranked(&store, owner, 5).await;
    let other = created(&store, user("bob")).await.id;
    let after = |after| EdgeRead { after: Some(after), ..EdgeRead::new(RANKED, 10) };
    // The edge is gone and the node is not: its place follows from the node.
    store.update(Update::new(LIST, lists[1], Props::from([("ownerId", other)]))).await.unwrap();
    assert_eq!(ids_of(&page(&store, after(EdgeAfter::Node(lists[1])), owner).await), lists[2..]);
    store.delete(Delete::new(LIST, lists[3])).await.unwrap();
    let lost = pages(&store, after(EdgeAfter::Node(lists[3])), &[owner, other]).await;
    assert!(lost.iter().all(|page| page.as_ref().is_err_and(|error| error.code() == "cursor_gone")), "{lost:?}");
    let by_place = EdgeAfter::Position { sort_key: 3, to: lists[3] };
    assert_eq!(ids_of(&page(&store, after(by_place), owner).await), lists[4..]);
}

async fn edge(store: &Kvetch, read: Read) -> Vec<Result<Option<Edge>>> {
    let Some(Answer::Edge(edges)) = store.round(vec![read]).await.answers.pop() else { panic!("another answer") };
    edges
}

pub(super) async fn single_edges_are_there_or_not_with_their_props(store: Kvetch) {
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(created(&store, Create { id: Some(spread(number)), ..user(&format!("user{number}")) }).await.id);
    }
    let props = Props::from([("since", 3)]);
    store.put_edge(PutEdge { props: props.clone(), ..PutEdge::new(FOLLOWS, people[0], people[2]) }).await.unwrap();
    store.put_edge(PutEdge::new(FOLLOWS, people[0], people[3])).await.unwrap();
    store.delete_edge(DeleteEdge::new(FOLLOWS, people[0], people[3])).await.unwrap();
    let to = vec![people[3], people[2], NodeId::generate(), people[1], people[2]];
    let found = edge(&store, Read::Edge { edge: FOLLOWS, from: people[0], to }).await;
    let there: Vec<bool> = found.iter().map(|edge| edge.as_ref().unwrap().is_some()).collect();
    assert_eq!(there, [false, true, false, false, true]);
    let Ok(Some(followed)) = &found[1] else { panic!("it is there") };
    assert_eq!(followed.props.as_ref().unwrap().to_props().unwrap(), props);
    let back = edge(&store, Read::Edge { edge: FOLLOWERS, from: people[2], to: vec![people[0]] }).await;
    assert_eq!(back[0].as_ref().unwrap().as_ref().unwrap().sort_key, followed.sort_key);
    let list = created(&store, list(people[0], 7)).await.id;
    let derived = edge(&store, Read::Edge { edge: RANKED, from: people[0], to: vec![list] }).await;
    assert_eq!(derived, [Ok(Some(Edge { to: list, sort_key: 7, props: None }))]);
    assert!(edge(&store, Read::Edge { edge: FOLLOWS, from: people[0], to: vec![] }).await.is_empty());
}

async fn scan(store: &Kvetch, read: ScanRead, ranges: Vec<ValueRange>) -> Vec<Result<EntryPage>> {
    let Some(Answer::Scan(pages)) = store.round(vec![Read::Scan { read, ranges }]).await.answers.pop() else {
        panic!("another answer")
    };
    pages
}

async fn scan_all(store: &Kvetch, index: IndexId, range: ValueRange, first: u32) -> Vec<(Value, NodeId)> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = scan(store, ScanRead { index, first, after }, vec![range.clone()]).await.remove(0).unwrap();
        assert!(page.entries.len() <= first as usize);
        assert!(!page.entries.is_empty() || !page.has_next, "pages end too early");
        found.extend(page.entries);
        assert!(found.len() < 1000, "pages never end");
        after = found.last().cloned();
        if !page.has_next {
            return found;
        }
    }
}

pub(super) async fn a_range_index_is_scanned_in_order_over_all_shards(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    let lists = ranked(&store, owner, 12).await;
    let twice = created(&store, list(owner, 5)).await.id;
    let mut entries: Vec<(i64, NodeId)> = lists.iter().enumerate().map(|(rank, id)| (rank as i64, *id)).collect();
    entries.push((5, twice));
    entries.sort_unstable();
    let bound = |value: i64| Value::Int(value);
    let between = |lower, upper| ValueRange::Between { lower, upper };
    for (range, keep) in [
        (ValueRange::all(), (-9, 99)),
        (ValueRange::between(3, 6), (3, 7)),
        (between(Bound::Excluded(bound(3)), Bound::Excluded(bound(6))), (4, 6)),
        (between(Bound::Included(bound(8)), Bound::Unbounded), (8, 99)),
        (between(Bound::Unbounded, Bound::Excluded(bound(5))), (-9, 5)),
        (ValueRange::between(6, 3), (0, 0)),
        (ValueRange::between("a", "z"), (0, 0)),
    ] {
        let expected: Vec<(Value, NodeId)> = entries
            .iter()
            .filter(|(rank, _)| (keep.0..keep.1).contains(rank))
            .map(|(rank, id)| (Value::Int(*rank), *id))
            .collect();
        for first in [1, 4, 100] {
            assert_eq!(scan_all(&store, BY_RANK, range.clone(), first).await, expected, "{range:?}");
        }
    }
    let none = scan(&store, ScanRead::new(BY_RANK, 0), vec![ValueRange::all(), ValueRange::all()]).await;
    assert_eq!(none, [Ok(EntryPage::default()), Ok(EntryPage::default())]);
}

pub(super) async fn a_range_index_is_scanned_by_prefix(store: Kvetch) {
    let mut all = Vec::new();
    for (number, title) in ["", "a", "ab", "abc", "abd", "ac", "b", "\u{10ffff}", "\u{10ffff}x"].iter().enumerate() {
        let create = Create::new(LIST, Props::from([("title", *title)]));
        let id = created(&store, Create { id: Some(spread(number as u64)), ..create }).await.id;
        all.push((Value::from(*title), id));
    }
    let with = |prefix: &str| {
        let starts = |entry: &&(Value, NodeId)| matches!(&entry.0, Value::Text(text) if text.starts_with(prefix));
        all.iter().filter(starts).cloned().collect::<Vec<_>>()
    };
    for prefix in ["", "a", "ab", "abc", "x", "\u{10ffff}"] {
        assert_eq!(scan_all(&store, BY_TITLE, ValueRange::prefix(prefix), 2).await, with(prefix), "{prefix:?}");
    }
}

pub(super) async fn a_scan_that_makes_no_sense_fails_alone(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    ranked(&store, owner, 3).await;
    let ranges = vec![
        ValueRange::all(),
        ValueRange::between(1, "b"),
        ValueRange::Prefix(Value::Int(1)),
        ValueRange::between(Value::Null, 1),
        ValueRange::between(0, 0),
    ];
    let pages = scan(&store, ScanRead::new(BY_RANK, 10), ranges).await;
    let found: Vec<_> =
        pages.iter().map(|page| page.as_ref().map(|page| page.entries.len()).map_err(|e| e.code())).collect();
    let wrong = Err("invalid_argument");
    assert_eq!(found, [Ok(3), wrong, wrong, wrong, Ok(1)]);
    let equality = scan(&store, ScanRead::new(BY_COLOR, 10), vec![ValueRange::all()]).await;
    assert_eq!(equality[0].as_ref().unwrap_err().code(), "invalid_argument");
    let large = scan(&store, ScanRead::new(BY_RANK, 10_001), vec![ValueRange::all()]).await;
    assert_eq!(large[0].as_ref().unwrap_err().code(), "over_limit");
}

pub(super) async fn an_index_is_found_in_pages_by_id(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    let same = (0..9).map(|number| Create {
        id: Some(spread(number)),
        ..Create::new(LIST, Props::from([("ownerId", Value::Id(owner)), ("color", "red".into()), ("rank", 1.into())]))
    });
    let mut ids: Vec<NodeId> =
        store.create_many(same.collect()).await.into_iter().map(|written| written.unwrap().node.id).collect();
    ids.sort_unstable();
    for (index, value) in [(BY_COLOR, Value::from("red")), (BY_RANK, Value::from(1))] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = find_page(&store, IndexRead { index, first: 4, after }, value.clone()).await.unwrap();
            found.extend(page.ids);
            assert!(found.len() < 1000, "pages never end");
            after = found.last().copied();
            if !page.has_next {
                break;
            }
        }
        assert_eq!(found, ids);
        assert!(find_page(&store, IndexRead::new(index, 0), value).await.unwrap().ids.is_empty());
    }
}

pub(super) async fn one_round_takes_every_kind_of_read(store: Kvetch) {
    let ada = created(&store, user("ada")).await;
    let list = created(&store, list(ada.id, 1)).await;
    let reads = vec![
        Read::Browse { node_type: LIST, after: None, first: 1 },
        Read::Counts { edge: LISTS, from: vec![ada.id] },
        Read::Scan { read: ScanRead::new(BY_RANK, 1), ranges: vec![ValueRange::all()] },
        Read::Edge { edge: LISTS, from: ada.id, to: vec![list.id] },
        Read::Edges { read: EdgeRead::new(LISTS, 1), from: vec![ada.id] },
        Read::Find { read: IndexRead::new(BY_USERNAME, 1), values: vec!["ada".into()] },
        Read::Nodes { ids: vec![ada.id] },
    ];
    let round = store.round(reads).await;
    assert!(matches!(
        &round.answers[..],
        [
            Answer::Browse(Ok(_)),
            Answer::Counts(_),
            Answer::Scan(_),
            Answer::Edge(_),
            Answer::Edges(_),
            Answer::Find(_),
            Answer::Nodes(_)
        ]
    ));
    let everywhere = 2 * store.shard_map().shards() as u64;
    assert_eq!((round.stats.statements, round.stats.keys), (everywhere + 5, 7));
    assert!(store.round(Vec::new()).await.answers.is_empty());
}

pub(super) async fn a_read_of_what_the_schema_does_not_have_is_refused(store: Kvetch) {
    let id = NodeId::generate();
    let reads = vec![
        Read::Edges { read: EdgeRead::new(crate::EdgeType(99), 1), from: vec![id] },
        Read::Counts { edge: crate::EdgeType(99), from: vec![id] },
        Read::Edge { edge: crate::EdgeType(99), from: id, to: vec![id] },
        Read::Find { read: IndexRead::new(IndexId(99), 1), values: vec!["x".into()] },
        Read::Scan { read: ScanRead::new(IndexId(99), 1), ranges: vec![ValueRange::all()] },
        Read::Browse { node_type: crate::NodeType(99), after: None, first: 1 },
    ];
    for answer in store.round(reads).await.answers {
        let error = match answer {
            Answer::Nodes(mut each) => each.remove(0).map(drop),
            Answer::Edges(mut each) => each.remove(0).map(drop),
            Answer::Edge(mut each) => each.remove(0).map(drop),
            Answer::Counts(mut each) => each.remove(0).map(drop),
            Answer::Find(mut each) => each.remove(0).map(drop),
            Answer::Scan(mut each) => each.remove(0).map(drop),
            Answer::Browse(page) => page.map(drop),
        };
        assert_eq!(error.unwrap_err().code(), "invalid_argument");
    }
}

pub(super) async fn a_type_is_browsed_in_pages_by_id(store: Kvetch) {
    let creates = (0..11).map(|number| Create { id: Some(spread(number)), ..Create::new(LIST, Props::new()) });
    let mut ids: Vec<NodeId> =
        store.create_many(creates.collect()).await.into_iter().map(|written| written.unwrap().node.id).collect();
    created(&store, user("ada")).await;
    store.delete(Delete::new(LIST, ids.pop().unwrap())).await.unwrap();
    ids.sort_unstable();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = browse(&store, LIST, after, 3).await;
        assert!(page.nodes.len() <= 3);
        found.extend(page.nodes.iter().map(|node| node.id));
        assert!(found.len() <= ids.len(), "pages repeat");
        after = page.last;
        if !page.has_next {
            break;
        }
    }
    assert_eq!(found, ids);
    assert!(browse(&store, LIST, None, 0).await.nodes.is_empty());
}

pub(super) async fn answers_to_many_keys_are_neither_sorted_nor_merged(store: Kvetch) {
    let owner = created(&store, user("ada")).await.id;
    let mut ids = ranked(&store, owner, 30).await;
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let twice: Vec<NodeId> = ids.iter().flat_map(|id| [*id, *id]).collect();
    let found = nodes(&store, &twice).await.into_iter().map(|node| node.unwrap().unwrap().id);
    assert_eq!(found.collect::<Vec<_>>(), twice);
}
