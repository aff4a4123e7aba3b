//! Lines of the conversation list, filled for all conversations at once or for one.

use std::cmp::Reverse;

use super::body::{HIDDEN, UNREADABLE};
use super::engine::Engine;
use super::error::ClientError;
use super::receipts::Reads;
use super::settings;
use super::view::{ConversationId, ConversationView, MessageView};
use super::views;
use super::ways::Reasons;
use crate::store::sabotage::{Breakage, is};
use crate::store::{ArrangementRow, LineKinds, LineRow, MessageRow, StoredDelivery, Tx};

/// What is neither unread nor shown.
fn kinds() -> LineKinds {
    LineKinds {
        unreadable: if is(Breakage::UnreadCountsMissing) {
            [HIDDEN; 2]
        } else {
            UNREADABLE
        },
        hidden: HIDDEN,
    }
}

/// A line of the list, and what it is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) view: ConversationView,
    pub(crate) read_up_to: u64,
    activity_ms: u64,
    number: u64,
}

impl Line {
    /// Pinned ones come first, then those in which something happened last.
    pub(crate) fn rank(&self) -> impl Ord + use<> {
        (
            Reverse(self.view.pinned),
            Reverse(self.activity_ms),
            Reverse(self.number),
        )
    }

    /// Whether what it shows hangs on how a relay is reached just now.
    pub(crate) fn is_queued(&self) -> bool {
        let last = self.view.last.as_ref();
        last.is_some_and(|last| last.delivery.is_queued())
    }
}

impl Engine {
    /// Every conversation's line, in no order.
    pub(crate) fn lines(&self, tx: &Tx<'_>) -> Result<Vec<Line>, ClientError> {
        let shows_reads = settings::load(tx)?.read_receipts;
        let rows = tx.list_lines(kinds())?.into_iter();
        rows.map(|row| self.line_of(tx, row, shows_reads)).collect()
    }

    /// One conversation's line.
    pub(crate) fn line(
        &self,
        tx: &Tx<'_>,
        id: ConversationId,
    ) -> Result<Option<Line>, ClientError> {
        let shows_reads = settings::load(tx)?.read_receipts;
        let row = tx.load_line(id, kinds())?;
        row.map(|row| self.line_of(tx, row, shows_reads))
            .transpose()
    }

    /// The rows of a conversation that are shown, as they are shown.
    pub(crate) fn shown(
        &self,
        tx: &Tx<'_>,
        id: ConversationId,
        rows: Vec<MessageRow>,
    ) -> Result<Vec<MessageView>, ClientError> {
        let reasons = self.reasons_for(tx, id, &rows)?;
        let reads = Reads::load(tx, id)?;
        let views = rows.into_iter().filter_map(|row| reads.show(row, &reasons));
        Ok(views.collect())
    }

    /// Whether a message has not left, or may have left in vain: then there is a reason to say.
    pub(crate) fn is_here(&self, id: ConversationId, row: &MessageRow) -> bool {
        match row.delivery {
            StoredDelivery::Queued | StoredDelivery::Waiting => true,
            StoredDelivery::Sent => self.expired_requests.contains(&id),
            StoredDelivery::Received | StoredDelivery::Delivered => false,
        }
    }

    /// Why what has not left is still here; asked only where something is.
    fn reasons_for(
        &self,
        tx: &Tx<'_>,
        id: ConversationId,
        rows: &[MessageRow],
    ) -> Result<Reasons, ClientError> {
        if rows.iter().any(|row| self.is_here(id, row)) {
            self.reasons(tx, id)
        } else {
            Ok(Reasons::none())
        }
    }

    fn line_of(&self, tx: &Tx<'_>, row: LineRow, shows_reads: bool) -> Result<Line, ClientError> {
        let LineRow {
            conversation: known,
            number,
            arrangement,
            unread,
            last,
            read_by_them,
            picture_revision,
        } = row;
        let ArrangementRow {
            nickname,
            draft,
            pinned,
            archived,
            blocked,
            muted_until_ms,
        } = arrangement;
        let read_up_to = if shows_reads { read_by_them } else { 0 };
        let last = match last {
            Some(last) => {
                let reasons = self.reasons_for(tx, known.id, std::slice::from_ref(&last))?;
                views::message_view(last, &reasons, read_up_to)
            }
            None => None,
        };
        let view = ConversationView {
            id: known.id,
            name: known.name,
            state: known.state,
            verification: known.verification,
            unread,
            last,
            nickname,
            draft,
            pinned,
            archived,
            blocked,
            muted_until_ms,
            typing: self.typing.is_writing(known.id) && !blocked,
            picture_revision,
        };
        Ok(Line {
            view,
            read_up_to: known.read_up_to,
            activity_ms: known.activity_ms,
            number,
        })
    }
}
