//! The contract of every storage, and of a store over it: one suite, run natively over memory and files, and in a
//! browser over memory and IndexedDB.

pub mod laws;
pub mod saved_views;
pub mod snapshots;
pub mod storage;
pub mod store;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use annals::storage::Storage;

/// Somewhere that several connections can be made to. Each case gets a place of its own.
pub trait Place: Clone + 'static {
    type Storage: Storage;

    /// One more connection, not opened yet.
    async fn connect(&self) -> Self::Storage;

    /// Deletes the place, under whatever connections there are.
    async fn delete(&self);
}

/// A call, and a future that waits for it.
pub fn once() -> (impl Fn(), impl Future<Output = ()>) {
    let called = Rc::new(Cell::new(false));
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let (calling, waking) = (called.clone(), waker.clone());
    let call = move || {
        calling.set(true);
        if let Some(waker) = waking.borrow_mut().take() {
            waker.wake();
        }
    };
    let wait = poll_fn(move |context| {
        if called.get() {
            return Poll::Ready(());
        }
        waker.replace(Some(context.waker().clone()));
        Poll::Pending
    });
    (call, wait)
}

/// Calls a macro with the names of all cases.
#[macro_export]
macro_rules! for_all_cases {
    ($do:ident) => {
        $do! { storage:
            a_new_place_keeps_the_format_that_it_was_created_with,
            opening_again_without_a_format_never_creates,
            what_was_committed_reads_back_in_order_of_keys,
            a_commit_is_refused_whole_when_one_of_its_keys_is_taken,
            of_two_commits_under_one_key_exactly_one_wins,
            the_tail_stops_at_its_limit_and_says_that_there_is_more,
            ranges_bring_only_what_they_name,
            deciding_inside_the_transaction_sees_what_another_has_stored,
            deciding_to_leave_stores_nothing,
            bytes_of_every_value_and_of_no_length_come_back,
            a_commit_is_refused_when_the_fence_is_above_its_guard,
            of_a_commit_that_reaches_beyond_the_fence_above_its_guard_nothing_is_stored,
            a_swap_puts_and_removes_segments_and_the_commits_up_to_the_fence,
            a_swap_under_another_generation_is_refused_and_changes_nothing,
            of_two_swaps_of_one_generation_exactly_one_wins,
            a_swap_without_a_generation_goes_whatever_is_in_force,
            reading_under_another_generation_says_moved_and_brings_nothing,
            the_tail_starts_above_the_fence_and_brings_the_layout_of_another_generation,
            deciding_sees_the_fence_and_only_what_is_above_it,
            a_scan_brings_either_shelf_in_pages_in_order_of_keys,
            what_stands_beside_the_shelves_comes_back_as_it_is_stored,
            a_swap_may_replace_the_format,
            another_connection_is_told_of_a_commit,
            a_closed_connection_says_so,
            deleting_ends_every_connection_and_leaves_nothing,
        }
        $do! { snapshots:
            what_is_kept_is_recalled_by_every_connection_and_after_closing,
            a_snapshot_takes_the_place_of_an_older_one_only,
            each_part_of_a_key_tells_snapshots_apart,
            what_is_forgotten_is_gone_and_nothing_else,
            snapshots_end_with_their_place_and_not_with_a_connection,
        }
        $do! { saved_views:
            a_saved_view_is_recalled_by_every_connection_and_after_closing,
            buckets_that_changed_join_those_that_did_not,
            a_save_that_goes_on_from_what_is_not_there_is_refused_and_touches_nothing,
            a_save_of_no_more_than_is_there_changes_nothing,
            a_bucket_that_is_folded_as_far_or_further_stays,
            another_layout_takes_the_place_of_all_buckets,
            each_part_of_a_key_tells_saved_views_apart,
            forgotten_views_are_gone_and_nothing_else,
            saved_views_end_with_their_place_and_not_with_a_connection,
            random_saves_come_to_what_the_rule_says,
            two_connections_that_save_in_turn_or_at_once_save_the_truth,
        }
        $do! { laws:
            the_laws_hold_for_random_histories_with_merges,
        }
        $do! { store:
            events_read_back_equal_after_reopening,
            each_expectation_is_judged_as_the_table_says,
            a_refused_append_leaves_no_trace,
            appends_of_one_turn_take_effect_in_call_order,
            two_connections_race_on_one_stream_and_exactly_one_wins,
            two_connections_append_to_different_streams_and_both_are_stored,
            a_repeated_append_is_a_duplicate_and_writes_nothing,
            a_condition_holds_against_what_another_connection_stored,
            many_streams_are_written_in_one_append_or_not_at_all,
            a_commit_larger_than_a_record_is_one_append,
            a_large_commit_takes_no_more_records_than_it_needs,
            a_subscription_sees_each_event_of_both_connections_once,
            a_subscription_with_a_query_sees_only_what_matches,
            a_reading_covers_what_was_there_when_it_began,
            closing_ends_what_waits_and_later_calls_say_closed,
            a_store_whose_storage_is_deleted_says_so,
            a_witness_of_more_than_is_there_is_told,
            verify_finds_nothing_in_a_sound_store,
        }
    };
}
