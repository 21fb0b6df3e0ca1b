//! What every engine has to do, as cases that run unchanged on each.
//!
//! An engine passes when [`check`] finds nothing, for several numbers of shards. Each case gets a
//! fresh store of its own, opened under [`fixture::schema`].

pub mod fixture;
mod layer;
mod instrumented;
mod reads;
mod writes;
mod feeds;
mod unique;
mod edges;
mod deletions;
mod upserts;
mod together;
mod deliveries;
mod appliers;
mod faults;
mod listings;
mod pruning;
mod restores;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{self, BoxFuture};
use futures::stream;

use crate::error::Result;
use crate::front::Kvetch;
use crate::shard::Shard;

pub use crate::fail_point::{FAIL_POINTS, on_reaching_fail_points, reach};
pub use instrumented::{Call, Fault, Instrumented};
pub use layer::{Layer, Layered};

/// How long one case may take. Only one that hangs takes as long.
const CASE_DEADLINE: Duration = Duration::from_secs(60);

/// Cases that run at the same time, each on a store of its own: most of them wait for a disk.
const CASES_AT_ONCE: usize = 8;

/// Something that every engine does.
#[derive(Clone, Copy)]
pub struct Case {
    /// What it does, as a sentence: `area::what_it_does`.
    pub name: &'static str,
    run: fn(Kvetch, Vec<Arc<Instrumented>>) -> BoxFuture<'static, ()>,
}

/// A case that an engine does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The case.
    pub case: &'static str,
    /// What went wrong: the message of the assertion.
    pub reason: String,
}

/// Runs all cases, each on the shards that `make` makes for it, and says which failed.
///
/// Needs a tokio runtime. A failed assertion is a panic inside, so that the hook for panics prints
/// it as well.
pub async fn check<F: Future<Output = Result<Vec<Arc<dyn Shard>>>>>(make: impl Fn() -> F) -> Vec<Failure> {
    check_these(&cases(), make).await
}

/// Runs some of the cases, as [`check`] does.
pub async fn check_these<F: Future<Output = Result<Vec<Arc<dyn Shard>>>>>(
    cases: &[Case],
    make: impl Fn() -> F,
) -> Vec<Failure> {
    let run = |case: &Case| {
        let (case, shards) = (*case, make());
        async move { check_one(case, shards.await).await.err().map(|reason| Failure { case: case.name, reason }) }
    };
    let runs = stream::iter(cases.iter().map(run)).buffered(CASES_AT_ONCE);
    runs.filter_map(future::ready).collect().await
}

async fn check_one(case: Case, shards: Result<Vec<Arc<dyn Shard>>>) -> std::result::Result<(), String> {
    let shards = shards.map_err(|error| format!("the shards do not open: {error}"))?;
    let layers: Vec<Arc<Instrumented>> = shards.iter().map(|_| Arc::default()).collect();
    let around = |(shard, layer): (Arc<dyn Shard>, &Arc<Instrumented>)| Layered::around(shard, layer.clone());
    let shards = shards.into_iter().zip(&layers).map(around).collect();
    let store = Kvetch::open_shards(shards, fixture::schema()).await;
    let store = store.map_err(|error| format!("the store does not open: {error}"))?;
    let run = tokio::time::timeout(CASE_DEADLINE, tokio::spawn((case.run)(store.clone(), layers)));
    let ended = match run.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(panic)) => Err(message(panic.into_panic().as_ref())),
        Err(_) => Err("it does not end".into()),
    };
    let closed = store.close().await.map_err(|error| format!("the store does not close: {error}"));
    ended.and(closed)
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! cases {
    (@area $area:ident { $($case:ident,)* }) => {
        vec![$(Case {
            name: concat!(stringify!($area), "::", stringify!($case)),
            run: |store, _| Box::pin($area::$case(store)),
        },)*]
    };
    (@area $area:ident (layers) { $($case:ident,)* }) => {
        vec![$(Case {
            name: concat!(stringify!($area), "::", stringify!($case)),
            run: |store, layers| Box::pin($area::$case(store, layers)),
        },)*]
    };
    ($($area:ident $(($layers:ident))? { $($case:ident,)* })*) => {
        /// All cases.
        pub fn cases() -> Vec<Case> {
            [$(cases!(@area $area $(($layers))? { $($case,)* })),*].concat()
        }
    };
}

cases! {
    reads {
        answers_come_in_the_order_of_the_keys_with_repeats_and_gaps,
        pages_of_edges_go_both_ways_from_either_kind_of_cursor,
        a_page_of_nothing_is_empty_and_a_page_too_large_is_refused,
        a_round_counts_one_statement_for_each_read_shard_and_chunk,
        a_range_of_sort_keys_cuts_a_page_on_both_sides,
        a_cursor_outside_of_the_range_leads_into_it,
        edges_of_equal_sort_keys_go_by_id,
        a_cursor_outlives_its_edge_and_names_its_loss,
        single_edges_are_there_or_not_with_their_props,
        a_range_index_is_scanned_in_order_over_all_shards,
        a_range_index_is_scanned_by_prefix,
        a_scan_that_makes_no_sense_fails_alone,
        an_index_is_found_in_pages_by_id,
        one_round_takes_every_kind_of_read,
        a_read_of_what_the_schema_does_not_have_is_refused,
        a_type_is_browsed_in_pages_by_id,
        answers_to_many_keys_are_neither_sorted_nor_merged,
    }
    writes {
        a_created_node_is_found_by_every_kind_of_read,
        moving_an_edge_moves_both_counts,
        changing_the_ordering_prop_moves_the_edge_and_no_count,
        deleting_a_node_removes_its_edges_counts_and_index_entries,
        deleting_a_source_keeps_the_edges_that_other_nodes_still_store,
        an_update_merges_clears_by_null_and_keeps_what_is_absent,
        a_wrong_type_is_refused_before_anything_is_written,
        a_write_at_another_version_is_a_conflict,
        the_id_of_a_deleted_node_is_gone,
        a_write_under_the_same_write_id_is_done_once,
        writes_of_one_batch_under_one_write_id_are_one,
        a_node_created_near_another_lies_in_its_virtual_shard,
        props_that_do_not_fit_the_schema_are_refused,
        many_creates_at_once_keep_their_order_and_fail_alone,
    }
    feeds {
        each_write_is_told_once_readers_find_what_follows_from_it,
        what_is_refused_is_not_told,
        every_listener_is_told_and_one_that_is_behind_hears_how_much_it_missed,
        a_write_whose_caller_has_gone_is_told,
        a_feed_ends_with_the_store,
    }
    unique {
        a_unique_value_belongs_to_one_of_many_who_want_it_at_once,
        a_value_is_free_once_its_node_is_deleted_or_changed,
        a_node_may_claim_its_own_value_again,
        a_refused_write_leaves_its_value_free,
        a_null_is_no_value_and_so_never_taken,
        a_create_with_a_unique_value_may_be_repeated_under_its_write_id,
    }
    edges {
        a_stored_edge_is_seen_from_both_ends,
        putting_an_edge_again_replaces_its_props_and_keeps_its_place,
        a_deleted_edge_is_gone_from_both_ends_and_deleting_it_again_says_so,
        an_edge_needs_both_of_its_nodes_of_the_right_types,
        an_edge_under_the_same_write_id_is_put_once,
        many_edges_at_once_keep_their_order_and_fail_alone,
        an_edge_may_lead_back_to_its_own_node,
        an_update_leaves_the_stored_edges_of_its_node,
        a_cursor_whose_stored_edge_was_deleted_still_works_by_its_place,
    }
    deletions {
        deleting_a_node_removes_its_stored_edges_from_both_ends,
        deleting_a_node_with_many_stored_edges_removes_them_all,
        a_node_that_others_restrict_is_not_deleted,
        nodes_that_belong_to_a_deleted_one_go_with_it_and_so_on,
        a_cascade_may_be_wide_and_deep,
        a_node_that_was_moved_elsewhere_does_not_go_along,
    }
    upserts {
        an_upsert_creates_and_then_changes,
        upserts_of_one_value_at_once_make_one_node,
        an_upsert_of_a_value_that_was_given_up_creates,
        an_upsert_under_the_same_write_id_is_done_once,
        an_upsert_needs_a_unique_index_and_its_value,
    }
    faults (layers) {
        a_shard_that_fails_fails_its_own_keys_only,
        a_slow_shard_changes_no_answer,
        a_batch_is_one_call_on_each_shard,
        rows_that_cannot_be_delivered_are_pending_and_follow,
        a_delivery_that_is_made_twice_counts_once,
        a_write_whose_answer_was_lost_is_found_under_its_write_id,
        a_value_whose_write_is_in_doubt_ends_with_the_node_or_free,
    }
    deliveries {
        intents_may_come_late_twice_and_in_any_order,
        a_late_half_of_a_stored_edge_does_not_come_back,
    }
    appliers {
        two_appliers_of_derived_rows_at_once_end_in_what_the_node_says,
        two_appliers_at_once_leave_nothing_of_a_deleted_node,
        two_appliers_of_stored_edges_at_once_end_in_their_first_halves,
        two_appliers_at_once_leave_no_half_of_a_stored_edge,
        two_appliers_of_claims_at_once_end_with_the_one_value_claimed,
    }
    listings {
        edges_and_counts_are_listed_in_the_order_of_their_keys,
        halves_of_stored_edges_are_listed_with_their_props,
        claims_are_listed_and_found_by_their_values,
        counts_are_told_beside_their_edges_and_counted_again,
        what_nobody_is_the_source_of_is_removed_until_somebody_is,
        mending_makes_rows_what_their_node_says,
    }
    pruning (layers) {
        a_record_of_a_write_is_kept_until_its_time_is_over,
        an_id_is_free_again_once_its_tombstone_is_gone,
        a_mark_outlives_the_intent_that_confirms_its_claim,
        what_an_intent_needs_stays_while_it_is_pending,
        a_fence_goes_when_its_time_is_over,
    }
    restores {
        a_restored_node_is_as_it_was_with_all_that_follows,
        restoring_again_leaves_what_is_there_and_names_what_differs,
        a_restored_edge_leaves_the_version_of_its_node,
        a_shard_tells_how_much_it_holds,
        what_is_left_of_a_deleted_node_can_be_read,
    }
    together {
        writes_of_one_virtual_shard_are_done_together_and_see_each_other,
        one_write_that_fails_undoes_those_done_with_it,
        writes_of_several_virtual_shards_are_not_done_together,
        writes_together_under_the_same_write_id_are_done_once,
        what_is_wrong_with_a_node_comes_before_a_value_that_is_taken,
    }
}
