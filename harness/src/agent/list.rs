//! The conversation list as a screen follows it, and what a user decides about a conversation.

use std::sync::{Arc, Mutex};

use tacita_core::client::view::{ConversationId, ConversationView, ListFilter};
use tacita_core::net::Messenger;

use super::{Arguments, Fault};
use crate::driver::lock;

/// Applies to the rows whatever is told, until the client is closed.
pub(super) fn follow(client: &Messenger, rows: Arc<Mutex<Vec<ConversationView>>>) {
    let list = client.conversation_list(ListFilter::All);
    tokio::spawn(async move {
        let mut seen = 0;
        while let Ok(update) = list.next(seen).await {
            if let Some(update) = update {
                update.apply(&mut lock(&rows));
                seen = update.number;
            }
        }
    });
}

/// Sets what the request names, and nothing else.
pub(super) async fn arrange(
    client: &Messenger,
    id: ConversationId,
    arguments: &Arguments,
) -> Result<(), Fault> {
    if let Ok(name) = arguments.text("nickname") {
        client.set_nickname(id, name).await?;
    }
    if let Ok(draft) = arguments.text("draft") {
        client.save_draft(id, draft).await?;
    }
    if let Ok(pinned) = arguments.flag("pinned") {
        client.set_pinned(id, pinned).await?;
    }
    if let Ok(archived) = arguments.flag("archived") {
        client.set_archived(id, archived).await?;
    }
    if let Ok(until) = arguments.number("muted_until_ms") {
        client.set_muted(id, Some(until)).await?;
    }
    if let Ok(blocked) = arguments.flag("blocked") {
        client.set_blocked(id, blocked).await?;
    }
    Ok(())
}
