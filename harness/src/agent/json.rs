//! The client's records as JSON, with the field names of `view.rs`.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use tacita_core::client::ClientError;
use tacita_core::client::view::{
    AccountView, ConversationView, CreatedAccount, Delivery, Event, InvitationPreview,
    InvitationView, MessageBody, MessagePage, MessageView, OutboxView, QueuedView, RelayView,
    SafetyNumberView,
};

/// A list of records.
pub fn list<T>(items: &[T], item: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(item).collect())
}

/// A case without data, by its name.
pub fn case(value: &impl std::fmt::Debug) -> Value {
    format!("{value:?}").into()
}

pub fn account(view: &AccountView) -> Value {
    json!({
        "id": view.id.to_string(),
        "device": view.device.0,
        "name": view.name,
        "relay": view.relay,
    })
}

pub fn created(view: &CreatedAccount) -> Value {
    json!({"account": account(&view.account), "recovery_secret": view.recovery_secret})
}

pub fn invitation(view: &InvitationView) -> Value {
    json!({
        "id": HEXLOWER.encode(&view.id.0),
        "kind": case(&view.kind),
        "state": case(&view.state),
        "link": view.link,
        "created_ms": view.created_ms,
    })
}

pub fn preview(view: &InvitationPreview) -> Value {
    json!({
        "account": view.account.to_string(),
        "relay": view.relay,
        "own": view.own,
        "known": view.known.map(|id| id.0.to_string()),
    })
}

pub fn conversation(view: &ConversationView) -> Value {
    json!({
        "id": view.id.0.to_string(),
        "name": view.name,
        "state": case(&view.state),
        "verification": case(&view.verification),
        "unread": view.unread,
        "last": view.last.as_ref().map(message),
        "nickname": view.nickname,
        "draft": view.draft,
        "pinned": view.pinned,
        "archived": view.archived,
        "blocked": view.blocked,
        "muted_until_ms": view.muted_until_ms,
        "typing": view.typing,
        "picture_revision": view.picture_revision,
    })
}

pub fn message(view: &MessageView) -> Value {
    json!({
        "conversation": view.conversation.0.to_string(),
        "place": view.place,
        "direction": case(&view.direction),
        "body": match &view.body {
            MessageBody::Text { text } => json!({"kind": "Text", "text": text}),
            MessageBody::Undecryptable { cause, count, repair } => json!({
                "kind": "Undecryptable",
                "cause": case(cause),
                "count": count,
                "repair": case(repair),
            }),
            other => json!({"kind": case(other)}),
        },
        "sent_ms": view.sent_ms,
        "delivery": match &view.delivery {
            Delivery::Queued { reason } => json!({"kind": "Queued", "reason": case(reason)}),
            Delivery::Waiting { reason } => json!({"kind": "Waiting", "reason": case(reason)}),
            other => json!({"kind": case(other)}),
        },
    })
}

pub fn outbox(view: &OutboxView) -> Value {
    let line = |line: &QueuedView| {
        json!({
            "conversation": line.conversation.0.to_string(),
            "waiting": line.waiting,
            "queued": line.queued,
            "oldest_ms": line.oldest_ms,
            "reason": case(&line.reason),
        })
    };
    json!({
        "count": view.count,
        "oldest_ms": view.oldest_ms,
        "conversations": list(&view.conversations, line),
    })
}

pub fn page(view: &MessagePage) -> Value {
    json!({"messages": list(&view.messages, message), "more": view.more})
}

pub fn safety_number(view: &SafetyNumberView) -> Value {
    json!({"digits": view.digits, "qr": view.qr, "verification": case(&view.verification)})
}

pub fn relay(view: &RelayView) -> Value {
    json!({"address": view.address, "state": case(&view.state)})
}

pub fn event(view: &Event) -> Value {
    match view {
        Event::Account => json!({"kind": "account"}),
        Event::Conversation { id } => json!({"kind": "conversation", "id": id.0.to_string()}),
        Event::Invitation { id } => {
            json!({"kind": "invitation", "id": HEXLOWER.encode(&id.0)})
        }
        Event::Relay { address } => json!({"kind": "relay", "address": address}),
        Event::Store => json!({"kind": "store"}),
    }
}

/// The variant's name in `kind`, its fields beside it, its message in `text`.
pub fn error(error: &ClientError) -> Value {
    let debug = format!("{error:?}");
    let kind: String = debug
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric())
        .collect();
    let mut value = json!({"kind": kind, "text": error.to_string()});
    if let Some(object) = value.as_object_mut() {
        match error {
            ClientError::Offline { retry_after } | ClientError::RelayBusy { retry_after } => {
                object.insert("retry_after".to_owned(), (*retry_after).into());
            }
            ClientError::TextLength { limit }
            | ClientError::NameLength { limit }
            | ClientError::PictureLength { limit } => {
                object.insert("limit".to_owned(), (*limit).into());
            }
            ClientError::StoreCorrupt { moved_to } => {
                object.insert("moved_to".to_owned(), moved_to.as_str().into());
            }
            _ => {}
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_named_by_its_variant_and_keeps_its_fields() {
        let offline = error(&ClientError::Offline { retry_after: 7 });
        assert_eq!(offline["kind"], "Offline");
        assert_eq!(offline["retry_after"], 7);
        assert_eq!(error(&ClientError::OwnInvitation)["kind"], "OwnInvitation");
    }
}
