//! Clients in this process, and what tests ask of them.
#![allow(dead_code, reason = "not every test program uses all of it")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tacita_core::client::ClientError;
use tacita_core::client::view::{
    ConversationId, ConversationState, Delivery, Direction, InvitationKind, MessageBody,
    MessageView,
};
use tacita_core::net::{Config, Messenger};
use tacita_core::store::TestVault;

/// A client and the directory it lives in.
pub struct Person {
    pub client: Messenger,
    pub directory: tempfile::TempDir,
}

/// Opens a client.
pub fn open(directory: &Path) -> Result<Messenger, ClientError> {
    Messenger::open(Config {
        directory: directory.to_owned(),
        vault: Arc::new(TestVault::new(directory.to_owned())),
    })
}

impl Person {
    /// A client without an account.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            client: open(directory.path()).unwrap(),
            directory,
        }
    }

    /// A client with an account.
    pub async fn with_account(relay_link: &str, name: &str) -> Self {
        let person = Self::new();
        let created = person
            .client
            .create_account(relay_link.to_owned(), name.to_owned());
        created.await.unwrap();
        person
    }

    /// The conversation id under which others know this person.
    pub async fn id(&self) -> ConversationId {
        ConversationId(self.client.account().await.unwrap().unwrap().id)
    }

    /// Sends one text.
    pub async fn send(&self, to: &Self, text: &str) -> MessageView {
        let sent = self.client.send_text(to.id().await, text.to_owned());
        sent.await.unwrap()
    }

    /// All messages with somebody.
    pub async fn messages(&self, with: &Self) -> Vec<MessageView> {
        let page = self.client.messages_after(with.id().await, 0, 500);
        let page = page.await.unwrap();
        assert!(!page.more);
        page.messages
    }

    /// The texts that came from somebody, and the kinds of places that hold none.
    pub async fn heard(&self, from: &Self) -> Vec<String> {
        let mut messages = self.messages(from).await;
        messages.retain(|message| message.direction == Direction::Incoming);
        let bodies = messages.into_iter().map(|message| message.body);
        bodies
            .map(|body| match body {
                MessageBody::Text { text } => text,
                other => format!("{other:?}"),
            })
            .collect()
    }

    /// How far the messages to somebody are.
    pub async fn deliveries(&self, to: &Self) -> Vec<Delivery> {
        let mut messages = self.messages(to).await;
        messages.retain(|message| message.direction == Direction::Outgoing);
        messages
            .into_iter()
            .map(|message| message.delivery)
            .collect()
    }

    async fn state(&self, with: &Self) -> Option<ConversationState> {
        let id = with.id().await;
        let list = self.client.conversations().await.unwrap();
        let line = list.into_iter().find(|line| line.id == id);
        line.map(|line| line.state)
    }
}

/// Two people who have each other as a contact.
pub async fn contacts(relay_link: &str) -> (Person, Person) {
    let a = Person::with_account(relay_link, "Anna").await;
    let b = Person::with_account(relay_link, "Bela").await;
    let invitation = a.client.create_invitation(InvitationKind::Personal);
    let link = invitation.await.unwrap().link;
    b.client.accept_invitation(link).await.unwrap();
    until("both sides to be established", async || {
        let both = [a.state(&b).await, b.state(&a).await];
        both == [Some(ConversationState::Established); 2]
    })
    .await;
    (a, b)
}

/// Asks again and again, for a minute.
pub async fn until(what: &str, question: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !question().await {
        assert!(Instant::now() < deadline, "waited a minute for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Numbered texts.
pub fn texts(prefix: &str, count: u32) -> Vec<String> {
    (1..=count).map(|n| format!("{prefix}-{n}")).collect()
}

/// Waits until somebody has heard just these texts, in this order, each once, and the sender knows.
///
/// After an answer that makes no sense a client holds back for more than a minute: hence the limit.
pub async fn settled(from: &Person, to: &Person, sent: &[String]) {
    let deadline = Instant::now() + Duration::from_secs(150);
    loop {
        let (heard, deliveries) = (to.heard(from).await, from.deliveries(to).await);
        let delivered = deliveries.iter().all(|state| *state == Delivery::Delivered);
        if heard == sent && delivered {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "sent {sent:?}\nheard {heard:?}\n{deliveries:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
