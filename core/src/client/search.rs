//! Search over the texts of all conversations, or of one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::engine::Engine;
use super::error::ClientError;
use super::receipts::Reads;
use super::view::{ConversationId, SearchPage};

/// Hits of one page at most.
const MAX_HITS: u32 = 500;

impl Engine {
    /// The newest texts in which each word of `text` begins a word, newest first: those stored before a cursor
    /// (`None`: the end), in one conversation or in all. Case and accents do not count. What was typed is never
    /// syntax; its first 16 words and 256 bytes count, and without a word in it nothing is found.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if there is no such conversation, or a store error.
    pub fn search(
        &self,
        text: &str,
        within: Option<ConversationId>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<SearchPage, ClientError> {
        self.store.write(|tx| {
            if let Some(id) = within {
                tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            }
            let (found, more) = tx.find_texts(text, within, before, limit.clamp(1, MAX_HITS))?;
            let next = found.last().filter(|_| more).map(|last| last.number);
            let mut reasons = BTreeMap::new();
            let mut hits = Vec::with_capacity(found.len());
            for hit in found {
                let id = hit.message.conversation;
                let (why, reads) = match reasons.entry(id.0.0) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => {
                        unknown.insert((self.reasons(tx, id)?, Reads::load(tx, id)?))
                    }
                };
                hits.extend(reads.show(hit.message, why));
            }
            Ok(SearchPage { hits, next })
        })
    }
}
