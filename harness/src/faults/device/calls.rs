//! Each call of the engine, with its outcome as the script needs it.

use chacha20::ChaCha20Rng;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use tacita_core::client::effect::CallOutcome;
use tacita_core::client::input::Now;
use tacita_core::client::view::{
    ConversationId, Departure, Direction, InvitationId, InvitationKind, MessageBody, MessageView,
    PrivacySettings,
};
use tacita_core::client::{ClientError, Engine};
use tacita_core::protocol::ids::AccountId;

use super::ask::What;
use super::named;

pub(super) fn obey_call(
    engine: &mut Engine,
    call: What,
    now: Now,
    rng: &mut ChaCha20Rng,
) -> Result<Value, String> {
    let nothing = |()| Value::Null;
    let done = match call {
        What::Account => Ok(engine
            .account()
            .map_or(Value::Null, |account| json!(account.id.to_string()))),
        What::CreateAccount { link, name } => engine
            .create_account(&link, &name, now, rng)
            .map(|call| json!(call.0)),
        What::Invite { public } => {
            let kind = match public {
                true => InvitationKind::Public,
                false => InvitationKind::Personal,
            };
            engine
                .create_invitation(kind, now, rng)
                .map(|call| json!(call.0))
        }
        What::Invitations => engine.invitations(now, rng).map(|list| {
            let shown = list.into_iter().map(|view| {
                json!({
                    "id": HEXLOWER.encode(&view.id.0),
                    "public": view.kind == InvitationKind::Public,
                    "state": format!("{:?}", view.state),
                    "link": view.link,
                })
            });
            shown.collect()
        }),
        What::Accept { link } => engine
            .accept_invitation(&link, now, rng)
            .map(|call| json!(call.0)),
        What::Revoke { id } => {
            let bytes = HEXLOWER.decode(id.as_bytes()).ok();
            let id = bytes
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or("an id")?;
            engine
                .revoke_invitation(InvitationId(id), now, rng)
                .map(|call| json!(call.0))
        }
        What::DeleteAccount => engine.delete_account(now, rng).map(|call| json!(call.0)),
        What::Conversations => engine.conversations().map(|list| {
            let shown = list.into_iter().map(|view| {
                json!({
                    "id": view.id.0.to_string(),
                    "state": format!("{:?}", view.state),
                    "name": view.name,
                    "nickname": view.nickname,
                    "draft": view.draft,
                    "pinned": view.pinned,
                    "blocked": view.blocked,
                    "verification": format!("{:?}", view.verification),
                    "unread": view.unread,
                })
            });
            shown.collect()
        }),
        What::AcceptRequest { id } => engine
            .accept_request(conversation(&id)?, now, rng)
            .map(nothing),
        What::Send { id, text } => engine
            .send_text(conversation(&id)?, &text, now, rng)
            .map(|view| message(&view)),
        What::Messages { id } => all_messages(engine, conversation(&id)?),
        What::MarkRead { id, place } => engine
            .mark_read(conversation(&id)?, place, now, rng)
            .map(nothing),
        What::Typing { id } => engine
            .set_typing(conversation(&id)?, true, now, rng)
            .map(nothing),
        What::Arrange {
            id,
            nickname,
            draft,
            pinned,
        } => {
            let id = conversation(&id)?;
            engine
                .set_nickname(id, &nickname)
                .and_then(|()| engine.save_draft(id, &draft))
                .and_then(|()| engine.set_pinned(id, pinned))
                .map(nothing)
        }
        What::SetProfile { name, picture } => {
            let picture = HEXLOWER.decode(picture.as_bytes()).ok();
            let picture = picture.ok_or("a picture")?;
            engine
                .set_profile(&name, Some(&picture), now, rng)
                .map(nothing)
        }
        What::Verify { id } => engine.mark_verified(conversation(&id)?, true).map(nothing),
        What::Block { id, blocked } => engine.set_blocked(conversation(&id)?, blocked).map(nothing),
        What::DeleteConversation { id } => engine
            .delete_conversation(conversation(&id)?, now, rng)
            .map(nothing),
        What::DeleteMessages { id, places } => engine
            .delete_messages(conversation(&id)?, &places, now, rng)
            .map(|deleted| json!(deleted)),
        What::Shrink => engine.shrink_store().map(|left| json!(left)),
        What::Privacy { on } => {
            let settings = PrivacySettings {
                delivery_receipts: on,
                read_receipts: on,
                typing: on,
            };
            engine.set_privacy_settings(settings, now, rng).map(nothing)
        }
        What::Search { text } => engine
            .search(&text, None, None, 50)
            .map(|page| page.hits.iter().map(message).collect()),
        What::Events => engine.events(0).map(|batch| json!(batch.events.len())),
        other => return Err(format!("no call: {other:?}")),
    };
    done.map_err(named)
}

fn all_messages(engine: &Engine, id: ConversationId) -> Result<Value, ClientError> {
    let mut shown = Vec::new();
    let mut after = 0;
    loop {
        let page = engine.messages_after(id, after, 500)?;
        after = page.messages.last().map_or(after, |last| last.place);
        shown.extend(page.messages.iter().map(message));
        if !page.more {
            return Ok(shown.into());
        }
    }
}

fn message(view: &MessageView) -> Value {
    json!({
        "place": view.place,
        "incoming": view.direction == Direction::Incoming,
        "text": match &view.body {
            MessageBody::Text { text } => Value::from(text.as_str()),
            _ => Value::Null,
        },
        "body": format!("{:?}", view.body),
        "delivery": format!("{:?}", view.delivery),
    })
}

/// How a call ended, as the script needs it.
pub(super) fn shown(outcome: CallOutcome) -> Value {
    match outcome {
        CallOutcome::Account(created) => json!(created.account.id.to_string()),
        CallOutcome::Invitation(view) => json!({
            "id": HEXLOWER.encode(&view.id.0),
            "link": view.link,
            "state": format!("{:?}", view.state),
        }),
        CallOutcome::Revocation(revocation) => json!(format!("{revocation:?}")),
        CallOutcome::Departure(departure) => json!(departure == Departure::Done),
        CallOutcome::Conversation(id) => json!(id.0.to_string()),
    }
}

fn conversation(text: &str) -> Result<ConversationId, String> {
    let id: AccountId = text.parse().map_err(|_| "a conversation's id".to_owned())?;
    Ok(ConversationId(id))
}
