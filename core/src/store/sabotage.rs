//! Deliberate breakages, for the simulator to catch (`cargo xtask sim --sabotage`). Without the feature `sabotage` each is a constant `false`.

/// One thing that is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// Another content under a counter that came is taken.
    SkipCounterCheck,
    /// What was not answered is encrypted anew for the next try.
    EncryptForRetry,
    /// The outbox forgets what was put.
    ForgetWhenPut,
    /// What was put counts as delivered.
    DeliveredWhenPut,
    /// The cursor is one ahead of what was taken in.
    CursorAhead,
    /// A receipt covers holes.
    ReceiptCoversHoles,
    /// A receipt is answered by a receipt.
    ReceiptForReceipt,
    /// Strangers get receipts.
    ReceiptToStranger,
    /// Blocked contacts get receipts.
    BlockedAnswered,
    /// Texts of blocked contacts are shown.
    BlockedShown,
    /// Missing places count as unread.
    UnreadCountsMissing,
    /// A counter that was passed over leaves no place.
    NoMissingPlace,
    /// What comes late stands at the end.
    OrderOfArrival,
    /// Old word of typing is shown.
    TypingShownLate,
    /// The search index keeps what was deleted.
    IndexKeepsDeleted,
    /// A draft is lost when a text comes.
    DraftLost,
    /// A change is not counted, so that no event tells it.
    EventLost,
    /// Deleting a conversation leaves its rows.
    DeletionLeavesRows,
    /// A deleted conversation's counters are forgotten.
    CountersForgotten,
    /// A clock that runs ahead deletes.
    ClockDeletes,
    /// Reading is told beyond what has come.
    ReadBeyondHoles,
    /// A page leaves one message out.
    PageLosesOne,
    /// That a contact's store, or ours, was put back goes unnoticed.
    PutBackUnnoticed,
    /// Keys of messages that are passed over are not kept.
    NoSkippedKeys,
    /// More is sent than may be without an answer.
    WindowIgnored,
    /// A mailbox of ours that its relay has lost is not made again.
    GoneIgnored,
    /// An envelope that came is worked through again.
    SkipDedupe,
    /// What is in a hole is not put again.
    NoResend,
    /// What is encrypted can still be edited.
    EditedTooLate,
    /// A text that was dropped leaves all the same.
    DropIgnored,
    /// Retrying ends no wait.
    RetryIgnored,
    /// Cleaning up deletes what has not arrived.
    CleanUpTakesUnsent,
    /// Deleted messages are still counted.
    CountKeepsDeleted,
    /// A mailbox that was replaced is read no longer.
    FormerNotRead,
    /// A row of the conversation list is not drawn anew.
    ListRowStale,
    /// A row of a window is not drawn anew.
    WindowRowStale,
    /// What the inbox brings counts for all that came before it.
    InboxMovesCursor,
    /// Waiting texts for a blocked contact are encrypted.
    BlockedWrittenTo,
    /// A number that is too high undoes what came with it.
    HighNumberUndoes,
}

impl Breakage {
    /// All of them.
    pub const ALL: [Self; 39] = [
        Self::SkipCounterCheck,
        Self::EncryptForRetry,
        Self::ForgetWhenPut,
        Self::DeliveredWhenPut,
        Self::CursorAhead,
        Self::ReceiptCoversHoles,
        Self::ReceiptForReceipt,
        Self::ReceiptToStranger,
        Self::BlockedAnswered,
        Self::BlockedShown,
        Self::UnreadCountsMissing,
        Self::NoMissingPlace,
        Self::OrderOfArrival,
        Self::TypingShownLate,
        Self::IndexKeepsDeleted,
        Self::DraftLost,
        Self::EventLost,
        Self::DeletionLeavesRows,
        Self::CountersForgotten,
        Self::ClockDeletes,
        Self::ReadBeyondHoles,
        Self::PageLosesOne,
        Self::PutBackUnnoticed,
        Self::NoSkippedKeys,
        Self::WindowIgnored,
        Self::GoneIgnored,
        Self::SkipDedupe,
        Self::NoResend,
        Self::EditedTooLate,
        Self::DropIgnored,
        Self::RetryIgnored,
        Self::CleanUpTakesUnsent,
        Self::CountKeepsDeleted,
        Self::FormerNotRead,
        Self::ListRowStale,
        Self::WindowRowStale,
        Self::InboxMovesCursor,
        Self::BlockedWrittenTo,
        Self::HighNumberUndoes,
    ];
}

#[cfg(feature = "sabotage")]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<Breakage>> = const { std::cell::Cell::new(None) };
}

/// Chooses what this thread's engines do wrong from now on.
#[cfg(feature = "sabotage")]
pub fn choose(breakage: Option<Breakage>) {
    CHOSEN.set(breakage);
}

/// Whether this is done wrong here.
#[cfg(feature = "sabotage")]
pub(crate) fn is(breakage: Breakage) -> bool {
    CHOSEN.get() == Some(breakage)
}

/// Whether this is done wrong here: never.
#[cfg(not(feature = "sabotage"))]
pub(crate) const fn is(_: Breakage) -> bool {
    false
}
